// A record: what it is, what can be done with it, and everything that happened to it.

import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";
import { Link, useSearchParams } from "wouter";
import { Failure } from "../api/Failure";
import { isMissing, useRight } from "../api/client";
import type { Action, TypeDescriptor } from "../api/generated";
import { texts } from "../lib/texts";
import { NotFound } from "../ui/NotFound";
import { Notice } from "../ui/Notice";
import { Page } from "../ui/Page";
import { Skeleton } from "../ui/Skeleton";
import { Ago } from "../ui/Time";
import { ActionDialog } from "./ActionDialog";
import { EditDialog } from "./EditDialog";
import { FieldValue } from "./FieldValue";
import { PersonName } from "./Names";
import { StatusBadge } from "./StatusBadge";
import { Timeline } from "./Timeline";
import { recordQuery } from "./data";
import { type Rec, actionsOf, isEditable, statusOf, titleOf } from "./descriptor";

/** The page of one record; `?edit` opens its form. */
export function RecordPage({ type, id }: { type: TypeDescriptor; id: string }) {
  const record = useQuery(recordQuery(type.plural, id));
  if (isMissing(record.error)) return <NotFound title={texts.failure.notFoundRecord(texts.inSentence(type.label))} />;
  const title = record.data ? titleOf(type, record.data) : type.label;
  return (
    <Page
      title={title}
      before={<Breadcrumb type={type} title={title} />}
      beside={record.data && <Head type={type} record={record.data} />}
    >
      {record.isError && <Failure error={record.error} right="read" retry={() => void record.refetch()} />}
      {record.isPending && !record.isError && <Skeleton lines={6} />}
      {record.data && (
        <div className="columns">
          <Details type={type} record={record.data} />
          <Timeline type={type} id={id} version={record.data.version} />
        </div>
      )}
    </Page>
  );
}

function Breadcrumb({ type, title }: { type: TypeDescriptor; title: string }) {
  return (
    <nav aria-label={texts.record.breadcrumb} className="breadcrumb">
      <ol>
        <li><Link href={`/r/${type.plural}`}>{type.plural_label}</Link></li>
        <li aria-current="page">{title}</li>
      </ol>
    </nav>
  );
}

function Head({ type, record }: { type: TypeDescriptor; record: Rec }) {
  const mayWrite = useRight("write") === true;
  const [params, setParams] = useSearchParams();
  const [action, setAction] = useState<Action | undefined>(undefined);
  const editable = mayWrite && isEditable(type, record.status);
  // Once it is open the form stays, though somebody else ends the record meanwhile: what was typed is not lost.
  const [editing, setEditing] = useState(false);
  const edits = params.has("edit") && (editing || editable);
  if (edits !== editing) setEditing(edits);
  const offered = mayWrite ? actionsOf(type, record.status) : [];
  useEffect(() => {
    // The button that was pressed may be gone with the status it belonged to: then the heading takes its place.
    if (document.activeElement === document.body && !action) document.querySelector("h1")?.focus({ preventScroll: true });
  }, [action, record.status]);
  const edit = (open: boolean) =>
    setParams((now) => {
      const next = new URLSearchParams(now);
      if (open) next.set("edit", "");
      else next.delete("edit");
      return next;
    }, { replace: !open });
  return (
    <>
      <p className="page-about">
        <StatusBadge type={type} status={record.status} /> <span className="muted">{texts.record.version(record.version)}</span>
      </p>
      {(editable || offered.length > 0) && (
        <div role="group" aria-label={texts.record.actions} className="actions">
          {editable && <button type="button" className="primary" onClick={() => edit(true)}>{texts.record.edit}</button>}
          {offered.map((each) => (
            <button key={each.name} type="button" className={each.name === type.ending ? "danger" : ""} onClick={() => setAction(each)}>
              {each.label}
            </button>
          ))}
        </div>
      )}
      {edits && <EditDialog type={type} record={record} onClose={() => edit(false)} />}
      {action && <ActionDialog type={type} record={record} action={action} onClose={() => setAction(undefined)} />}
    </>
  );
}

function Details({ type, record }: { type: TypeDescriptor; record: Rec }) {
  return (
    <section className="details" aria-labelledby="details">
      <h2 id="details">{texts.record.details}</h2>
      {statusOf(type, record.status).ended && <Notice tone="info"><p>{texts.record.ended}</p></Notice>}
      {record["stale"] === true && <Notice tone="warning"><p>{texts.record.stale}</p></Notice>}
      <dl>
        {type.fields.map((field) => (
          <Row key={field.name} label={field.label}><FieldValue field={field} value={record[field.name]} place="details" /></Row>
        ))}
        {record.owner !== undefined && <Row label={texts.record.owner}><PersonName id={record.owner} /></Row>}
        <Row label={texts.record.created}>
          <Ago at={record.created_at} /> <span className="muted">{texts.list.by("")}<PersonName id={record.created_by} /></span>
        </Row>
        <Row label={texts.record.changed}>
          <Ago at={record.changed_at} /> <span className="muted">{texts.list.by("")}<PersonName id={record.changed_by} /></span>
        </Row>
      </dl>
    </section>
  );
}

function Row({ label, children }: { label: string; children: ReactNode }) {
  return <div><dt>{label}</dt><dd>{children}</dd></div>;
}
