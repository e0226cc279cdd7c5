// The auditor's page: who changed what, when and why, across all records. What is asked for is in the URL.

import { useState } from "react";
import { Link, useSearchParams } from "wouter";
import { Forbidden } from "../api/Failure";
import type { Myself, TypeDescriptor } from "../api/generated";
import { Page } from "../ui/Page";
import { Alarms } from "./Alarms";
import { AskedFor } from "./Asked";
import { ExportDialog } from "./ExportDialog";
import { FilterFields, Presets } from "./Filters";
import { Results } from "./Results";
import { type Changes, filterOf, isFiltered, withFilter, withoutFilter } from "./filters";
import { useNarrow } from "./narrow";
import { words } from "./words";
import "./audit.css";

/** The page. */
export function AuditPage({ me, types }: { me: Myself; types: readonly TypeDescriptor[] }) {
  if (!me.rights.includes("audit")) return <Page title={words.title}><Forbidden right="audit" /></Page>;
  return <Audit me={me} types={types} />;
}

function Audit({ me, types }: { me: Myself; types: readonly TypeDescriptor[] }) {
  const [params, setParams] = useSearchParams();
  const [exporting, setExporting] = useState(false);
  const narrow = useNarrow();
  const filter = filterOf(params);
  const change = (changes: Changes) => setParams((now) => withFilter(now, changes));
  const shared = { filter, types, params };
  const beside = (
    <div className="actions">
      <Link className="button" href="/audit/exports">{words.exports}</Link>
      <button type="button" className="primary" onClick={() => setExporting(true)}>{words.export}</button>
    </div>
  );
  return (
    <Page title={words.title} beside={beside}>
      <Alarms types={types} />
      <div className="audit-filters">
        <Presets {...shared} />
        {narrow ? (
          <details className="audit-more">
            <summary>{words.filter.title}</summary>
            <FilterFields {...shared} change={change} />
          </details>
        ) : <FilterFields {...shared} change={change} />}
        {isFiltered(filter) && (
          <div className="audit-asked">
            <AskedFor filter={filter} types={types} remove={(parts) => change(Object.fromEntries(parts.map((part) => [part, ""])))} />
            <button type="button" className="link" onClick={() => setParams(withoutFilter)}>{words.filter.clear}</button>
          </div>
        )}
      </div>
      <Results me={me} {...shared} narrow={narrow} setParams={setParams} />
      {exporting && <ExportDialog me={me} filter={filter} types={types} onClose={() => setExporting(false)} />}
    </Page>
  );
}
