// Restoring a record as it was: what would change, and doing it, once whatever happens.

import { atVersion, call } from "../api/call";
import type { Action, Change, TypeDescriptor } from "../api/generated";
import { isProblem } from "../api/problem";
import { send } from "../api/send";
import { type Fields, same } from "../lib/json";
import { type Intent, type Outcome, changedFields } from "./commands";
import { readRecord, showRecord, took } from "./data";
import { type Rec, filledIn } from "./descriptor";

/** How often others may be faster before a person is asked. */
const TRIES_MAX = 4;

/** What is restored: all that people fill in, or only some fields, as they were in a version. */
export type Restoring = { version: number; fields: readonly string[] | undefined };

/** The fields that people fill in, and that were different then. */
export function restorable(type: TypeDescriptor, now: Rec, then: Rec): string[] {
  return filledIn(type).map((field) => field.name).filter((name) => !same(now[name], then[name]));
}

/** The action that comes first when a record is restored whole from where it cannot be changed. */
export function reinstating(type: TypeDescriptor, now: Rec, then: Rec, what: Restoring): Action | undefined {
  const action = type.actions.find((candidate) => candidate.name === type.reinstating);
  if (what.fields !== undefined || !action?.from.includes(now.status)) return undefined;
  return action.from.includes(then.status) && restorable(type, now, then).length === 0 ? undefined : action;
}

/** What restoring would change by today's rules; or the record as it is, where somebody has changed it meanwhile. */
export type Preview = { changes: Change[] } | { theirs: Rec };

/** Looks at what restoring would do; nothing is stored. */
export async function preview(type: TypeDescriptor, seen: Rec, what: Restoring, reason: string, signal: AbortSignal): Promise<Preview> {
  const path = { plural: type.plural, id: seen.id };
  const body = bodyOf(what, reason);
  try {
    const answer = await call("restore_record", { path, query: { dry_run: "true" }, body, headers: atVersion(seen.version), signal });
    return { changes: "changes" in answer && Array.isArray(answer.changes) ? answer.changes : [] };
  } catch (error) {
    if (!isProblem(error, "version-mismatch")) throw error;
    const theirs = await readRecord(type.plural, seen.id, error.currentVersion, signal);
    showRecord(type.plural, theirs);
    return { theirs };
  }
}

/**
 * Restores what was looked at. When others changed only what is not restored, it is done all the same;
 * when they changed what is, or the status, a person is asked.
 */
export async function restore(type: TypeDescriptor, seen: Rec, what: Restoring, reason: string, intent: Intent): Promise<Outcome> {
  const path = { plural: type.plural, id: seen.id };
  const body = bodyOf(what, reason);
  let at = seen;
  for (let tries = 0; ; tries += 1) {
    try {
      const headers = { ...atVersion(at.version), "Idempotency-Key": intent.keyFor([at.version, "restore", body]) };
      const record = (await send("restore_record", { path, body, headers })) as Rec;
      took(type, record);
      return { kind: "kept", record, alsoChanged: changedFields(type, seen, at), by: at === seen ? undefined : at.changed_by };
    } catch (error) {
      if (!isProblem(error, "version-mismatch") || tries >= TRIES_MAX) throw error;
      at = await readRecord(type.plural, seen.id, error.currentVersion);
      showRecord(type.plural, at);
      const overlapping = touched(type, seen, at, what);
      if (overlapping.length > 0) return { kind: "conflict", theirs: at, merged: { values: {}, conflicts: overlapping, theirs: overlapping, mine: [] } };
    }
  }
}

/** What somebody changed of what is to be restored. */
export function touched(type: TypeDescriptor, seen: Rec, now: Rec, what: Restoring): string[] {
  const fields = changedFields(type, seen, now).filter((name) => what.fields === undefined || what.fields.includes(name));
  return same(seen.status, now.status) ? fields : ["status", ...fields];
}

function bodyOf({ version, fields }: Restoring, reason: string): Fields {
  const why = reason.trim();
  return { to_version: version, ...(fields ? { fields } : {}), ...(why === "" ? {} : { reason: why }) };
}
