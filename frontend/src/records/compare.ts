// Two states of a record side by side: what differs, and who set what stands there. Pure.

import type { Blamed, Change, TypeDescriptor } from "../api/generated";
import { isFields, names, same } from "../lib/json";
import { inFieldOrder, isRedacted } from "./descriptor";

/** One thing in both states; `set` says who set it where that was asked. */
export type Row = { pointer: string; differs: boolean; from: Side; to: Side };
/** What stands there. */
export type Side = { value: unknown; set?: Blamed | undefined };

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

/** All that stands in either state, with who set it. */
export function everything(type: TypeDescriptor, from: readonly Blamed[], to: readonly Blamed[]): Row[] {
  const sideIn = (items: readonly Blamed[]) => {
    const known = new Map(items.map((item) => [item.path, item]));
    return (path: string): Side => ({ value: known.get(path)?.value, set: known.get(path) });
  };
  const [before, after] = [sideIn(from), sideIn(to)];
  const pointers = [...new Set([...from, ...to].map((item) => item.path))];
  const rows = pointers.map((pointer) => {
    const [left, right] = [before(pointer), after(pointer)];
    return { pointer, differs: !same(left.value, right.value), from: left, to: right };
  });
  return inFieldOrder(type, rows, (row) => row.pointer);
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
