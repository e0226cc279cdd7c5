// The timeline of a record: every change, newest first, with who, when, why and what was before.

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useSearchParams } from "wouter";
import { Failure } from "../api/Failure";
import { client, meQuery } from "../api/client";
import type { HistoryEntry, HistoryPage, TypeDescriptor } from "../api/generated";
import { isProblem } from "../api/problem";
import { texts } from "../lib/texts";
import { Skeleton } from "../ui/Skeleton";
import { CommitCard } from "./CommitCard";
import { TimelineFilters } from "./TimelineFilters";
import { historyQuery } from "./data";
import { type TimelineFilter, asked, chosen, timelineFilterOf, withTimelineFilter } from "./timeline-filters";

/** So many pages without a match are read on one's own account before somebody is asked whether to go on. */
const EMPTY_MAX = 10;

/** The timeline; `newest` is the record's version, `shown` the one that is looked at. */
export function Timeline({ type, id, newest, shown }: { type: TypeDescriptor; id: string; newest: number; shown: number }) {
  const me = useQuery(meQuery).data;
  const [params, setParams] = useSearchParams();
  const filter = timelineFilterOf(params);
  const query = historyQuery(type.plural, id, asked(filter, me?.id));
  const history = useInfiniteQuery(query);
  const pages = history.data?.pages ?? [];
  useNews(pages, newest, chosen(filter) > 0, history.refetch);
  const { hasNextPage, isFetching, isError, fetchNextPage } = history;
  const searching = hasNextPage && emptyAtEnd(pages) > 0 && emptyAtEnd(pages) < EMPTY_MAX;
  useEffect(() => {
    if (searching && !isFetching && !isError) void fetchNextPage();
  }, [searching, isFetching, isError, fetchNextPage]);
  const items = pages.flatMap((page) => page.items);
  const versions = new Map(items.flatMap((item) => ("unreadable" in item ? [] : [[item.commit_id, item.version] as const])));
  const change = (next: TimelineFilter) => setParams((now) => withTimelineFilter(now, next));
  const restart = () => {
    const gone = isProblem(history.error, "cursor-gone") || isProblem(history.error, "invalid-cursor");
    if (gone) void client.resetQueries({ queryKey: query.queryKey });
    else void history.refetch();
  };
  return (
    <section className="timeline" aria-labelledby="timeline">
      <h2 id="timeline">{texts.timeline.title}</h2>
      <TimelineFilters type={type} filter={filter} items={items} change={change} />
      {history.isPending && !history.isError && <Skeleton lines={4} />}
      {history.isError && <Failure error={history.error} right="read" retry={restart} />}
      {history.isSuccess && items.length === 0 && !searching && (
        <div className="empty">
          <p>{hasNextPage ? texts.timeline.nothingYet : texts.timeline.noMatch}</p>
          <button type="button" onClick={() => change({})}>{texts.list.clear}</button>
        </div>
      )}
      <ol className="commits" aria-busy={history.isPlaceholderData || undefined}>
        {items.map((item) => (
          <li key={item.version} className="commit" aria-current={shown !== newest && item.version === shown ? "true" : undefined}>
            <CommitCard type={type} id={id} item={item} cause={causeOf(item, versions)} newest={item.version === newest} />
          </li>
        ))}
      </ol>
      {hasNextPage && (
        <button type="button" aria-disabled={isFetching} onClick={() => { if (!isFetching) void fetchNextPage(); }}>
          {history.isFetchingNextPage ? texts.loading : texts.timeline.more}
        </button>
      )}
    </section>
  );
}

/** Reads again when the record was read again, and somebody has changed it meanwhile. */
function useNews(pages: readonly HistoryPage[], newest: number, filtered: boolean, refetch: () => Promise<unknown>): void {
  const known = useRef(newest);
  const told = pages[0]?.items[0]?.version;
  useEffect(() => {
    // The newest change need not be among those that a filter lets through: then each new version is a reason.
    const behind = filtered ? known.current < newest : told !== undefined && told < newest;
    known.current = newest;
    if (behind) void refetch();
  }, [told, newest, filtered, refetch]);
}

/** How many pages in a row, up to the last one read, held nothing. */
function emptyAtEnd(pages: readonly HistoryPage[]): number {
  return pages.length - 1 - pages.findLastIndex((page) => page.items.length > 0);
}

/** The version that the cause of a change made, as far as it is among those that were read. */
function causeOf(item: HistoryEntry, versions: ReadonlyMap<string, number>): number | undefined {
  return "unreadable" in item || !item.causation_id ? undefined : versions.get(item.causation_id);
}
