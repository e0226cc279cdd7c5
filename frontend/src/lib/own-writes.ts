// Read your writes: what this session has seen of records is never taken back by an older list. Pure.
//
// Views follow the log within a moment. A list is asked with the session's own latest writes
// (`seen=id@version`), so that the service overlays them; the answer is at least as new as each. What
// is older all the same (a write further back, an answer that was overtaken) is mended here.

/** What of a record matters here. */
export type Versioned = { readonly id: string; readonly version: number; readonly changed_at: string };

/** The newest first, each record once. */
export type OwnWrites<T extends Versioned> = readonly T[];

/** The service takes no more tokens than this. */
export const TOKENS_MAX = 10;
/** How many writes are remembered for mending lists. */
export const REMEMBERED_MAX = 200;

/** Remembers a record as a command's answer showed it. An older version than the known one is ignored. */
export function remembered<T extends Versioned>(writes: OwnWrites<T>, record: T): OwnWrites<T> {
  const known = writes.find((write) => write.id === record.id);
  if (known && known.version > record.version) return writes;
  return [record, ...writes.filter((write) => write.id !== record.id)].slice(0, REMEMBERED_MAX);
}

/** What to send as `seen`: the latest writes, newest first. */
export function tokens(writes: OwnWrites<Versioned>): string[] {
  return writes.slice(0, TOKENS_MAX).map((write) => `${write.id}@${write.version}`);
}

/** The newer of two: an older version is never shown over a newer one. */
export function newer<T extends Versioned>(known: T | undefined, found: T): T {
  return known && known.version > found.version ? known : found;
}

/** What a list shows, and in which order. */
export type Shown<T> = {
  /** Whether the list shows such a record. */
  shows: (record: T) => boolean;
  /** Whether the record that changed last comes first. */
  newestFirst: boolean;
};

/**
 * A list's rows as they may be shown: each record once, none older than this session has seen it, and
 * none that the list no longer shows. Rows that are not in the answer are not added: it knows better.
 */
export function mended<T extends Versioned>(rows: readonly T[], writes: OwnWrites<T>, list: Shown<T>): T[] {
  const known = new Map(writes.map((write) => [write.id, write]));
  const newest = new Map<string, T>();
  for (const row of rows) {
    const own = known.get(row.id);
    newest.set(row.id, newer(newest.get(row.id), newer(own, row)));
  }
  const kept = [...newest.values()].filter((row) => row !== known.get(row.id) || list.shows(row));
  return inOrder(kept, list);
}

/**
 * A list's rows right after a command answered with `record`: replaced, taken out, or put where it
 * belongs. `complete` says whether there are no rows after these: otherwise a record that belongs
 * behind the last one is on a page that was not read.
 */
export function withRecord<T extends Versioned>(
  rows: readonly T[],
  record: T,
  list: Shown<T>,
  complete: boolean,
): T[] {
  const present = rows.find((row) => row.id === record.id);
  if (present && present.version > record.version) return [...rows];
  const others = rows.filter((row) => row.id !== record.id);
  if (!list.shows(record)) return others;
  const last = others.at(-1);
  const beyond = last !== undefined && comes(last, record, list) && !complete && !present;
  return beyond ? others : inOrder([...others, record], list);
}

function inOrder<T extends Versioned>(rows: T[], list: Shown<T>): T[] {
  return rows.sort((a, b) => (same(a, b) ? 0 : comes(a, b, list) ? -1 : 1));
}

function same(a: Versioned, b: Versioned): boolean {
  return a.changed_at === b.changed_at && a.id === b.id;
}

/** Whether `a` comes before `b`; the id decides where the instants are equal, as in the service. */
function comes<T extends Versioned>(a: T, b: T, list: Shown<T>): boolean {
  const before = a.changed_at === b.changed_at ? a.id < b.id : a.changed_at < b.changed_at;
  return before !== list.newestFirst;
}
