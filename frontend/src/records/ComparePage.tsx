// Two versions of a record side by side: what differs between them.

import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useId } from "react";
import { Link, useSearchParams } from "wouter";
import { CopyCall } from "../api/CopyCall";
import { Failure } from "../api/Failure";
import { isMissing } from "../api/client";
import type { DiffSide, TypeDescriptor } from "../api/generated";
import { texts } from "../lib/texts";
import { NotFound } from "../ui/NotFound";
import { Page } from "../ui/Page";
import { Skeleton } from "../ui/Skeleton";
import { At } from "../ui/Time";
import { Breadcrumb } from "./Breadcrumb";
import { CompareTable } from "./CompareTable";
import { recordPath } from "./Names";
import { differing, versionsOf } from "./compare";
import { diffQuery, recordQuery } from "./data";
import { type Rec, titleOf } from "./descriptor";

/** The page; `?from=` and `?to=` are the versions. */
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
  const diff = useQuery(diffQuery(plural, record.id, from, to));
  const change = (versions: { from: number; to: number }) =>
    setParams((now) => {
      const next = new URLSearchParams(now);
      for (const [name, version] of Object.entries(versions)) next.set(name, String(version));
      return next;
    });
  const rows = diff.data && differing(type, diff.data.changes);
  return (
    <>
      <Versions key={`${from} ${to}`} newest={record.version} from={from} to={to} change={change} />
      {diff.isError && <Failure error={diff.error} right="read" retry={() => void diff.refetch()} />}
      {!diff.isError && (!rows || !diff.data) && <Skeleton lines={4} />}
      {!diff.isError && rows && diff.data && rows.length === 0 && <p className="empty">{texts.compare.nothing}</p>}
      {!diff.isError && rows && diff.data && rows.length > 0 && (
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
