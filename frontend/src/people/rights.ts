// What administrators order: invitations, grants and removals. Each can be sent again without harm.

import { reasonHeader } from "../api/call";
import { client } from "../api/client";
import type { Invitation, PersonRights } from "../api/generated";
import { send } from "../api/send";

/** A group that can be granted. */
export type Group = PersonRights["groups"][number];

/** The groups that can be granted, the least first. */
export const GROUPS: readonly Group[] = ["viewers", "editors", "auditors", "operators", "admins"];

/** How somebody is called: their name, or the address at which they were invited. */
export function callName(person: PersonRights): string {
  return person.display_name ?? person.email;
}

/** What is to be granted and revoked to come from some groups to others. */
export function difference(before: readonly Group[], after: readonly Group[]): { grant: Group[]; revoke: Group[] } {
  return {
    grant: after.filter((group) => !before.includes(group)),
    revoke: before.filter((group) => !after.includes(group)),
  };
}

/** Invites somebody by e-mail. */
export async function invite(body: Invitation, key: string): Promise<PersonRights> {
  const person = await send("invite_person", { body, headers: { "Idempotency-Key": key } });
  await refresh();
  return person;
}

/** Changes what somebody may do; says whether there was something to change. */
export async function changeAccess(person: PersonRights, groups: readonly Group[], reason: string, key: string): Promise<boolean> {
  const change = difference(person.groups, groups);
  if (change.grant.length + change.revoke.length === 0) return false;
  const body = { ...change, ...(reason.trim() ? { reason: reason.trim() } : {}) };
  await send("change_rights", { path: { id: person.id }, body, headers: { "Idempotency-Key": key } });
  await refresh();
  return true;
}

/** Takes somebody out of the workspace. */
export async function remove(person: PersonRights, reason: string, key: string): Promise<void> {
  const headers = { "Idempotency-Key": key, ...reasonHeader(reason) };
  await send("remove_person", { path: { id: person.id }, headers });
  await refresh();
}

async function refresh(): Promise<void> {
  await client.invalidateQueries({ queryKey: ["rights"] });
}
