// What a verification or a dry run found to differ: names of fields, never contents.

import { count } from "../lib/format";
import type { Difference, Rebuild } from "./shapes";
import { words } from "./words";

/** The table; nothing where nothing differs. */
export function Differences({ of, heading: Heading }: { of: Rebuild; heading: "h2" | "h4" }) {
  const found = of.differences ?? [];
  const more = of.differences_more ?? 0;
  if (found.length + more === 0) return null;
  return (
    <section aria-labelledby="differences">
      <Heading id="differences">{words.rebuild.differences}</Heading>
      <p className="muted">{words.rebuild.differencesLead}</p>
      <div className="table-frame">
        <table className="records" role="table" aria-labelledby="differences">
          <thead role="rowgroup">
            <tr role="row">
              <th scope="col" role="columnheader">{words.rebuild.record}</th>
              <th scope="col" role="columnheader">{words.rebuild.kind}</th>
              <th scope="col" role="columnheader">{words.rebuild.version}</th>
              <th scope="col" role="columnheader">{words.rebuild.detail}</th>
            </tr>
          </thead>
          <tbody role="rowgroup">{found.map((each, index) => <Row key={index} of={each} />)}</tbody>
        </table>
      </div>
      {more > 0 && <p className="muted">{words.rebuild.differencesMore(more)}</p>}
    </section>
  );
}

function Row({ of: { record, kind, version, detail } }: { of: Difference }) {
  const isWrong = kind === "drift" || kind === "missing" || kind === "surplus";
  return (
    <tr role="row">
      <th scope="row" role="rowheader">{record ? <RecordKey {...record} /> : words.rebuild.noRecord}</th>
      <td role="cell" data-label={words.rebuild.kind}><span className={`badge ${isWrong ? "warned" : "begun"}`}>{words.rebuild.difference[kind] ?? kind}</span></td>
      <td role="cell" data-label={words.rebuild.version} className={version === undefined ? "no-value" : undefined}>{version !== undefined && count(version)}</td>
      <td role="cell" data-label={words.rebuild.detail}><span>{detail}</span></td>
    </tr>
  );
}

/** A record by its key: operators see no titles. */
export function RecordKey({ type, id, tenant }: { type: string; id: string; tenant?: string | undefined }) {
  return <><code>{type}/{id}</code>{tenant && <> <span className="ops-tenant">{words.parkedPage.tenant(tenant)}</span></>}</>;
}
