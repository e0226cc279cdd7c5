// Two states of a record side by side: what differs between them. Pure.

import type { Change, TypeDescriptor } from "../api/generated";
import { isFields, names, same } from "../lib/json";
import { inFieldOrder, isRedacted } from "./descriptor";

/** One thing in both states. */
export type Row = { pointer: string; differs: boolean; from: Side; to: Side };
/** What stands there. */
export type Side = { value: unknown };

/** What differs, in the order of the type's fields. */
export function differing(type: TypeDescriptor, changes: readonly Change[]): Row[] {
  const rows = changes.flatMap(({ path, from, to }) => apart(path, from, to));
  return inFieldOrder(type, rows, (row) => row.pointer);
}

/** A group that came or went as a whole is shown member by member, as one that changed within. */
function apart(pointer: string, from: unknown, to: unknown): Row[] {
  const groups = [from, to].filter(isFields);
  if (groups.length === 0 || groups.some(isRedacted)) return [{ pointer, differs: true, from: { value: from }, to: { value: to } }];
  const within = (value: unknown, name: string) => (isFields(value) ? value[name] : undefined);
  const members = names(...groups).filter((name) => !same(within(from, name), within(to, name)));
  return members.flatMap((name) => apart(`${pointer}/${name}`, within(from, name), within(to, name)));
}

/** Which versions the URL asks for; without it, the newest and the one before. */
export function versionsOf(params: URLSearchParams, newest: number): { from: number; to: number } {
  const given = (name: string, least: number) => {
    const text = params.get(name) ?? "";
    return /^\d{1,15}$/.test(text) && Number(text) >= least ? Number(text) : undefined;
  };
  const to = given("to", 0) ?? newest;
  return { from: given("from", 0) ?? Math.max(0, to - 1), to };
}
