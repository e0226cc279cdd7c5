// Three-way merge: what becomes of my changes when somebody else was faster. Pure.

import { type Fields, isFields, names, same } from "./json";

/** How two changes of one field go together. */
export type Together =
  /** They do not: somebody has to choose. */
  | "choose"
  /** It is a set: what each added stays, what either removed goes. */
  | "unite";

/** The outcome of a merge. */
export type Merged = {
  /** All fields; where a choice is needed, mine. */
  values: Fields;
  /** Fields that both changed, to different values. */
  conflicts: string[];
  /** Fields that the other one changed, and I did not mean to change otherwise. */
  theirs: string[];
  /** Fields that are mine in the outcome and differ from theirs. */
  mine: string[];
};

/**
 * Merges what I made of `original` with what it has become meanwhile. Fields are compared as a whole,
 * groups as well: a street of mine and a city of theirs are no address.
 */
export function merge(
  original: Fields,
  mine: Fields,
  theirs: Fields,
  together: (name: string) => Together = () => "choose",
): Merged {
  const merged: Merged = { values: {}, conflicts: [], theirs: [], mine: [] };
  const values: { [name: string]: unknown } = {};
  for (const name of names(original, mine, theirs)) {
    const [base, left, right] = [original[name], mine[name], theirs[name]];
    const iChanged = !same(base, left);
    const theyChanged = !same(base, right);
    if (!iChanged || same(left, right)) {
      values[name] = right;
      if (theyChanged && !iChanged) merged.theirs.push(name);
    } else if (!theyChanged) {
      values[name] = left;
      merged.mine.push(name);
    } else if (together(name) === "unite" && Array.isArray(right)) {
      values[name] = united(base, left, right);
      merged.theirs.push(name);
      merged.mine.push(name);
    } else {
      values[name] = left;
      merged.conflicts.push(name);
    }
  }
  merged.values = values;
  return merged;
}

/** A merge patch (RFC 7386) that makes `after` of `before`; what is empty is removed. */
export function mergePatch(before: Fields, after: Fields): Fields {
  const patch: { [name: string]: unknown } = {};
  for (const name of names(before, after)) {
    const [old, now] = [before[name], after[name]];
    if (same(old, now)) continue;
    if (same(now, undefined)) patch[name] = null;
    else if (isFields(old) && isFields(now)) patch[name] = mergePatch(old, now);
    else patch[name] = isFields(now) ? withoutEmpty(now) : now;
  }
  return patch;
}

/** The same fields without those that are empty. */
export function withoutEmpty(fields: Fields): Fields {
  const kept = Object.entries(fields).filter(([, value]) => !same(value, undefined));
  return Object.fromEntries(kept.map(([name, value]) => [name, isFields(value) ? withoutEmpty(value) : value]));
}

function united(base: unknown, mine: unknown, theirs: unknown[]): unknown[] {
  const before = Array.isArray(base) ? base : [];
  const now = Array.isArray(mine) ? mine : [];
  const kept = theirs.filter((item) => now.includes(item) || !before.includes(item));
  return [...kept, ...now.filter((item) => !before.includes(item) && !kept.includes(item))];
}
