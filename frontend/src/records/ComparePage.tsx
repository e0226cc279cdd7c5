// Two versions of a record side by side: what differs, and if asked, all there is with who set it.

import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { Link, useSearchParams } from "wouter";
import { CopyCall } from "../api/CopyCall";
import { Failure, said } from "../api/Failure";
import { isMissing, useRight } from "../api/client";
import type { DiffSide, TypeDescriptor } from "../api/generated";
import { texts } from "../lib/texts";
import { NotFound } from "../ui/NotFound";
import { Notice } from "../ui/Notice";
import { Page } from "../ui/Page";
import { Skeleton } from "../ui/Skeleton";
import { At } from "../ui/Time";
import { Breadcrumb } from "./Breadcrumb";
import { CompareTable } from "./CompareTable";
import { recordPath } from "./Names";
import { RestoreDialog } from "./RestoreDialog";
import { differing, everything, versionsOf } from "./compare";
import { blameQuery, diffQuery, pastQuery, recordQuery } from "./data";
import { type Rec, titleOf } from "./descriptor";

/** The page; `?from=` and `?to=` are the versions, `?all` shows what does not differ as well. */
export function ComparePage({ type, id }: { type: TypeDescriptor; id: string }) {
  const record = useQuery(recordQuery(type.plural, id));
  if (isMissing(record.error)) return <NotFound title={texts.failure.notFoundRecord(texts.inSentence(type.label))} />;
  const title = record.data ? titleOf(type, record.data) : type.label;
  const above = { title, path: recordPath(type.plural, id) };
  return (
    <Page title={texts.compare.title(title)} before={<Breadcrumb type={type} record={above} here={texts.compare.here} />}>
      {record.isError && <Failure error={record.error} right="read" retry={() => void record.refetch()} />}
      {record.isPending && !record.isError && <Skeleton lines={6} />}
      {record.data && <Compared type={type} record={record.data} />}
    </Page>
  );
}

function Compared({ type, record }: { type: TypeDescriptor; record: Rec }) {
  const { plural } = type;
  const [params, setParams] = useSearchParams();
  const { from, to } = versionsOf(params, record.version);
  const all = params.has("all");
  const diff = useQuery(diffQuery(plural, record.id, from, to));
  const blames = [useQuery({ ...blameQuery(plural, record.id, from), enabled: all }), useQuery({ ...blameQuery(plural, record.id, to), enabled: all })];
  const change = (changes: { from?: number; to?: number; all?: boolean }) =>
    setParams((now) => {
      const next = new URLSearchParams(now);
      for (const [name, value] of Object.entries({ from, to, ...changes })) {
        if (typeof value === "number") next.set(name, String(value));
      }
      if (changes.all === true) next.set("all", "");
      if (changes.all === false) next.delete("all");
      return next;
    }, { replace: changes.all !== undefined });
  const failed = [diff, ...(all ? blames : [])].find((query) => query.isError);
  const [before, after] = [blames[0]?.data, blames[1]?.data];
  const rows = all ? before && after && everything(type, before, after) : diff.data && differing(type, diff.data.changes);
  return (
    <>
      <Versions key={`${from} ${to}`} newest={record.version} from={from} to={to} change={change} />
      <p className="compare-ways">
        <label className="box"><input type="checkbox" checked={all} onChange={(event) => change({ all: event.target.checked })} /> {texts.compare.all}</label>
        <RestoreFrom type={type} record={record} version={from} />
      </p>
      {failed && isMissing(failed.error) && (
        <Notice tone="warning" title={texts.compare.noVersion}>
          <p>{said(failed.error).detail}</p>
          <p><button type="button" className="primary" onClick={() => change({ from: record.version - 1, to: record.version })}>{texts.compare.newest}</button></p>
        </Notice>
      )}
      {failed && !isMissing(failed.error) && <Failure error={failed.error} right="read" retry={() => void failed.refetch()} />}
      {!failed && (!rows || !diff.data) && <Skeleton lines={4} />}
      {!failed && rows && diff.data && rows.length === 0 && <p className="empty">{texts.compare.nothing}</p>}
      {!failed && rows && diff.data && rows.length > 0 && (
        <CompareTable type={type} rows={rows} from={<Head type={type} id={record.id} of={diff.data.from} />} to={<Head type={type} id={record.id} of={diff.data.to} />} busy={diff.isPlaceholderData} />
      )}
      <details className="technical">
        <summary>{texts.call.label}</summary>
        <CopyCall reading={{ path: [plural, record.id, "diff"], query: { from: String(from), to: String(to) } }} />
      </details>
    </>
  );
}

/** Which versions are compared. */
function Versions({ newest, from, to, change }: {
  newest: number;
  from: number;
  to: number;
  change: (changes: { from: number; to: number }) => void;
}) {
  const name = useId();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    change({ from: Number(data.get("from")), to: Number(data.get("to")) });
  };
  const field = (which: "from" | "to", label: string, value: number) => (
    <label className="filter" htmlFor={`${name}${which}`}>
      <span>{label}</span>
      <input id={`${name}${which}`} type="number" name={which} min={0} max={newest} required defaultValue={value} />
    </label>
  );
  return (
    <form className="compare-versions" onSubmit={submit}>
      {field("from", texts.compare.from, from)}
      {field("to", texts.compare.to, to)}
      <button type="submit" className="primary">{texts.compare.go}</button>
      <button type="button" onClick={() => change({ from: to, to: from })}>{texts.compare.swap}</button>
    </form>
  );
}

/** A version with when it was made, and the way to look at it. */
function Head({ type, id, of }: { type: TypeDescriptor; id: string; of: DiffSide }) {
  if (of.version === 0) return <>{texts.compare.before}</>;
  return (
    <>
      <Link href={`${recordPath(type.plural, id)}?version=${of.version}`}>{texts.timeline.version(of.version)}</Link>
      {of.recorded_at && <span className="muted"> <At at={of.recorded_at} /></span>}
    </>
  );
}

/** Restores the older of both, for those who may. */
function RestoreFrom({ type, record, version }: { type: TypeDescriptor; record: Rec; version: number }) {
  const mayWrite = useRight("write") === true && type.keeping === "editors";
  const offered = mayWrite && version > 0 && version < record.version;
  const then = useQuery({ ...pastQuery(type.plural, record.id, { version: String(version) }), enabled: offered });
  const [restoring, setRestoring] = useState<Rec | undefined>(undefined);
  if (!offered && !restoring) return null;
  return (
    <>
      <button type="button" aria-disabled={!then.data} onClick={() => setRestoring(then.data)}>{texts.compare.restore(version)}</button>
      {restoring && (
        <RestoreDialog type={type} record={record} then={restoring} onClose={() => setRestoring(undefined)} onRestored={() => {}} />
      )}
    </>
  );
}
