// The same for many records: a command for each, all in one flow, and what became of each.

import { newKey } from "../api/call";
import type { Action, Field, TypeDescriptor } from "../api/generated";
import { ProblemError, isUndecided } from "../api/problem";
import { patiently } from "../api/send";
import type { Fields } from "../lib/json";
import { type Intent, type Outcome, act, newIntent } from "./commands";
import { took } from "./data";
import { type Rec, actionsOf, filledIn, isEditable } from "./descriptor";
import { changeField, wayBack } from "./undo";

/** What is done to each of them. */
export type Operation =
  | { kind: "action"; action: Action }
  /** A field gets a value, the same for all; nothing clears it. */
  | { kind: "field"; field: Field }
  /** Words are added to a set, and others are taken out of it. */
  | { kind: "tags"; field: Field };

/** What the form of an operation says. */
export type Said = { values: Fields; reason: string };

/** What became of a record. */
export type Result =
  | { kind: "saved"; record: Rec }
  /** It was so already. */
  | { kind: "same" }
  /** Somebody changed what it is about. */
  | { kind: "meanwhile"; theirs: Rec }
  /** A rule, or the service, does not allow it for this one. */
  | { kind: "refused"; error: ProblemError };

/** A record, and what becomes of it. The intent keeps its key over all tries. */
export type Item = { seen: Rec; intent: Intent; result?: Result };

/** One operation on many records. */
export type Bulk = {
  operation: Operation;
  said: Said;
  items: Item[];
  /** By which all its commits are found. */
  flow: string;
};

/** How many are sent at once. */
const JOBS = 4;
/** In the form that changes a set of words, the field that takes words out is called so; the other as the set. */
export const takingOut = (name: string) => `-${name}`;

/** What can be done to at least one of some records: actions, and fields that lists know. */
export function offeredFor(type: TypeDescriptor, records: readonly Rec[]): Operation[] {
  const actions = type.actions.filter((action) => records.some((record) => action.from.includes(record.status)));
  const editable = records.some((record) => isEditable(type, record.status));
  const fields = editable ? filledIn(type).filter((field) => field.listed && !field.required) : [];
  return [
    ...actions.map((action): Operation => ({ kind: "action", action })),
    ...fields.filter((field) => ["person", "date", "reference"].includes(field.kind)).map((field): Operation => ({ kind: "field", field })),
    ...fields.filter((field) => field.kind === "tags").map((field): Operation => ({ kind: "tags", field })),
  ];
}

/** Those of some records to which an operation can be done in the status that they have. */
export function possibleFor(type: TypeDescriptor, operation: Operation, records: readonly Rec[]): Rec[] {
  if (operation.kind !== "action") return records.filter((record) => isEditable(type, record.status));
  return records.filter((record) => actionsOf(type, record.status).some((action) => action.name === operation.action.name));
}

/** An operation that has not begun. */
export function newBulk(operation: Operation, said: Said, records: readonly Rec[]): Bulk {
  const flow = `bulk-${newKey()}`;
  return { operation, said, flow, items: records.map((seen) => ({ seen, intent: newIntent(flow) })) };
}

/**
 * Does it to all that have no result yet. What a single record is refused for does not stop the others;
 * anything else does, and is thrown when what is under way has ended: then it can be run again.
 */
export function run(type: TypeDescriptor, bulk: Bulk, progress: () => void): Promise<void> {
  return each(bulk.items, (item) => perform(type, bulk, item), progress);
}

/** What takes back what was saved: a change of its own for each, all in a flow of their own. */
export function backFrom(bulk: Bulk): Item[] {
  const flow = `undo-${bulk.flow}`;
  return bulk.items.flatMap(({ result }) => (result?.kind === "saved" ? [{ seen: result.record, intent: newIntent(flow) }] : []));
}

/** Takes it back, as far as that was not done yet. */
export function runBack(type: TypeDescriptor, bulk: Bulk, back: Item[], reason: string, progress: () => void): Promise<void> {
  const before = new Map(bulk.items.map(({ seen }) => [seen.id, seen]));
  const { operation } = bulk;
  return each(back, async ({ seen, intent }) => {
    const was = before.get(seen.id) ?? seen;
    if (operation.kind !== "action") return resultOf(type, seen, await changeField(type, seen, operation.field, was[operation.field.name], reason, intent));
    const action = wayBack(type, seen, was) ?? ownerBack(type, operation.action, was);
    if (!action) return { kind: "meanwhile", theirs: seen };
    const values = action === operation.action ? { [personOf(action)?.name ?? ""]: was.owner } : {};
    return resultOf(type, seen, await act(type, seen, action, values, reason, intent));
  }, progress);
}

async function each(items: Item[], perform: (item: Item) => Promise<Result>, progress: () => void): Promise<void> {
  const waiting = items.filter((item) => item.result === undefined);
  let failure: { error: unknown } | undefined;
  const work = async (): Promise<void> => {
    for (let item = waiting.shift(); item && !failure; item = waiting.shift()) {
      const now = item;
      try {
        now.result = await patiently(() => perform(now));
      } catch (error) {
        if (isOfTheRecord(error)) now.result = { kind: "refused", error };
        else failure ??= { error };
      }
      progress();
    }
  };
  await Promise.all(Array.from({ length: JOBS }, work));
  if (failure) throw failure.error;
}

/** Whether all that an operation did can be taken back. */
export function isReversible(type: TypeDescriptor, bulk: Bulk): boolean {
  const { operation, items } = bulk;
  if (operation.kind !== "action") return true;
  return items.every(({ seen, result }) =>
    result?.kind !== "saved" || wayBack(type, result.record, seen) !== undefined || ownerBack(type, operation.action, seen) !== undefined);
}

async function perform(type: TypeDescriptor, { operation, said }: Bulk, { seen, intent }: Item): Promise<Result> {
  if (operation.kind === "action") return resultOf(type, seen, await act(type, seen, operation.action, said.values, said.reason, intent));
  const { field } = operation;
  const value = operation.kind === "tags" ? wordsOf(field, seen, said.values) : said.values[field.name];
  return resultOf(type, seen, await changeField(type, seen, field, value, said.reason, intent));
}

/** A record's words, with those added that are to be added, and without those that are to go. */
export function wordsOf({ name }: Field, record: Rec, said: Fields): string[] {
  const list = (value: unknown) => (Array.isArray(value) ? value.map(String) : []);
  const gone = new Set(list(said[takingOut(name)]));
  return [...new Set([...list(record[name]), ...list(said[name])])].filter((word) => !gone.has(word));
}

function resultOf(type: TypeDescriptor, seen: Rec, outcome: Outcome): Result {
  if (outcome.kind !== "kept") {
    // Lists show what they made of it.
    took(type, outcome.theirs);
    return { kind: "meanwhile", theirs: outcome.theirs };
  }
  return outcome.record.version === seen.version ? { kind: "same" } : { kind: "saved", record: outcome.record };
}

/** The same action gives a record back to whoever had it, where all that it asks for is a person. */
function ownerBack(type: TypeDescriptor, action: Action, was: Rec): Action | undefined {
  const person = personOf(action);
  return person && action.fields.length === 1 && was.owner && actionsOf(type, was.status).includes(action) ? action : undefined;
}

function personOf(action: Action): Field | undefined {
  return action.fields.find((field) => field.kind === "person");
}

/** Whether an error is one of this record; others would come with the next one as well. */
function isOfTheRecord(error: unknown): error is ProblemError {
  return error instanceof ProblemError && !isUndecided(error) && [400, 404, 409, 410, 412, 413, 422].includes(error.status);
}
