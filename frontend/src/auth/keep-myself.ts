// Keeps the person's own record at sign-in, so that others see a name where they would see an id.

import { call, newKey } from "../api/call";
import { client, meQuery, peopleQuery } from "../api/client";
import type { Myself } from "../api/generated";
import { timeZone } from "../lib/format";
import type { Claims } from "./session";

/** What is to be put for somebody; `undefined` when what is kept is right. */
export function wanted(me: Myself, claims: Claims, locale: string, zone: string) {
  const { person } = me;
  // Whoever was invited has a record already, and has still to say who they are.
  if (!person || person.status === "invited") {
    const display_name = claims.name ?? person?.display_name ?? claims.email?.split("@")[0] ?? claims.sub;
    return { display_name, email: claims.email, locale, time_zone: zone };
  }
  if (!claims.email || claims.email === person.email) return undefined;
  // A PUT says all of it: what is left out would be removed.
  const { display_name, locale: kept, time_zone } = person;
  return { display_name, email: claims.email, locale: kept, time_zone };
}

/** Keeps who I am where it is missing, or where the e-mail address is another one by now. */
export async function keepMyself(me: Myself, claims: Claims): Promise<void> {
  const body = wanted(me, claims, navigator.language, timeZone);
  if (!body) return;
  const person = await call("keep_myself", { body, headers: { "Idempotency-Key": newKey() } });
  client.setQueryData(meQuery.queryKey, { ...me, person });
  await client.invalidateQueries({ queryKey: peopleQuery.queryKey });
}
