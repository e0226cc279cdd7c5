// One export: who asked for what, how far it is, and its files once it is done.

import { useEffect, useId, useState } from "react";
import { said } from "../api/Failure";
import { client } from "../api/client";
import type { Export, TypeDescriptor } from "../api/generated";
import { sentence, utcTime } from "../lib/format";
import { PersonName } from "../records/Names";
import { Notice } from "../ui/Notice";
import { AskedFor } from "./Asked";
import { exportsQuery, readExport } from "./data";
import { isFiltered } from "./filters";
import { isLinkGood, isMoving, percentOf } from "./progress";
import { momentTime } from "./when";
import { words } from "./words";

const LOOKS: { readonly [state in Export["state"]]: string } = { queued: "begun", running: "begun", done: "done", failed: "failed", expired: "ended" };

/** The card. */
export function ExportCard({ of, types }: { of: Export; types: readonly TypeDescriptor[] }) {
  const name = useId();
  const by = of.requested_by;
  const called = words.exportsPage.name(of.format.toUpperCase(), momentTime(of.requested_at));
  return (
    <article className="export" aria-labelledby={name}>
      <div className="audit-head">
        <h2 id={name}>{called}</h2>
        <span className={`badge ${LOOKS[of.state]}`}>{words.exportsPage.states[of.state] ?? of.state}</span>
      </div>
      <p className="muted">
        {words.exportsPage.by} <PersonName id={by.id} otherwise={by.name} /> · <time dateTime={of.requested_at}>{utcTime(of.requested_at)}</time>
      </p>
      {of.reason && <blockquote className="reason-said">{of.reason}</blockquote>}
      {isFiltered(of.filter) ? <AskedFor filter={of.filter} types={types} /> : <p>{words.exporting.everything}</p>}
      <p>{words.exportsPage.completeTo} <time dateTime={of.complete_through} title={utcTime(of.complete_through)}>{momentTime(of.complete_through)}</time></p>
      {isMoving(of) && <Progress of={of} called={called} />}
      {!isMoving(of) && of.state !== "failed" && <p>{words.exportsPage.counts(of.commits, of.rows)}</p>}
      {of.unreadable > 0 && <Notice tone="warning"><p>{words.exportsPage.unreadable(of.unreadable)}</p></Notice>}
      {of.state === "failed" && <Notice tone="alarm" title={words.exportsPage.failed}>{of.error && <p>{sentence(of.error)}</p>}</Notice>}
      {of.state === "expired" && <p className="muted">{words.exportsPage.expired}</p>}
      {of.state === "done" && <Files of={of} />}
    </article>
  );
}

function Progress({ of, called }: { of: Export; called: string }) {
  const percent = percentOf(of);
  return (
    <p className="export-progress">
      <progress value={percent} max={100} aria-label={words.exportsPage.progressOf(called)} />
      <span>{words.exportsPage.progress(percent)}</span>
      <span className="muted">{words.exportsPage.counts(of.commits, of.rows)}</span>
    </p>
  );
}

type File = { name: string; sha256: string; url?: string; rows?: number; bytes?: number };

function Files({ of }: { of: Export }) {
  const files: File[] = [...of.parts, ...(of.manifest ? [of.manifest] : [])];
  return (
    <>
      <div className="table-frame">
        <table className="records" role="table">
          <caption className="visually-hidden">{words.exportsPage.files}</caption>
          <thead role="rowgroup">
            <tr role="row">
              <th scope="col" role="columnheader">{words.exportsPage.file}</th>
              <th scope="col" role="columnheader">{words.exportsPage.rows}</th>
              <th scope="col" role="columnheader">{words.exportsPage.size}</th>
              <th scope="col" role="columnheader">{words.exportsPage.sha}</th>
            </tr>
          </thead>
          <tbody role="rowgroup">{files.map((file) => <FileRow key={file.name} of={of} file={file} />)}</tbody>
        </table>
      </div>
      {of.expires_at && <p className="muted">{words.exportsPage.expires} <time dateTime={of.expires_at} title={utcTime(of.expires_at)}>{momentTime(of.expires_at)}</time></p>}
    </>
  );
}

function FileRow({ of, file }: { of: Export; file: File }) {
  return (
    <tr role="row">
      <th scope="row" role="rowheader"><Download of={of} file={file} /></th>
      <td role="cell" data-label={words.exportsPage.rows} className={file.rows === undefined ? "no-value" : undefined}>{file.rows?.toLocaleString()}</td>
      <td role="cell" data-label={words.exportsPage.size} className={file.bytes === undefined ? "no-value" : undefined}>{file.bytes !== undefined && size(file.bytes)}</td>
      <td role="cell" data-label={words.exportsPage.sha}><code>{file.sha256}</code></td>
    </tr>
  );
}

/** A plain link while it is good; one that has expired is fetched anew before it is followed. */
function Download({ of, file }: { of: Export; file: File }) {
  const [failure, setFailure] = useState<unknown>(undefined);
  const [now, setNow] = useState(file.url);
  useEffect(() => setNow(file.url), [file.url]);
  const follow = async (event: { preventDefault: () => void }) => {
    setFailure(undefined);
    if (now && isLinkGood(of.links_expire_at, Date.now())) return;
    event.preventDefault();
    try {
      const fresh = await readExport(of.id);
      const url = [...fresh.parts, ...(fresh.manifest ? [fresh.manifest] : [])].find(({ name }) => name === file.name)?.url;
      void client.invalidateQueries({ queryKey: exportsQuery.queryKey });
      if (url) location.assign(url);
    } catch (error) {
      setFailure(error);
    }
  };
  return (
    <>
      <a href={now ?? "#"} download={file.name} onClick={(event) => void follow(event)}>{file.name}</a>
      {failure !== undefined && <span role="alert" className="field-error"> {words.exportsPage.notFetched(said(failure).heading)}</span>}
    </>
  );
}

const UNITS = ["kilobyte", "megabyte", "gigabyte"] as const;

/** `3.4 MB`. */
function size(bytes: number): string {
  const power = Math.min(UNITS.length, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const unit = UNITS[power - 1] ?? "byte";
  return new Intl.NumberFormat(undefined, { style: "unit", unit, maximumSignificantDigits: 3 }).format(bytes / 1000 ** power);
}
