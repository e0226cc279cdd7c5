// What was found: the changes, as far as they are read, how complete that is, and the chosen one beside.

import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { Failure } from "../api/Failure";
import { client } from "../api/client";
import type { Myself, TypeDescriptor } from "../api/generated";
import { isProblem } from "../api/problem";
import { utcTime } from "../lib/format";
import { texts } from "../lib/texts";
import { Skeleton } from "../ui/Skeleton";
import { Beside } from "./Beside";
import { CommitList } from "./CommitList";
import { commitsQuery, isCommit, isSelected, lookAgain } from "./data";
import { type AuditFilter, SHOWN_STEP, type Selection, asked, changed, isFiltered, isOldestFirst, selectedText, selectionOf, shownOf, withoutFilter } from "./filters";
import { useKeys } from "./keys";
import { completeness, nextStep } from "./progress";
import { momentTime } from "./when";
import { words } from "./words";

type SetParams = (change: (now: URLSearchParams) => URLSearchParams, options?: { replace?: boolean }) => void;

/** The list and the chosen change. */
export function Results({ me, filter, types, params, narrow, setParams }: {
  me: Myself;
  filter: AuditFilter;
  types: readonly TypeDescriptor[];
  params: URLSearchParams;
  narrow: boolean;
  setParams: SetParams;
}) {
  const query = commitsQuery(asked(filter, me.id), isOldestFirst(params));
  const found = useInfiniteQuery(query);
  const { hasNextPage, isFetching, isError, fetchNextPage } = found;
  const [further, setFurther] = useState(0);
  const pages = found.data?.pages ?? [];
  const items = pages.flatMap((page) => page.items);
  const step = found.data && nextStep(pages, hasNextPage, shownOf(params), further);
  useEffect(() => setFurther(0), [query.queryKey.join()]);
  useEffect(() => {
    if (step === "read" && !isFetching && !isError) void fetchNextPage();
  }, [step, isFetching, isError, fetchNextPage]);
  const region = useRef<HTMLDivElement>(null);
  const selection = selectionOf(params);
  const select = (selected: Selection | undefined, replace: boolean) =>
    setParams((now) => changed(now, { selected: selected && selectedText(selected) }), { replace });
  const onKeyDown = useKeys(region, selection, select);
  const restart = () => {
    const gone = isProblem(found.error, "cursor-gone") || isProblem(found.error, "invalid-cursor");
    if (gone) void client.resetQueries({ queryKey: query.queryKey });
    else void found.refetch();
  };
  const item = selection && items.filter(isCommit).find((candidate) => isSelected(candidate, selection));
  const beside = selection && (
    <Beside
      key={selectedText(selection)}
      selection={selection}
      item={item}
      types={types}
      params={params}
      below={narrow}
      onClose={() => select(undefined, false)}
    />
  );
  return (
    <div ref={region} className={beside && !narrow ? "audit-columns" : undefined} onKeyDown={onKeyDown}>
      <section aria-labelledby="changes" aria-busy={isFetching}>
        <div className="audit-head">
          <h2 id="changes">{words.list.title}</h2>
          {found.data && <Completeness through={pages[0]?.complete_through} until={filter.until} />}
          <button type="button" className="quiet" aria-disabled={isFetching} onClick={() => void lookAgain()}>{words.list.again}</button>
        </div>
        {isError && <Failure error={found.error} right="audit" retry={restart} />}
        {found.isPending && !isError && <Skeleton lines={8} />}
        {narrow && !item && beside}
        {items.length > 0 && <CommitList items={items} types={types} params={params} selection={selection} below={narrow ? beside : undefined} />}
        {step === "end" && items.length === 0 && <Nothing filtered={isFiltered(filter)} clear={() => setParams(withoutFilter)} />}
        {step === "read" && <p className="list-foot muted">{words.list.searching}</p>}
        {step === "ask" && (
          <p className="list-foot">
            <span>{items.length === 0 ? words.list.nothingSoFar : words.list.noMoreSoFar}</span>
            <button type="button" onClick={() => setFurther(further + 1)}>{words.list.further}</button>
          </p>
        )}
        {items.length > 0 && step !== "ask" && step !== "read" && (
          <p className="list-foot">
            <span className="muted">{(step === "end" ? words.list.allShown : words.list.shown)(items.length)}</span>
            {step === "offer" && (
              <button type="button" onClick={() => setParams((now) => changed(now, { shown: String(items.length + SHOWN_STEP) }), { replace: true })}>
                {words.list.more}
              </button>
            )}
          </p>
        )}
        {items.length > 0 && <p className="muted audit-keys">{words.list.keys}</p>}
      </section>
      {!narrow && beside}
    </div>
  );
}

/** Up to where the answer is complete, as honestly as the service tells it. */
function Completeness({ through, until }: { through: string | undefined; until: string | undefined }) {
  const complete = completeness(through, until, Date.now());
  if (complete === "nothing") return <p className="audit-complete">{words.list.completeNothing}</p>;
  if (complete === "all") return <p className="audit-complete">{words.list.completeAll}</p>;
  return (
    <p className={complete === "late" ? "audit-complete late" : "audit-complete"}>
      {words.list.completeTo} <time dateTime={through} title={utcTime(through ?? "")}>{momentTime(through ?? "")}</time>. <span className="muted">{complete === "late" ? words.list.completeLate : words.list.completeHint}</span>
    </p>
  );
}

function Nothing({ filtered, clear }: { filtered: boolean; clear: () => void }) {
  if (filtered) {
    return (
      <div className="empty">
        <p>{words.list.none}</p>
        <button type="button" onClick={clear}>{texts.list.clear}</button>
      </div>
    );
  }
  return (
    <div className="empty">
      <h3>{words.list.nothingYet}</h3>
      <p>{words.list.nothingYetHint}</p>
    </div>
  );
}
