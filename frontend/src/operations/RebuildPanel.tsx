// One rebuild as it goes on and as it ended: outcome, progress, counts, differences, segments.

import { useEffect, useRef } from "react";
import { count, sentence } from "../lib/format";
import { announce } from "../lib/live";
import { Notice } from "../ui/Notice";
import { At } from "../ui/Time";
import { By } from "./By";
import { Differences } from "./Differences";
import { Progress } from "./Progress";
import { RebuildActions } from "./RebuildActions";
import { Segments } from "./Segments";
import { duration, findingsOf, hasEnded, outcomeOf, perSecond, toneOf } from "./measure";
import type { Rebuild } from "./shapes";
import { words } from "./words";

/** The panel; `heading` is the level of its own headings. */
export function RebuildPanel({ of, heading }: { of: Rebuild; heading: "h2" | "h4" }) {
  useAnnounced(of);
  const ended = hasEnded(of);
  return (
    <div className="ops-panel">
      {of.error && of.state !== "failed" && <Notice tone="alarm" title={words.rebuild.error}><p>{sentence(of.error)}</p></Notice>}
      {ended ? <Outcome of={of} /> : <Moving of={of} />}
      {!ended && <RebuildActions of={of} />}
      <Counts of={of} />
      <Why of={of} />
      <Differences of={of} heading={heading} />
      <Segments of={of} />
      <Asked of={of} />
    </div>
  );
}

/** A clean end is said aloud when somebody watched it; the notices of others are read out by themselves. */
function useAnnounced(of: Rebuild): void {
  const ended = hasEnded(of);
  const was = useRef(ended);
  const said = outcomeOf(of);
  useEffect(() => {
    if (ended && !was.current && said && toneOf(of) === "info") announce(said);
    was.current = ended;
  }, [ended, said]);
}

function Outcome({ of }: { of: Rebuild }) {
  return (
    <Notice tone={toneOf(of)} title={outcomeOf(of)}>
      {of.error && <p>{sentence(of.error)}</p>}
      {of.state === "verified" && <ul>{findingsOf(of).map((each) => <li key={each}>{each}</li>)}</ul>}
      {of.accepted_parked && <p>{words.rebuild.accepted}</p>}
    </Notice>
  );
}

function Moving({ of }: { of: Rebuild }) {
  const { commits } = of.totals;
  return (
    <>
      <Progress of={of} />
      {of.paused && <p className="muted">{words.rebuild.pausedHint}</p>}
      <dl className="ops-numbers">
        <div><dt>{words.rebuild.recordsPerSecond}</dt><dd>{of.records_per_second === undefined ? "–" : perSecond(of.records_per_second)}</dd></div>
        <div><dt>{words.rebuild.commitsPerSecond}</dt><dd>{of.commits_per_second === undefined ? "–" : perSecond(of.commits_per_second)}</dd></div>
        <div><dt>{words.rebuild.timeLeft}</dt><dd><TimeLeft of={of} /></dd></div>
        <div><dt>{words.rebuild.read}</dt><dd>{of.expected ? words.rebuild.readOf(count(commits), count(of.expected)) : count(commits)}</dd></div>
      </dl>
    </>
  );
}

/** From how much on the time that is left can be told, as the service tells it. */
const TOLD_FROM = 0.1;

function TimeLeft({ of }: { of: Rebuild }) {
  if (of.seconds_left !== undefined) return <>{duration(1000 * of.seconds_left)}</>;
  return (of.progress ?? 0) < TOLD_FROM ? <span className="muted">{words.rebuild.timeLeftUnknown}</span> : <>–</>;
}

const TOTALS = ["records", "commits", "written", "repaired", "parked", "lag", "drift", "read_units"] as const;

function Counts({ of }: { of: Rebuild }) {
  return (
    <section aria-label={words.rebuild.totals}>
      <dl className="ops-numbers small">
        {TOTALS.filter((name) => name !== "repaired" || of.kind === "repair").map((name) => {
          const isBad = (name === "parked" || name === "drift") && of.totals[name] > 0;
          return <div key={name}><dt>{words.rebuild.total[name]}</dt><dd className={isBad ? "ops-bad" : undefined}>{count(of.totals[name])}</dd></div>;
        })}
      </dl>
    </section>
  );
}

function Why({ of }: { of: Rebuild }) {
  return (
    <div>
      {of.reason && <blockquote className="reason-said">{of.reason}</blockquote>}
      <p className="muted">{words.rebuild.requested} <At at={of.requested_at} /> {words.by} <By actor={of.requested_by} /></p>
    </div>
  );
}

function Asked({ of }: { of: Rebuild }) {
  return (
    <details className="technical">
      <summary>{words.rebuild.facts}</summary>
      <dl>
        <div><dt>{words.rebuild.parallel}</dt><dd>{of.parallel}</dd></div>
        <div><dt>{words.rebuild.rate}</dt><dd>{of.rate === undefined ? words.rebuild.noLimit : count(of.rate)}</dd></div>
        {of.kind === "full" && <div><dt>{words.rebuild.promote}</dt><dd>{of.promote ? words.rebuild.yes : words.rebuild.no}</dd></div>}
        {of.scope && <div><dt>{words.rebuild.scope}</dt><dd><Scope scope={of.scope} /></dd></div>}
        {of.caught_up_at && <div><dt>{words.rebuild.caughtUp}</dt><dd><At at={of.caught_up_at} /></dd></div>}
        {of.ended_at && <div><dt>{words.rebuild.ended}</dt><dd><At at={of.ended_at} /></dd></div>}
      </dl>
    </details>
  );
}

function Scope({ scope }: { scope: NonNullable<Rebuild["scope"]> }) {
  if (scope.type) return <>{words.repair.type}: {scope.type}</>;
  if (scope.since) return <>{words.repair.since} <At at={scope.since} /></>;
  return <>{(scope.records ?? []).map(({ type, id }) => `${type}/${id}`).join(", ")}</>;
}
