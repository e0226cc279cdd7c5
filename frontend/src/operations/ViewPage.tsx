// One view: how it is, its generations, the way of a rebuild, and what was done to it.

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Failure } from "../api/Failure";
import { isMissing } from "../api/client";
import type { TypeDescriptor } from "../api/generated";
import { NotFound } from "../ui/NotFound";
import { Skeleton } from "../ui/Skeleton";
import { At } from "../ui/Time";
import { Frame } from "./Frame";
import { RebuildList } from "./RebuildList";
import { RepairDialog } from "./RepairDialog";
import { Sparkline } from "./Sparkline";
import { Badges, Facts, Lag } from "./ViewCard";
import { Wizard } from "./Wizard";
import { viewQuery, viewsQuery } from "./data";
import { type Role, generationsOf } from "./measure";
import type { View } from "./shapes";
import { words } from "./words";

const WITHIN = [{ href: "/operations", label: words.title }];
const LOOKS: { readonly [state: string]: string } = { active: "done", verified: "done", outdated: "warned", failed: "failed", previous: "ended", retiring: "ended" };

/** The page. */
export function ViewPage({ name, types }: { name: string; types: readonly TypeDescriptor[] }) {
  const query = useQuery(viewQuery(name));
  const [repairing, setRepairing] = useState(false);
  if (isMissing(query.error)) return <NotFound title={words.view.missing(name)} />;
  const view = query.data;
  const beside = view && (
    <>
      <Badges view={view} />
      {view.can.includes("repair") && <div className="actions"><button type="button" onClick={() => setRepairing(true)}>{words.repair.open}</button></div>}
    </>
  );
  return (
    <Frame title={name} within={WITHIN} beside={beside}>
      {query.isError && <Failure error={query.error} title={words.view.failedOne} right="operate" retry={() => void query.refetch()} />}
      {query.isPending && !query.isError && <Skeleton lines={10} />}
      {view && (
        <div className="ops-view">
          <HowItIs view={view} />
          <Wizard view={view} />
          <Generations view={view} />
          <section aria-labelledby="history">
            <h2 id="history">{words.history.title}</h2>
            <p className="muted">{words.history.lead}</p>
            <RebuildList view={name} />
          </section>
        </div>
      )}
      {repairing && <RepairDialog view={name} types={types} onClose={() => setRepairing(false)} />}
    </Frame>
  );
}

function HowItIs({ view }: { view: View }) {
  const readings = useQuery(viewsQuery).data?.readings[view.view] ?? [];
  return (
    <section aria-label={words.view.facts} className="ops-card">
      <div className="ops-lag"><p><Lag lag={view.lag} /></p><Sparkline readings={readings} /></div>
      <Facts view={view} />
    </section>
  );
}

function Generations({ view }: { view: View }) {
  return (
    <section aria-labelledby="generations">
      <h2 id="generations">{words.generation.title}</h2>
      <p className="muted">{words.generation.lead}</p>
      <div className="table-frame">
        <table className="records" role="table" aria-labelledby="generations">
          <thead role="rowgroup">
            <tr role="row">
              <th scope="col" role="columnheader">{words.generation.number}</th>
              <th scope="col" role="columnheader">{words.generation.state}</th>
              <th scope="col" role="columnheader">{words.generation.roleHeading}</th>
              <th scope="col" role="columnheader">{words.generation.since}</th>
              <th scope="col" role="columnheader">{words.generation.until}</th>
            </tr>
          </thead>
          <tbody role="rowgroup">{generationsOf(view).map((each) => <GenerationRow key={each.generation.number} of={each} />)}</tbody>
        </table>
      </div>
    </section>
  );
}

function GenerationRow({ of: { role, generation } }: { of: Role }) {
  const { number, state, since, until } = generation;
  return (
    <tr role="row">
      <th scope="row" role="rowheader">{words.generation.name(number)}</th>
      <td role="cell" data-label={words.generation.state}><span className={`badge ${LOOKS[state] ?? "begun"}`}>{words.generation.states[state] ?? state}</span></td>
      <td role="cell" data-label={words.generation.roleHeading}><span>{words.generation.roles[role]}</span></td>
      <td role="cell" data-label={words.generation.since} className={since ? undefined : "no-value"}>{since && <At at={since} />}</td>
      <td role="cell" data-label={words.generation.until} className={until ? undefined : "no-value"}>{until && <At at={until} />}</td>
    </tr>
  );
}
