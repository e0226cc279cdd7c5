// The list of a type: filtered and ordered by the URL, page by page.

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { useSearchParams } from "wouter";
import { Failure } from "../api/Failure";
import { type Numbers, client, countsQuery, meQuery, useRight } from "../api/client";
import type { TypeDescriptor } from "../api/generated";
import { isProblem } from "../api/problem";
import { count } from "../lib/format";
import { mended } from "../lib/own-writes";
import { texts } from "../lib/texts";
import { Page } from "../ui/Page";
import { Skeleton } from "../ui/Skeleton";
import { CreateDialog } from "./CreateDialog";
import { Filters } from "./Filters";
import { RecordTable } from "./RecordTable";
import { SampleOffer, SampleProgress } from "./SampleData";
import { listQuery, ownWrites, shownBy } from "./data";
import { isAddable } from "./descriptor";
import { changedParams, filterOf, isFiltered, pagesOf } from "./filters";

/** The page of a list; `?new` opens the form for a new record. */
export function ListPage({ type }: { type: TypeDescriptor }) {
  const [params, setParams] = useSearchParams();
  const mayAdd = useRight("write") === true && isAddable(type);
  const setNew = (open: boolean) => {
    setParams((now) => {
      const next = new URLSearchParams(now);
      if (open) next.set("new", "");
      else next.delete("new");
      return next;
    }, { replace: !open });
  };
  const add = mayAdd && (
    <div className="actions">
      <button type="button" className="primary" onClick={() => setNew(true)}>{texts.list.new(texts.inSentence(type.label))}</button>
    </div>
  );
  return (
    <Page title={type.plural_label} beside={add}>
      <Filters type={type} params={params} change={(changes) => setParams(changedParams(params, changes))} />
      <SampleProgress />
      <List type={type} params={params} change={(changes) => setParams(changedParams(params, changes), { replace: true })} />
      {mayAdd && params.has("new") && <CreateDialog type={type} onClose={() => setNew(false)} />}
    </Page>
  );
}

function List({ type, params, change }: {
  type: TypeDescriptor;
  params: URLSearchParams;
  change: (changes: { [name: string]: string }) => void;
}) {
  const me = useQuery(meQuery).data;
  const filter = filterOf(type, params, me?.id);
  const query = listQuery(type.plural, filter);
  const list = useInfiniteQuery(query);
  const pages = list.data?.pages;
  const wanted = pagesOf(params);
  const { hasNextPage, isFetching, isError, fetchNextPage } = list;
  const rows = useMemo(
    () => mended((pages ?? []).flatMap((page) => page.items), ownWrites(type.plural), shownBy(type, filter)),
    // The filter is made anew at each drawing; what it says is in the address.
    [pages, type, filter.status, filter.owner, filter.sort],
  );
  useEffect(() => {
    if (hasNextPage && !isFetching && !isError && (pages?.length ?? 0) < wanted) void fetchNextPage();
  }, [hasNextPage, isFetching, isError, fetchNextPage, pages?.length, wanted]);

  const restart = () => {
    // A cursor of a list that was rebuilt, or made for another order, leads nowhere: start again.
    const gone = isProblem(list.error, "cursor-gone") || isProblem(list.error, "invalid-cursor");
    if (gone) void client.resetQueries({ queryKey: query.queryKey });
    else void list.refetch();
  };
  if (list.isPending && !list.isError) return <Skeleton lines={8} />;
  return (
    <>
      {list.isError && <Failure error={list.error} right="read" retry={restart} />}
      {!list.isError && rows.length === 0 && !hasNextPage && <Empty type={type} params={params} change={change} />}
      {rows.length > 0 && <RecordTable type={type} rows={rows} busy={list.isPlaceholderData} />}
      {rows.length > 0 && (
        <p className="list-foot">
          <span className="muted">{(hasNextPage || rows.length === 1 ? texts.list.shown : texts.list.allShown)(count(rows.length))}</span>
          {hasNextPage && (
            <button
              type="button"
              aria-disabled={list.isFetchingNextPage}
              onClick={() => change({ pages: String(Math.max(wanted, pages?.length ?? 1) + 1) })}
            >
              {list.isFetchingNextPage ? texts.loading : texts.list.more}
            </button>
          )}
        </p>
      )}
    </>
  );
}

/** A list without rows: either nothing matches, or nothing is there yet. */
function Empty({ type, params, change }: {
  type: TypeDescriptor;
  params: URLSearchParams;
  change: (changes: { [name: string]: string }) => void;
}) {
  const mayWrite = useRight("write") === true;
  const counts = useQuery(countsQuery).data;
  if (isFiltered(params)) {
    return (
      <div className="empty">
        <p>{texts.list.noMatch}</p>
        <button type="button" onClick={() => change({ status: "", owner: "" })}>{texts.list.clear}</button>
      </div>
    );
  }
  const nothingAtAll = counts !== undefined && kept(counts) === 0;
  return (
    <div className="empty">
      <h2>{texts.list.emptyTitle(texts.inSentence(type.plural_label))}</h2>
      <p>{texts.list.emptyHint(texts.inSentence(type.label))}</p>
      {!mayWrite && <p>{texts.list.emptyReadOnly}</p>}
      {mayWrite && nothingAtAll && <SampleOffer />}
    </div>
  );
}

/** How many records the workspace has, people aside: they come by themselves. */
function kept(counts: Numbers): number {
  const numbers = Object.entries(counts).flatMap(([type, statuses]) => (type === "person" ? [] : Object.values(statuses)));
  return numbers.reduce<number>((sum, n) => sum + (n ?? 0), 0);
}
