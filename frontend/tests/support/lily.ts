// A customer to whom much has happened: five versions by two people.

import type { Annals, Answer, Username } from "./annals";

/** What was noted about her at first; one word of it changes. */
export const NOTES = "A customer since the first day. Prefers to be called in the morning, and never on Fridays.";

/** Makes her. The answers are her versions, the first at 0. */
export async function lily(annals: Annals): Promise<Answer[]> {
  const fields = { id: "lily", name: "Lily Ari", email: "lily@ari.example", phone: "+43 1 5550100", company: "Ari GmbH", tags: ["vip"], notes: NOTES };
  const versions = [await annals.create("editor", "customers", fields)];
  const edit = async (by: Username, change: Answer, reason?: string) => versions.push(await edited(annals, by, versions.length, change, reason));
  await edit("editor", { phone: "+43 1 5550111" });
  await edit("admin", { email: "office@ari.example" }, "She changed her provider");
  await edit("editor", { address: { line1: "Neubaugasse 12", city: "Wien" }, notes: NOTES.replace("morning", "afternoon") }, "Moved to the new office");
  await edit("admin", { email: "hello@ari.example", tags: ["vip", "press"] });
  return versions;
}

/** Edits her at a version; the view may still be behind. */
export function edited(annals: Annals, by: Username, version: number, change: Answer, reason?: string): Promise<Answer> {
  return annals.send(by, "PATCH", "/customers/lily", { ...change, ...(reason && { reason }) }, { "If-Match": `"${version}"` });
}
