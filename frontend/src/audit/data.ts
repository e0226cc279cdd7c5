// What the auditor's pages read, and how long it may be kept.

import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { call } from "../api/call";
import { client } from "../api/client";
import type { AuditItem, AuditPage, CommitItem, Export, HistoryEntry } from "../api/generated";
import { send } from "../api/send";
import { type AuditFilter, SHOWN_STEP, type Selection } from "./filters";
import { pollEvery } from "./progress";

/** The past does not change: what was found is asked for again when somebody wants that, or after this, in ms. */
const FOUND_STALE_MS = 5 * 60_000;
/** How many changes of one operation are drawn as a tree. */
const OPERATION_MAX = 100;

/** The changes that match, page by page. A page may be short, or empty, and not be the last. */
export function commitsQuery(filter: AuditFilter, oldestFirst: boolean) {
  return infiniteQueryOptions({
    queryKey: ["audit", "commits", filter, oldestFirst] as const,
    queryFn: ({ pageParam, signal }): Promise<AuditPage> => {
      const query = { ...filter, ...(oldestFirst ? { order: "asc" } : {}), limit: String(SHOWN_STEP), cursor: pageParam };
      return call("search_commits", { query, signal });
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor,
    staleTime: FOUND_STALE_MS,
  });
}

/** Asks again for all that is shown. */
export function lookAgain(): Promise<void> {
  return client.invalidateQueries({ queryKey: ["audit"] });
}

/** One change, with what was before and after. It never changes. */
export function commitQuery(plural: string, { id, version }: Selection) {
  return queryOptions({
    queryKey: ["commit", plural, id, version] as const,
    queryFn: ({ signal }): Promise<HistoryEntry> => call("read_commit", { path: { plural, id, version: String(version) }, signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** A change as the audit lists it; `undefined` when it knows none. */
export function itemQuery({ type, id, version }: Selection) {
  return queryOptions({
    queryKey: ["audit", "item", type, id, version] as const,
    queryFn: async ({ signal }): Promise<CommitItem | null> => {
      let cursor: string | undefined;
      do {
        const page: AuditPage = await call("search_commits", { query: { record: `${type}/${id}`, order: "asc", cursor }, signal });
        const item = page.items.filter(isCommit).find((candidate) => candidate.version === version);
        if (item) return item;
        cursor = page.next_cursor;
      } while (cursor);
      return null;
    },
  });
}

/** All that one operation caused, oldest first, as far as it is drawn. */
export function operationQuery(id: string) {
  return queryOptions({
    queryKey: ["audit", "operation", id] as const,
    queryFn: async ({ signal }): Promise<{ items: CommitItem[]; isWhole: boolean }> => {
      const page = await call("read_correlation", { path: { id }, query: { limit: String(OPERATION_MAX) }, signal });
      return { items: page.items, isWhole: page.next_cursor === undefined };
    },
    staleTime: FOUND_STALE_MS,
  });
}

/** Signs that the log was tampered with, newest first. */
export const alarmsQuery = queryOptions({
  queryKey: ["audit", "alarms"],
  queryFn: async ({ signal }) => (await call("list_alarms", { signal })).items,
});

/** The exports of the workspace, newest first. While one is being made they are read again and again. */
export const exportsQuery = infiniteQueryOptions({
  queryKey: ["exports"] as const,
  queryFn: ({ pageParam, signal }) => call("list_exports", { query: { cursor: pageParam }, signal }),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (last) => last.next_cursor,
  // Nobody looks at a hidden page: there it stops (refetchIntervalInBackground is off).
  refetchInterval: (query) => pollEvery((query.state.data?.pages ?? []).flatMap((page) => page.items)),
});

/** Reads an export anew: its links are good again. */
export function readExport(id: string): Promise<Export> {
  return call("read_export", { path: { id } });
}

/** Starts an export. The same key starts it once. */
export async function startExport(format: Export["format"], filter: AuditFilter, reason: string, key: string): Promise<Export> {
  const why = reason.trim() === "" ? {} : { reason: reason.trim() };
  const started = await send("request_export", { body: { format, filter, ...why }, headers: { "Idempotency-Key": key } });
  await client.invalidateQueries({ queryKey: exportsQuery.queryKey });
  return started;
}

/** Whether an item is a change, and no alarm. */
export function isCommit(item: AuditItem): item is CommitItem {
  return item.kind === "commit";
}

/** Whether a change is the selected one. */
export function isSelected(item: CommitItem, selection: Selection): boolean {
  return item.version === selection.version && item.record.id === selection.id && item.record.type === selection.type;
}

/** What selects a change. */
export function selectionFor({ record, version }: Pick<CommitItem, "record" | "version">): Selection {
  return { ...record, version };
}
