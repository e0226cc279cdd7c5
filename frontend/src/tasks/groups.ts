// Which group a thing to be done belongs to, and its order there. Pure.

import { same } from "../lib/json";

/** The groups, in the order in which they are shown. */
export const GROUPS = ["overdue", "today", "later", "undated"] as const;
export type Group = (typeof GROUPS)[number];

/** What matters of a thing to be done. */
export type Dated = { readonly id: string; readonly changed_at: string };

/** The group of something that is due on a day (`2026-11-24`), as days are where the reader is. */
export function groupOf(due: unknown, today: string): Group {
  if (typeof due !== "string" || due === "") return "undated";
  if (due < today) return "overdue";
  return due === today ? "today" : "later";
}

/** All of them in their groups: what is due first comes first, then what was changed last. */
export function grouped<T extends Dated>(items: readonly T[], dueOf: (item: T) => unknown, today: string): ReadonlyMap<Group, T[]> {
  const groups = new Map<Group, T[]>(GROUPS.map((group) => [group, []]));
  for (const item of items) groups.get(groupOf(dueOf(item), today))?.push(item);
  for (const found of groups.values()) {
    found.sort((a, b) => {
      const [first, second] = [String(dueOf(a) ?? ""), String(dueOf(b) ?? "")];
      if (first !== second) return first < second ? -1 : 1;
      return a.changed_at === b.changed_at ? (a.id < b.id ? -1 : 1) : a.changed_at > b.changed_at ? -1 : 1;
    });
  }
  return groups;
}

/** Whether a text occurs in one of some values, whatever their case and accents. */
export function occurs(text: string, values: readonly unknown[]): boolean {
  const wanted = folded(text.trim());
  return wanted === "" || values.some((value) => !same(value, undefined) && folded(String(value)).includes(wanted));
}

function folded(text: string): string {
  return text.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();
}
