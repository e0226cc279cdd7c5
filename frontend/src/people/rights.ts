// What administrators order: invitations, grants and removals. Each can be sent again without harm.

import { call, reasonHeader } from "../api/call";
import { client } from "../api/client";
import type { PersonRights } from "../api/generated";

/** The groups that can be granted, the least first. */
export const GROUPS = ["viewers", "editors", "auditors", "operators", "admins"] as const;

/** How somebody is called: their name, or the address at which they were invited. */
export function callName(person: PersonRights): string {
  return person.display_name ?? person.email;
}

/** What is to be granted and revoked to come from some groups to others. */
export function difference(before: readonly string[], after: readonly string[]): { grant: string[]; revoke: string[] } {
  return {
    grant: after.filter((group) => !before.includes(group)),
    revoke: before.filter((group) => !after.includes(group)),
  };
}

/** Invites somebody by e-mail. */
export async function invite(body: { email: string; display_name?: string; groups: string[]; reason?: string }, key: string): Promise<PersonRights> {
  const person = await call("invite_person", { body, headers: { "Idempotency-Key": key } });
  await refresh();
  return person;
}

/** Changes what somebody may do. */
export async function changeAccess(person: PersonRights, groups: readonly string[], reason: string, key: string): Promise<void> {
  const change = difference(person.groups, groups);
  const body = { ...change, ...(reason.trim() ? { reason: reason.trim() } : {}) };
  await call("change_person_rights", { path: { id: person.id }, body, headers: { "Idempotency-Key": key } });
  await refresh();
}

/** Takes somebody out of the workspace. */
export async function remove(person: PersonRights, reason: string, key: string): Promise<void> {
  await call("remove_person", { path: { id: person.id }, headers: { "Idempotency-Key": key, ...reasonHeader(reason) } });
  await refresh();
}

async function refresh(): Promise<void> {
  await client.invalidateQueries({ queryKey: ["rights"] });
}
