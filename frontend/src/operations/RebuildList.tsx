// Rebuilds, dry runs, verifications, repairs and passes: what each was, and how it went.

import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { Failure } from "../api/Failure";
import { sentence } from "../lib/format";
import { texts } from "../lib/texts";
import { Skeleton } from "../ui/Skeleton";
import { At } from "../ui/Time";
import { By } from "./By";
import { rebuildPath } from "./Frame";
import { StateBadge } from "./StateBadge";
import { rebuildsQuery } from "./data";
import { nameOf } from "./measure";
import type { Rebuild } from "./shapes";
import { words } from "./words";

/** The list: of one view, or of all. */
export function RebuildList({ view }: { view?: string | undefined }) {
  const rebuilds = useInfiniteQuery(rebuildsQuery(view));
  const found = (rebuilds.data?.pages ?? []).flatMap((page) => page.items);
  return (
    <>
      {rebuilds.isError && <Failure error={rebuilds.error} title={words.history.failed} right="operate" retry={() => void rebuilds.refetch()} />}
      {rebuilds.isPending && !rebuilds.isError && <Skeleton lines={5} />}
      {rebuilds.data && found.length === 0 && !rebuilds.hasNextPage && (
        <div className="empty">
          <p><strong>{words.history.none}</strong></p>
          <p>{words.history.noneHint}</p>
        </div>
      )}
      {found.length > 0 && <Table rebuilds={found} />}
      {rebuilds.hasNextPage && (
        <p className="list-foot">
          <button type="button" aria-disabled={rebuilds.isFetchingNextPage} onClick={() => void rebuilds.fetchNextPage()}>
            {rebuilds.isFetchingNextPage ? texts.loading : words.history.more}
          </button>
        </p>
      )}
    </>
  );
}

function Table({ rebuilds }: { rebuilds: readonly Rebuild[] }) {
  return (
    <div className="table-frame">
      <table className="records" role="table" aria-label={words.history.table}>
        <thead role="rowgroup">
          <tr role="row">
            <th scope="col" role="columnheader">{words.history.what}</th>
            <th scope="col" role="columnheader">{words.history.outcome}</th>
            <th scope="col" role="columnheader">{words.history.counts}</th>
            <th scope="col" role="columnheader">{words.history.when}</th>
            <th scope="col" role="columnheader">{words.history.why}</th>
          </tr>
        </thead>
        <tbody role="rowgroup">{rebuilds.map((each) => <Row key={each.id} of={each} />)}</tbody>
      </table>
    </div>
  );
}

function Row({ of }: { of: Rebuild }) {
  const { records, commits, parked, drift } = of.totals;
  return (
    <tr role="row">
      <th scope="row" role="rowheader"><Link href={rebuildPath(of.id)}>{nameOf(of)}</Link></th>
      <td role="cell" data-label={words.history.outcome}>
        <span><StateBadge of={of} />{of.error && <span className="ops-error">{sentence(of.error)}</span>}</span>
      </td>
      <td role="cell" data-label={words.history.counts}>
        <span>
          {words.records(records)}, {words.commits(commits)}
          {parked > 0 && <strong className="ops-bad">, {words.parkedBadge(parked)}</strong>}
          {drift > 0 && <strong className="ops-bad">, {words.rebuild.total["drift"]} {drift.toLocaleString()}</strong>}
        </span>
      </td>
      <td role="cell" data-label={words.history.when}><span><At at={of.requested_at} /> <span className="muted">{words.by} <By actor={of.requested_by} /></span></span></td>
      <td role="cell" data-label={words.history.why} className={of.reason ? undefined : "no-value"}>{of.reason && <span className="prose">{of.reason}</span>}</td>
    </tr>
  );
}
