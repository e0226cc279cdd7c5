// The list of a type: filtered and ordered by the URL, page by page.

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { Link, useSearchParams } from "wouter";
import { late } from "../api/Late";
import { type Numbers, client, countsQuery, meQuery, useRight } from "../api/client";
import type { TypeDescriptor } from "../api/generated";
import { isProblem } from "../api/problem";
import { count } from "../lib/format";
import { mended } from "../lib/own-writes";
import type { Shortcut } from "../lib/shortcuts";
import { texts } from "../lib/texts";
import { CopyLink } from "../ui/CopyLink";
import { Page } from "../ui/Page";
import { Shortcuts } from "../ui/Shortcuts";
import { Skeleton } from "../ui/Skeleton";
import { CreateDialog } from "./CreateDialog";
import { EditHere } from "./EditHere";
import { Filters } from "./Filters";
import { Freshness, Unread } from "./Freshness";
import { LayoutSwitch } from "./LayoutSwitch";
import { ColumnsMenu, ViewsMenu } from "./ListMenus";
import { RecordTable, type Selection } from "./RecordTable";
import { SampleOffer, SampleProgress } from "./SampleData";
import { chosenColumns } from "./columns";
import { listQuery, ownWrites, shownBy } from "./data";
import { type Rec, isAddable, isEditable } from "./descriptor";
import { changedParams, filterOf, isFiltered, pagesOf } from "./filters";

const BulkBar = late("bulk", async () => (await import("./Bulk")).BulkBar, "part");

type Change = (changes: { [name: string]: string }) => void;

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
  const change: Change = (changes) => setParams(changedParams(params, changes));
  const add = mayAdd && (
    <div className="actions">
      <Link className="button" href={`/import/${type.plural}`}>{texts.list.import}</Link>
      <button type="button" className="primary" onClick={() => setNew(true)}>{texts.list.new(texts.inSentence(type.label))}</button>
    </div>
  );
  return (
    <Page title={type.plural_label} beside={add}>
      <LayoutSwitch type={type} params={params} />
      <Filters type={type} params={params} change={change} />
      <SampleProgress />
      <List
        type={type}
        params={params}
        replace={(changes) => setParams(changedParams(params, changes), { replace: true })}
        add={mayAdd ? () => setNew(true) : undefined}
      />
      {mayAdd && params.has("new") && <CreateDialog type={type} onClose={() => setNew(false)} />}
    </Page>
  );
}

function List({ type, params, replace, add }: {
  type: TypeDescriptor;
  params: URLSearchParams;
  replace: Change;
  add: (() => void) | undefined;
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
  const columns = useMemo(() => chosenColumns(type, params), [type, params.get("columns")]);
  const { selected, selection, clear, used } = useSelection(rows, [filter.status, filter.owner, filter.sort].join(" "));
  const [editing, setEditing] = useState<string | undefined>(undefined);

  const restart = () => {
    // A cursor of a list that was rebuilt, or made for another order, leads nowhere: start again.
    const gone = isProblem(list.error, "cursor-gone") || isProblem(list.error, "invalid-cursor");
    if (gone) void client.resetQueries({ queryKey: query.queryKey });
    else void list.refetch();
  };
  const keys: Shortcut[] = add
    ? [
        { key: "x", label: texts.keys.select, perform: (row) => { if (row !== undefined) selection.toggle(row); } },
        { key: "e", label: texts.keys.edit, perform: (row) => { if (rows.some((record) => record.id === row && isEditable(type, record.status))) setEditing(row); } },
        { key: "n", label: texts.keys.add, perform: add },
      ]
    : [];
  return (
    <>
      <div className="list-tools">
        <ViewsMenu type={type} params={params} change={replace} />
        <ColumnsMenu type={type} params={params} change={replace} />
        <CopyLink />
        <Shortcuts keys={keys} />
        <Freshness reading={list} />
      </div>
      {list.isPending && !list.isError && <Skeleton lines={8} />}
      <Unread reading={list} retry={restart} />
      {!list.isError && !list.isPending && rows.length === 0 && !hasNextPage && <Empty type={type} params={params} change={replace} />}
      {used && add && <BulkBar type={type} selected={selected} all={() => selection.all(true)} clear={clear} />}
      {rows.length > 0 && <RecordTable type={type} rows={rows} columns={columns} busy={list.isPlaceholderData} selection={add ? selection : undefined} />}
      {rows.length > 0 && (
        <p className="list-foot">
          <span className="muted">{(hasNextPage || rows.length === 1 ? texts.list.shown : texts.list.allShown)(count(rows.length))}</span>
          {hasNextPage && (
            <button
              type="button"
              aria-disabled={list.isFetchingNextPage}
              onClick={() => replace({ pages: String(Math.max(wanted, pages?.length ?? 1) + 1) })}
            >
              {list.isFetchingNextPage ? texts.loading : texts.list.more}
            </button>
          )}
        </p>
      )}
      {editing !== undefined && <EditHere type={type} id={editing} onClose={() => setEditing(undefined)} />}
    </>
  );
}

/** Which of the rows are selected; what a list no longer shows is not. */
function useSelection(rows: readonly Rec[], filter: string) {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const [of, setOf] = useState(filter);
  if (of !== filter) {
    // What is selected belongs to what is shown.
    setOf(filter);
    setIds(new Set());
  }
  const [used, setUsed] = useState(false);
  const shown = useRef(rows);
  shown.current = rows;
  const toggle = useCallback((id: string) => {
    setUsed(true);
    setIds((before) => {
      const next = new Set(before);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  }, []);
  const all = (on: boolean) => {
    setUsed(true);
    setIds(new Set(on ? shown.current.map((record) => record.id) : []));
  };
  const selection: Selection = { ids, toggle, all };
  return { selected: rows.filter((record) => ids.has(record.id)), selection, clear: () => setIds(new Set()), used };
}

/** A list without rows: either nothing matches, or nothing is there yet. */
function Empty({ type, params, change }: {
  type: TypeDescriptor;
  params: URLSearchParams;
  change: Change;
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
