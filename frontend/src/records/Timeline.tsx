// The timeline of a record: every change, newest first, with who, when, why and what was before.

import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { Failure } from "../api/Failure";
import type { HistoryEntry, TypeDescriptor } from "../api/generated";
import { texts } from "../lib/texts";
import { Skeleton } from "../ui/Skeleton";
import { CommitCard } from "./CommitCard";
import { historyQuery } from "./data";

/** The timeline. */
export function Timeline({ type, id, version }: { type: TypeDescriptor; id: string; version: number }) {
  const history = useInfiniteQuery(historyQuery(type.plural, id));
  const told = history.data?.pages[0]?.items[0]?.version;
  const { refetch } = history;
  useEffect(() => {
    // The record was read again, and somebody has changed it meanwhile.
    if (told !== undefined && told < version) void refetch();
  }, [told, version, refetch]);
  const items = history.data?.pages.flatMap((page) => page.items) ?? [];
  const versions = new Map(items.flatMap((item) => ("unreadable" in item ? [] : [[item.commit_id, item.version] as const])));
  return (
    <section className="timeline" aria-labelledby="timeline">
      <h2 id="timeline">{texts.timeline.title}</h2>
      {history.isPending && <Skeleton lines={4} />}
      {history.isError && <Failure error={history.error} right="read" retry={() => void history.refetch()} />}
      <ol className="commits">
        {items.map((item) => (
          <li key={item.version} className="commit">
            <CommitCard type={type} id={id} item={item} cause={causeOf(item, versions)} newest={item.version === version} />
          </li>
        ))}
      </ol>
      {history.hasNextPage && (
        <button type="button" aria-disabled={history.isFetchingNextPage} onClick={() => void history.fetchNextPage()}>
          {history.isFetchingNextPage ? texts.loading : texts.timeline.more}
        </button>
      )}
    </section>
  );
}

/** The version that the cause of a change made, as far as it is among those that were read. */
function causeOf(item: HistoryEntry, versions: ReadonlyMap<string, number>): number | undefined {
  return "unreadable" in item || !item.causation_id ? undefined : versions.get(item.causation_id);
}
