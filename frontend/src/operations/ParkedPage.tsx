// Records that a view cannot follow, by error: try again, or skip with a reason.

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { useSearchParams } from "wouter";
import { Failure } from "../api/Failure";
import { texts } from "../lib/texts";
import { Skeleton } from "../ui/Skeleton";
import { Ago } from "../ui/Time";
import { RecordKey } from "./Differences";
import { Frame } from "./Frame";
import { type Parking, RetryDialog, SkipDialog } from "./ParkedDialogs";
import { parkedQuery, viewsQuery } from "./data";
import { type Group, grouped, placeOf } from "./grouping";
import type { Parked } from "./shapes";
import { words } from "./words";

const page = words.parkedPage;

/** The page; which view is in the URL. */
export function ParkedPage() {
  const [params, setParams] = useSearchParams();
  const view = params.get("view") ?? undefined;
  const parked = useInfiniteQuery(parkedQuery(view));
  const [open, setOpen] = useState<Parking | undefined>(undefined);
  const pages = parked.data?.pages ?? [];
  const items = pages.flatMap((each) => each.items);
  const groups = grouped(pages[0]?.groups ?? [], items);
  const all = groups.reduce((sum, group) => sum + group.records, 0);
  const beside = all > 0 && (
    <div className="actions">
      <button type="button" onClick={() => setOpen({ dialog: "retry", view, records: all })}>{page.retryAll}</button>
    </div>
  );
  return (
    <Frame title={words.parked} beside={beside}>
      <div className="page-lead"><p>{page.lead}</p></div>
      <ViewFilter view={view} choose={(chosen) => setParams(chosen === "" ? {} : { view: chosen })} />
      {parked.isError && <Failure error={parked.error} right="operate" retry={() => void parked.refetch()} />}
      {parked.isPending && !parked.isError && <Skeleton lines={6} />}
      {parked.data && groups.length === 0 && !parked.hasNextPage && (
        <div className="empty">
          <h2>{page.none}</h2>
          <p>{page.noneHint}</p>
        </div>
      )}
      <div className="ops-groups">{groups.map((group) => <GroupOf key={group.error} group={group} view={view} open={setOpen} />)}</div>
      {parked.hasNextPage && (
        <p className="list-foot">
          <button type="button" aria-disabled={parked.isFetchingNextPage} onClick={() => void parked.fetchNextPage()}>
            {parked.isFetchingNextPage ? texts.loading : page.more}
          </button>
        </p>
      )}
      {open?.dialog === "retry" && <RetryDialog of={open} onClose={() => setOpen(undefined)} />}
      {open?.dialog === "skip" && <SkipDialog item={open.item} onClose={() => setOpen(undefined)} />}
    </Frame>
  );
}

function ViewFilter({ view, choose }: { view: string | undefined; choose: (view: string) => void }) {
  const id = useId();
  const known = (useQuery(viewsQuery).data?.items ?? []).map((each) => each.view);
  const names = view && !known.includes(view) ? [...known, view] : known;
  return (
    <div className="filters">
      <div className="filter">
        <label htmlFor={id}>{page.view}</label>
        <select id={id} value={view ?? ""} onChange={(event) => choose(event.target.value)}>
          <option value="">{page.allViews}</option>
          {names.map((name) => <option key={name} value={name}>{name}</option>)}
        </select>
      </div>
    </div>
  );
}

function GroupOf({ group, view, open }: { group: Group; view: string | undefined; open: (open: Parking) => void }) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="ops-group">
      <div className="ops-head">
        <h2 id={id} className="ops-error-title">{group.error}</h2>
        <span className="badge warned">{page.group(group.records)}</span>
        <button type="button" onClick={() => open({ dialog: "retry", view, error: group.error, records: group.records })}>{page.retryOf}</button>
      </div>
      {group.items.length === 0 ? <p className="muted">{page.moreOf}</p> : <Table group={group} open={open} />}
    </section>
  );
}

function Table({ group, open }: { group: Group; open: (open: Parking) => void }) {
  return (
    <div className="table-frame">
      <table className="records" role="table" aria-label={page.table(group.error)}>
        <thead role="rowgroup">
          <tr role="row">
            <th scope="col" role="columnheader">{page.record}</th>
            <th scope="col" role="columnheader">{page.where}</th>
            <th scope="col" role="columnheader">{page.version}</th>
            <th scope="col" role="columnheader">{page.tries}</th>
            <th scope="col" role="columnheader">{page.first}</th>
            <th scope="col" role="columnheader">{page.last}</th>
            <th scope="col" role="columnheader">{page.state}</th>
            <th scope="col" role="columnheader"><span className="visually-hidden">{texts.record.actions}</span></th>
          </tr>
        </thead>
        <tbody role="rowgroup">{group.items.map((item) => <Row key={placeOf(item)} item={item} open={open} />)}</tbody>
      </table>
    </div>
  );
}

function Row({ item, open }: { item: Parked; open: (open: Parking) => void }) {
  const { record, skipped } = item;
  const name = `${record.type}/${record.id}`;
  return (
    <tr role="row">
      <th scope="row" role="rowheader"><RecordKey type={record.type} id={record.id} tenant={item.tenant} /></th>
      <td role="cell" data-label={page.where}><span>{item.view} <span className="muted">{words.generation.name(item.generation).toLowerCase()}</span></span></td>
      <td role="cell" data-label={page.version}><span>{item.version}</span></td>
      <td role="cell" data-label={page.tries}><span>{item.tries.toLocaleString()}</span></td>
      <td role="cell" data-label={page.first}><Ago at={item.first_at} /></td>
      <td role="cell" data-label={page.last}><Ago at={item.last_at} /></td>
      <td role="cell" data-label={page.state}>
        <span>
          <span className={skipped ? "badge ended" : "badge warned"}>{skipped ? page.isSkipped : page.isParked}</span>
          {item.cause === "newer_build" && <span className="ops-note muted">{page.newerBuild}</span>}
          {skipped && <span className="ops-note"><q>{skipped.reason}</q> <span className="muted"><Ago at={skipped.at} /></span></span>}
        </span>
      </td>
      <td role="cell">
        <div className="row-actions">
          <button type="button" aria-label={page.retryName(name)} onClick={() => open({ dialog: "retry", view: item.view, item, records: 1 })}>{page.retry}</button>
          {!skipped && <button type="button" className="danger" aria-label={page.skipName(name)} onClick={() => open({ dialog: "skip", item })}>{page.skip}</button>}
        </div>
      </td>
    </tr>
  );
}
