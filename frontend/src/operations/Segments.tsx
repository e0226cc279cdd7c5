// The segments of a rebuild: how far each is, and when it was last heard of.

import { count } from "../lib/format";
import { Ago } from "../ui/Time";
import type { Rebuild, Segment } from "./shapes";
import { words } from "./words";

const LOOKS: { readonly [state in Segment["state"]]: string } = { waiting: "ended", running: "begun", done: "done" };

/** The segments, to be unfolded; nothing where none are told. */
export function Segments({ of }: { of: Rebuild }) {
  const segments = of.segments ?? [];
  if (segments.length === 0) return null;
  const done = segments.filter(({ state }) => state === "done").length;
  return (
    <details className="technical">
      <summary>{words.rebuild.segments(done, segments.length)}</summary>
      <div className="table-frame ops-segments">
        <table className="records" role="table" aria-label={words.rebuild.segmentsTable}>
          <thead role="rowgroup">
            <tr role="row">
              <th scope="col" role="columnheader">{words.rebuild.segment}</th>
              <th scope="col" role="columnheader">{words.rebuild.state}</th>
              <th scope="col" role="columnheader">{words.rebuild.total["records"]}</th>
              <th scope="col" role="columnheader">{words.rebuild.total["commits"]}</th>
              <th scope="col" role="columnheader">{words.rebuild.updated}</th>
            </tr>
          </thead>
          <tbody role="rowgroup">{segments.map((segment) => <Row key={`${segment.phase} ${segment.number}`} of={segment} />)}</tbody>
        </table>
      </div>
    </details>
  );
}

function Row({ of }: { of: Segment }) {
  return (
    <tr role="row">
      <th scope="row" role="rowheader">{words.rebuild.phasesShort[of.phase] ?? of.phase} {of.number + 1}</th>
      <td role="cell" data-label={words.rebuild.state}><span className={`badge ${LOOKS[of.state] ?? "begun"}`}>{words.rebuild.segmentStates[of.state] ?? of.state}</span></td>
      <td role="cell" data-label={words.rebuild.total["records"]}><span>{count(of.records)}</span></td>
      <td role="cell" data-label={words.rebuild.total["commits"]}><span>{count(of.commits)}</span></td>
      <td role="cell" data-label={words.rebuild.updated} className={of.updated_at ? undefined : "no-value"}>{of.updated_at && <Ago at={of.updated_at} />}</td>
    </tr>
  );
}
