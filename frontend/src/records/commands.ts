// Commands: each sent until its outcome is known, once whatever happens, and merged when somebody was faster.

import { atVersion, newKey } from "../api/call";
import type { Action, TypeDescriptor } from "../api/generated";
import { isProblem, isUndecided } from "../api/problem";
import { send } from "../api/send";
import { type Fields, same } from "../lib/json";
import { type Merged, merge, mergePatch, withoutEmpty } from "../lib/merge";
import { readRecord, showRecord, took } from "./data";
import { type Rec, actionsOf, cleaned, filledIn, togetherIn, valuesOf } from "./descriptor";

/** How often others may be faster before a person is asked. */
const MERGES_MAX = 4;

/** One thing that somebody means to do, over all its tries: each request keeps its key. */
export type Intent = {
  /** The key for this request: the same for the same request. */
  keyFor: (request: unknown) => string;
  /** The larger flow that it belongs to, where it is part of one. */
  flow?: string | undefined;
};

/** A new intent, perhaps as a part of a larger flow. */
export function newIntent(flow?: string): Intent {
  const keys = new Map<string, string>();
  return {
    keyFor: (request) => {
      const name = JSON.stringify(request);
      const key = keys.get(name) ?? newKey();
      keys.set(name, key);
      return key;
    },
    flow,
  };
}

/** What somebody began with, when they opened a form or looked at a page. */
export type Base = { version: number; values: Fields };

/** What became of a change. */
export type Outcome =
  /** It is kept; `alsoChanged` names the fields that others had changed meanwhile. */
  | { kind: "kept"; record: Rec; alsoChanged: string[]; by: string | undefined }
  /** Somebody has to choose. */
  | { kind: "conflict"; theirs: Rec; merged: Merged }
  /** The action is no longer possible. */
  | { kind: "gone"; theirs: Rec };

/** What a new record is made of, and the tries whose outcome is not known. */
export type Creation = { key: string; unknown: Fields[] };

/** A creation that was not tried yet. */
export function newCreation(): Creation {
  return { key: newKey(), unknown: [] };
}

/**
 * Creates a record. The key names the record: whatever is changed between two tries, there is one. A
 * try whose answer was lost may have made it; then the difference is saved as an edit.
 */
export async function create(type: TypeDescriptor, values: Fields, reason: string, creation: Creation): Promise<Rec> {
  const { plural } = type;
  const body = { ...withoutEmpty(cleaned(filledIn(type), values)), ...withReason(reason) };
  const headers = { "Idempotency-Key": creation.key };
  try {
    const record = await send("create_record", { path: { plural }, body, headers });
    took(type, record);
    return record;
  } catch (error) {
    if (isUndecided(error)) creation.unknown.push(body);
    if (!isProblem(error, "key-reused")) throw error;
    const record = await earlier(plural, creation);
    if (!record) throw error;
    took(type, record);
    const base = { version: record.version, values: valuesOf(filledIn(type), record) };
    const outcome = await save(type, record.id, base, values, reason, newIntent());
    return outcome.kind === "kept" ? outcome.record : outcome.theirs;
  }
}

/** Saves what somebody made of a record; merges when somebody else was faster. */
export async function save(
  type: TypeDescriptor,
  id: string,
  base: Base,
  values: Fields,
  reason: string,
  intent: Intent,
): Promise<Outcome> {
  let mine = cleaned(filledIn(type), values);
  let { version } = base;
  let before = base.values;
  let alsoChanged: string[] = [];
  let by: string | undefined;
  for (let tries = 0; ; tries += 1) {
    const body = { ...mergePatch(before, mine), ...withReason(reason) };
    const path = { plural: type.plural, id };
    try {
      const headers = { ...atVersion(version), "Idempotency-Key": intent.keyFor([version, body]), ...ofFlow(intent) };
      const record = await send("edit_record", { path, body, headers });
      took(type, record);
      return { kind: "kept", record, alsoChanged, by };
    } catch (error) {
      if (!isProblem(error, "version-mismatch") || tries >= MERGES_MAX) throw error;
      const theirs = await readRecord(type.plural, id, error.currentVersion);
      showRecord(type.plural, theirs);
      const now = valuesOf(filledIn(type), theirs);
      const merged = merge(before, mine, now, togetherIn(type));
      if (merged.conflicts.length > 0) return { kind: "conflict", theirs, merged };
      alsoChanged = [...new Set([...alsoChanged, ...merged.theirs])];
      by = theirs.changed_by;
      ({ version } = theirs);
      before = now;
      mine = merged.values;
    }
  }
}

/**
 * Does something with a record as it was seen. When others changed only what does not matter to the
 * action, it is done all the same; when they changed its status or owner, a person is asked.
 */
export async function act(
  type: TypeDescriptor,
  seen: Rec,
  action: Action,
  values: Fields,
  reason: string,
  intent: Intent,
): Promise<Outcome> {
  const path = { plural: type.plural, id: seen.id, action: action.name };
  const body = { ...withoutEmpty(cleaned(action.fields, values)), ...withReason(reason) };
  let at = seen;
  for (let tries = 0; ; tries += 1) {
    try {
      const headers = { ...atVersion(at.version), "Idempotency-Key": intent.keyFor([at.version, action.name, body]), ...ofFlow(intent) };
      const record = await send("act_on_record", { path, body, headers });
      took(type, record);
      return { kind: "kept", record, alsoChanged: changedFields(type, seen, at), by: at === seen ? undefined : at.changed_by };
    } catch (error) {
      if (!isProblem(error, "version-mismatch") || tries >= MERGES_MAX) throw error;
      at = await readRecord(type.plural, seen.id, error.currentVersion);
      showRecord(type.plural, at);
      if (!actionsOf(type, at.status).some((offered) => offered.name === action.name)) return { kind: "gone", theirs: at };
      const matters = ["status", "owner"].filter((name) => !same(seen[name], at[name]));
      if (matters.length > 0) {
        const theirs = [...matters, ...changedFields(type, seen, at)];
        return { kind: "conflict", theirs: at, merged: { values: {}, conflicts: matters, theirs, mine: [] } };
      }
    }
  }
}

/** The names of a type's fields that differ between two readings of a record. */
export function changedFields(type: TypeDescriptor, before: Rec, after: Rec): string[] {
  return type.fields.map((field) => field.name).filter((name) => !same(before[name], after[name]));
}

/** The record that an earlier try made: asked again with the same key and body, the answer is the same. */
async function earlier(plural: string, creation: Creation): Promise<Rec | undefined> {
  for (const body of creation.unknown) {
    try {
      return await send("create_record", { path: { plural }, body, headers: { "Idempotency-Key": creation.key } });
    } catch (error) {
      if (!isProblem(error, "key-reused")) throw error;
    }
  }
  return undefined;
}

function ofFlow({ flow }: Intent): { "X-Correlation-Id"?: string } {
  return flow === undefined ? {} : { "X-Correlation-Id": flow };
}

function withReason(reason: string): Fields {
  const text = reason.trim();
  return text === "" ? {} : { reason: text };
}
