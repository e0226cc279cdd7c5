// A list that is read on by itself, so far as it is wanted, with what this session wrote mended in.

import { type UseInfiniteQueryResult, useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import type { TypeDescriptor } from "../api/generated";
import { mended } from "../lib/own-writes";
import { type Filter, listQuery, ownWrites, shownBy } from "./data";
import type { Rec } from "./descriptor";

/** A page, as large as the service gives it. */
export const PAGE_MAX = "100";

/** A list that is read. */
export type Listed = {
  rows: Rec[];
  reading: Pick<UseInfiniteQueryResult, "dataUpdatedAt" | "isFetching" | "isError" | "error" | "refetch" | "isPending">;
  /** Reads further; absent when there is nothing more, or when it is read anyway. */
  more: (() => void) | undefined;
};

/** A list, of which so many pages are read unasked. */
export function useListed(type: TypeDescriptor, filter: Filter, unasked: number, enabled = true): Listed {
  const [wanted, want] = useState(unasked);
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
    [pages, type, filter.status, filter.owner, filter.sort],
  );
  const more = hasNextPage && read >= wanted ? () => want(read + unasked) : undefined;
  return { rows, reading: list, more };
}
