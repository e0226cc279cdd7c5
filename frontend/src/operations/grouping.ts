// Parked records by what went wrong with them. Pure.

import type { Parked, ParkedGroup } from "./shapes";

/** An error, how many records have it, and those of them that were read so far. */
export type Group = { error: string; records: number; items: Parked[] };

/** The groups, the largest first; one that was counted before its items came, or after, is told all the same. */
export function grouped(groups: readonly ParkedGroup[], items: readonly Parked[]): Group[] {
  const found = new Map<string, Group>(groups.map(({ error, records }) => [error, { error, records, items: [] }]));
  for (const item of items) {
    const group = found.get(item.error) ?? { error: item.error, records: 0, items: [] };
    group.items.push(item);
    found.set(item.error, group);
  }
  const all = [...found.values()].map((group) => ({ ...group, records: Math.max(group.records, countOf(group.items)) }));
  return all.sort((a, b) => b.records - a.records);
}

/** Records, not rows: the same record may be parked in several views and generations. */
function countOf(items: readonly Parked[]): number {
  return new Set(items.map(keyOf)).size;
}

/** What tells a parked record from another: the record within its view and generation. */
export function placeOf(item: Parked): string {
  return `${item.view} ${item.generation} ${keyOf(item)}`;
}

function keyOf({ tenant, record }: Parked): string {
  return `${tenant} ${record.type}/${record.id}`;
}
