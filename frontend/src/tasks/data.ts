// The things to be done as they are read: all that are open, since only then their groups are true, and
// of the others those that were done last.

import { type UseInfiniteQueryResult, useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import type { TypeDescriptor } from "../api/generated";
import { mended } from "../lib/own-writes";
import { type Filter, listQuery, ownWrites, shownBy } from "../records/data";
import type { Rec } from "../records/descriptor";

/** A page, as large as the service gives it. */
const PAGE = "100";
/** So many pages are read unasked: beyond, somebody has to want it. */
const PAGES_UNASKED = 10;
/** How many of those that are done are read at once. */
const DONE_PAGE = "25";

/** A list that is read. */
export type Listed = {
  rows: Rec[];
  reading: Pick<UseInfiniteQueryResult, "dataUpdatedAt" | "isFetching" | "isError" | "error" | "refetch" | "isPending">;
  /** Reads further; absent when there is nothing more, or when it is read anyway. */
  more: (() => void) | undefined;
};

/** Those that are open. */
export function useOpen(type: TypeDescriptor, status: string, owner: string | undefined): Listed {
  const [pages, setPages] = useState(PAGES_UNASKED);
  return useListed(type, { status, ...(owner ? { owner } : {}), sort: "-changed_at", limit: PAGE }, true, pages, setPages);
}

/** Those that are done, once they are wanted. */
export function useDone(type: TypeDescriptor, status: string, owner: string | undefined, wanted: boolean): Listed {
  const [pages, setPages] = useState(1);
  return useListed(type, { status, ...(owner ? { owner } : {}), sort: "-changed_at", limit: DONE_PAGE }, wanted, pages, setPages);
}

function useListed(type: TypeDescriptor, filter: Filter, enabled: boolean, wanted: number, want: (pages: number) => void): Listed {
  const list = useInfiniteQuery({ ...listQuery(type.plural, filter), enabled });
  const { hasNextPage, isFetching, isError, fetchNextPage } = list;
  const pages = list.data?.pages;
  const read = pages?.length ?? 0;
  useEffect(() => {
    if (enabled && hasNextPage && !isFetching && !isError && read < wanted) void fetchNextPage();
  }, [enabled, hasNextPage, isFetching, isError, fetchNextPage, read, wanted]);
  const rows = useMemo(
    () => mended((pages ?? []).flatMap((page) => page.items), ownWrites(type.plural), shownBy(type, filter)),
    // The filter is made anew at each drawing.
    [pages, type, filter.status, filter.owner],
  );
  const more = hasNextPage && read >= wanted ? () => want(read + Math.max(1, Math.min(PAGES_UNASKED, read))) : undefined;
  return { rows, reading: list, more };
}
