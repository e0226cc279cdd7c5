// One view among all: which generation answers, how far it is behind, and what needs somebody's eye.

import { useId } from "react";
import { Link } from "wouter";
import { Ago, At } from "../ui/Time";
import { rebuildPath, viewPath } from "./Frame";
import { Progress } from "./Progress";
import { Sparkline } from "./Sparkline";
import { useQuery } from "@tanstack/react-query";
import { rebuildQuery } from "./data";
import { duration, nameOf } from "./measure";
import { StateBadge } from "./StateBadge";
import type { View } from "./shapes";
import { words } from "./words";

/** The card. */
export function ViewCard({ view, readings }: { view: View; readings: readonly number[] }) {
  const id = useId();
  return (
    <article className="ops-card" aria-labelledby={id}>
      <div className="ops-head">
        <h3 id={id}><Link href={viewPath(view.view)}>{view.view}</Link></h3>
        <Badges view={view} />
      </div>
      {words.views[view.view] && <p className="muted">{words.views[view.view]}</p>}
      <div className="ops-lag"><p><Lag lag={view.lag} /></p><Sparkline readings={readings} /></div>
      <Facts view={view} />
      {view.rebuild && <UnderWay id={view.rebuild} />}
    </article>
  );
}

/** The states of a view that can be told in a word. */
export function Badges({ view }: { view: View }) {
  return (
    <p className="ops-badges">
      <span className={view.outdated ? "badge warned" : "badge done"}>{view.outdated ? words.view.outdated : words.generation.states["active"]}</span>
      {view.building && <span className="badge begun">{words.view.building(view.building.number)}</span>}
      {view.parked > 0 && <Link className="badge warned" href={parkedPath(view.view)}>{words.parkedBadge(view.parked)}</Link>}
    </p>
  );
}

/** What of a view is parked. */
export function parkedPath(view: string): string {
  return `/operations/parked?view=${encodeURIComponent(view)}`;
}

/** How far behind the view is, in words. */
export function Lag({ lag }: { lag: View["lag"] }) {
  if (lag.looked_at === 0) return <span className="muted">{words.view.nothingLooked}</span>;
  if (lag.behind === 0) return <strong>{words.view.upToDate}</strong>;
  return <><strong>{words.view.behind(lag.behind, duration(lag.lag_ms))}</strong> <span className="muted">{words.view.lookedAt(lag.looked_at)}</span></>;
}

/** The facts of a view, as a list. */
export function Facts({ view }: { view: View }) {
  const last = view.last_rebuild;
  return (
    <dl className="ops-facts">
      <div>
        <dt>{words.view.active}</dt>
        <dd>{view.active.number}{view.active.since && <span className="muted">, {words.view.sinceWhen} <At at={view.active.since} /></span>}</dd>
      </div>
      <div>
        <dt>{words.view.verified}</dt>
        <dd>{view.verified_through ? <At at={view.verified_through} /> : <span className="muted">{words.view.verifiedNot}</span>}</dd>
      </div>
      <div><dt>{words.view.drift}</dt><dd><DriftWatch watch={view.drift_watch} /></dd></div>
      <div>
        <dt>{words.view.parked}</dt>
        <dd>
          {view.parked > 0 ? <Link href={parkedPath(view.view)}>{words.view.parkedSome(view.parked)}</Link> : <span className="muted">{words.view.parkedNone}</span>}
          {view.skipped > 0 && <> {words.view.skipped(view.skipped)}</>}
        </dd>
      </div>
      {last && !view.rebuild && (
        <div>
          <dt>{words.view.last}</dt>
          <dd><Link href={rebuildPath(last.id)}>{words.rebuild.kinds[last.kind] ?? last.kind}</Link> <StateBadge of={last} /> <span className="muted"><Ago at={last.ended_at ?? last.requested_at} /></span></dd>
        </div>
      )}
    </dl>
  );
}

function DriftWatch({ watch }: { watch: View["drift_watch"] }) {
  if (!watch) return <span className="muted">{words.view.driftNone}</span>;
  if (watch.records === 0) return <span className="muted">{words.view.driftNothing} <Ago at={watch.at} /></span>;
  return (
    <>
      {watch.drift > 0 ? <strong className="ops-bad">{words.view.driftFound(watch.drift, watch.records)}</strong> : words.view.driftFine(watch.records)}
      {watch.lag > 0 && <>, {words.view.driftLag(watch.lag)}</>} <span className="muted"><Ago at={watch.at} /></span>
    </>
  );
}

function UnderWay({ id }: { id: string }) {
  const { data } = useQuery(rebuildQuery(id));
  if (!data) return null;
  return (
    <div className="ops-under-way">
      {data.error && <p role="alert" className="field-error">{data.error}</p>}
      <Progress of={data} />
      <p><StateBadge of={data} /> <Link href={rebuildPath(id)}>{nameOf(data)}</Link></p>
    </div>
  );
}
