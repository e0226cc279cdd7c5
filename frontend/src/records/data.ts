// Records, lists and histories as they are read and cached, and what a command's answer does to them.

import { type InfiniteData, infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { call } from "../api/call";
import { type Numbers, client, countsQuery } from "../api/client";
import type { TypeDescriptor } from "../api/generated";
import { type OwnWrites, type Shown, newer, remembered, tokens, withRecord } from "../lib/own-writes";
import { type Rec, statusOf } from "./descriptor";
import type { Moment } from "./past";
import type { TimelineFilter } from "./timeline-filters";

/** What a list shows, and in which order. */
export type Filter = {
  status?: string;
  owner?: string;
  sort: "-changed_at" | "changed_at";
  /** How many a page has; otherwise as many as the service gives unasked. */
  limit?: string;
};

/** A page of a list. */
export type Page = { items: Rec[]; next_cursor?: string };

/** What this session has written, by plural. */
const written = new Map<string, OwnWrites<Rec>>();

/** What this session has written of a type, newest first. */
export function ownWrites(plural: string): OwnWrites<Rec> {
  return written.get(plural) ?? [];
}

/** After this time the counts are read again, in ms. */
const COUNT_AGAIN_MS = 2_500;
let counting: ReturnType<typeof setTimeout> | undefined;

/** A list, page by page, at least as new as what this session wrote. */
export function listQuery(plural: string, filter: Filter) {
  return infiniteQueryOptions({
    queryKey: ["list", plural, filter] as const,
    queryFn: async ({ pageParam, signal }): Promise<Page> => {
      const seen = tokens(ownWrites(plural)).join(",");
      return call("list_records", { path: { plural }, query: { ...filter, cursor: pageParam, seen }, signal });
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor,
    placeholderData: keepPreviousData,
  });
}

/** A record, never older than it was seen. */
export function recordQuery(plural: string, id: string) {
  return queryOptions({
    queryKey: ["record", plural, id] as const,
    queryFn: async ({ signal }): Promise<Rec> => {
      const known = knownRecord(plural, id);
      const found = await readRecord(plural, id, known?.version, signal);
      return newer(known, found);
    },
  });
}

/** A record as it is now, at least at this version. */
export async function readRecord(plural: string, id: string, atLeast?: number, signal?: AbortSignal): Promise<Rec> {
  const query = atLeast === undefined ? {} : { min_version: String(atLeast) };
  return call("get_record", { path: { plural, id }, query, ...(signal ? { signal } : {}) });
}

/** A record as it was at a moment. What is shown stays until another moment is read. */
export function pastQuery(plural: string, id: string, moment: Moment) {
  return queryOptions({
    queryKey: ["past", plural, id, moment] as const,
    queryFn: ({ signal }): Promise<Rec> => call("get_record", { path: { plural, id }, query: moment, signal }),
    placeholderData: keepPreviousData,
  });
}

/** The history of a record, newest first, page by page. A page may be empty and not the last. */
export function historyQuery(plural: string, id: string, filter: TimelineFilter) {
  return infiniteQueryOptions({
    queryKey: ["history", plural, id, filter] as const,
    queryFn: ({ pageParam, signal }) =>
      call("read_history", { path: { plural, id }, query: { ...filter, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor,
    placeholderData: keepPreviousData,
  });
}

/** One commit with the text that is stored, for those who may see it. A commit never changes. */
export function storedQuery(plural: string, id: string, version: number) {
  return queryOptions({
    queryKey: ["stored", plural, id, version] as const,
    queryFn: ({ signal }) =>
      call("read_commit", { path: { plural, id, version: String(version) }, query: { include: "stored" }, signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** What differs between two versions; 0 is before the record existed. */
export function diffQuery(plural: string, id: string, from: number, to: number) {
  return queryOptions({
    queryKey: ["diff", plural, id, from, to] as const,
    queryFn: ({ signal }) => call("diff_record", { path: { plural, id }, query: { from: String(from), to: String(to) }, signal }),
    placeholderData: keepPreviousData,
  });
}

/** Who set each value that stands in a version, and when. */
export function blameQuery(plural: string, id: string, version: number) {
  return queryOptions({
    queryKey: ["blame", plural, id, version] as const,
    queryFn: async ({ signal }) => {
      // Before a record existed nothing stood in it.
      if (version === 0) return [];
      return (await call("blame_record", { path: { plural, id }, query: { version: String(version) }, signal })).items;
    },
  });
}

/** What a list with this filter shows. */
export function shownBy(type: TypeDescriptor, filter: Filter): Shown<Rec> {
  const status = (record: Rec) =>
    filter.status === undefined ? !statusOf(type, record.status).ended : record.status === filter.status;
  const owner = (record: Rec) => filter.owner === undefined || record.owner === filter.owner;
  return { shows: (record) => status(record) && owner(record), newestFirst: filter.sort === "-changed_at" };
}

/** A command answered with this record: it is shown at once, everywhere. */
export function took(type: TypeDescriptor, record: Rec): void {
  const { plural } = type;
  recount(type.name, knownRecord(plural, record.id) ?? listedRecord(plural, record.id), record);
  written.set(plural, remembered(ownWrites(plural), record));
  showRecord(plural, record);
  for (const [key, data] of client.getQueriesData<InfiniteData<Page, string | undefined>>({ queryKey: ["list", plural] })) {
    const filter = key[2] as Filter;
    if (data) client.setQueryData(key, withRecordIn(data, record, shownBy(type, filter)));
  }
  void client.invalidateQueries({ queryKey: ["list", plural] });
  for (const of of ["history", "past", "diff", "blame"]) void client.invalidateQueries({ queryKey: [of, plural, record.id] });
}

/** Shows a record that was read on the way, unless a newer one is shown. */
export function showRecord(plural: string, record: Rec): void {
  client.setQueryData<Rec>(["record", plural, record.id], (known) => newer(known, record));
}

/** Forgets what was written: another person signed in. */
export function forgetOwnWrites(): void {
  written.clear();
}

/** Counts follow the log after a moment: until then they are corrected by what was just done. */
function recount(type: string, before: Rec | undefined, after: Rec): void {
  if (before?.status === after.status && before.version !== after.version) return;
  if (before && before.version >= after.version) return;
  client.setQueryData<Numbers>(countsQuery.queryKey, (counts) => {
    if (!counts) return counts;
    const numbers = { ...counts[type] };
    if (before) numbers[before.status] = Math.max(0, (numbers[before.status] ?? 0) - 1);
    // Only what is created is new; a record that was not read before has been counted somewhere.
    if (before || after.version === 1) numbers[after.status] = (numbers[after.status] ?? 0) + 1;
    return { ...counts, [type]: numbers };
  });
  clearTimeout(counting);
  counting = setTimeout(() => void client.invalidateQueries({ queryKey: countsQuery.queryKey }), COUNT_AGAIN_MS);
}

function knownRecord(plural: string, id: string): Rec | undefined {
  const own = ownWrites(plural).find((record) => record.id === id);
  const cached = client.getQueryData<Rec>(["record", plural, id]);
  return own && cached ? newer(own, cached) : (own ?? cached);
}

/** A record as some list shows it: less of it, but its status is there. */
function listedRecord(plural: string, id: string): Rec | undefined {
  const lists = client.getQueriesData<InfiniteData<Page, string | undefined>>({ queryKey: ["list", plural] });
  return lists.flatMap(([, data]) => data?.pages ?? []).flatMap((page) => page.items).find((row) => row.id === id);
}

/** How many words are offered at once. */
const WORDS_MAX = 40;

/** The words that records which are known here have in a set, the most frequent first. Nothing is read for it. */
export function knownWords(name: string): string[] {
  const lists = client.getQueriesData<InfiniteData<Page, string | undefined>>({ queryKey: ["list"] });
  const records = client.getQueriesData<Rec>({ queryKey: ["record"] }).flatMap(([, record]) => (record ? [record] : []));
  const rows = lists.flatMap(([, data]) => data?.pages ?? []).flatMap((page) => page.items);
  const counts = new Map<string, number>();
  for (const record of [...rows, ...records]) {
    const words = record[name];
    for (const word of Array.isArray(words) ? words.map(String) : []) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return [...counts].sort(([a, n], [b, m]) => m - n || a.localeCompare(b)).slice(0, WORDS_MAX).map(([word]) => word);
}

/** The pages with the record where it belongs; there are as many pages as before. */
function withRecordIn(
  data: InfiniteData<Page, string | undefined>,
  record: Rec,
  list: Shown<Rec>,
): InfiniteData<Page, string | undefined> {
  const complete = data.pages.at(-1)?.next_cursor === undefined;
  const rows = withRecord(data.pages.flatMap((page) => page.items), record, list, complete);
  let from = 0;
  const pages = data.pages.map((page, index) => {
    const last = index === data.pages.length - 1;
    const items = rows.slice(from, last ? undefined : from + page.items.length);
    from += items.length;
    return { ...page, items };
  });
  return { ...data, pages };
}
