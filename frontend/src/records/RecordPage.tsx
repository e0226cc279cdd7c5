// A record: what it is, what can be done with it, and everything that happened to it.

import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useSearchParams } from "wouter";
import { Failure, said } from "../api/Failure";
import { late } from "../api/Late";
import { isMissing, useRight } from "../api/client";
import type { Action, TypeDescriptor } from "../api/generated";
import { same } from "../lib/json";
import { texts } from "../lib/texts";
import { CopyLink } from "../ui/CopyLink";
import { NotFound } from "../ui/NotFound";
import { Notice } from "../ui/Notice";
import { Page } from "../ui/Page";
import { Skeleton } from "../ui/Skeleton";
import { Ago } from "../ui/Time";
import { ActionDialog } from "./ActionDialog";
import { Breadcrumb } from "./Breadcrumb";
import { EditDialog } from "./EditDialog";
import { FieldValue } from "./FieldValue";
import { Linked } from "./Linked";
import { PersonName } from "./Names";
import { StatusBadge } from "./StatusBadge";
import { AsOf, NotThen, TimeTravel } from "./TimeTravel";
import { Timeline } from "./Timeline";
import { pastQuery, recordQuery } from "./data";
import { type Rec, actionsOf, isEditable, statusOf, titleOf } from "./descriptor";
import { type Moment, momentOf, namedVersion, withMoment } from "./past";

const RestoreDialog = late("restore", async () => (await import("./RestoreDialog")).RestoreDialog, "part");

/** The page of one record; `?edit` opens its form, `?version=` or `?at=` shows it as it was. */
export function RecordPage({ type, id }: { type: TypeDescriptor; id: string }) {
  const [params, setParams] = useSearchParams();
  const moment = momentOf(params);
  const record = useQuery(recordQuery(type.plural, id));
  const then = useQuery({ ...pastQuery(type.plural, id, moment ?? { version: "1" }), enabled: moment !== undefined });
  const mayWrite = useRight("write") === true;
  const [restoring, setRestoring] = useState<Rec | undefined>(undefined);
  useFocusBack(moment === undefined);
  if (isMissing(record.error)) return <NotFound title={texts.failure.notFoundRecord(texts.inSentence(type.label))} />;
  const now = record.data;
  const shown = moment ? then.data : now;
  const named = shown ?? now;
  const title = named ? titleOf(type, named) : type.label;
  // Steps of the slider are one look, not many: Back leads to where it began.
  const go = (next: Moment | undefined) => setParams((all) => withMoment(all, next), { replace: moment !== undefined });
  const back = () => go(undefined);
  const restorable = mayWrite && type.keeping === "editors";
  return (
    <Page
      title={title}
      before={<Breadcrumb type={type} here={title} />}
      beside={now && (moment ? shown && <About type={type} record={shown} /> : <Head type={type} record={now} />)}
    >
      {record.isError && <Failure error={record.error} right="read" retry={() => void record.refetch()} />}
      {record.isPending && !record.isError && <Skeleton lines={6} />}
      {now && now.version > 1 && <TimeTravel newest={now.version} version={namedVersion(moment, now.version) ?? shown?.version} moment={moment} go={go} />}
      {moment && then.isError && <NotRead error={then.error} moment={moment} back={back} retry={() => void then.refetch()} />}
      {moment && now && shown && (
        <AsOf
          plural={type.plural}
          record={shown}
          newest={now.version}
          moment={moment}
          back={back}
          restore={restorable && !then.isPlaceholderData && shown.version < now.version ? () => setRestoring(shown) : undefined}
        />
      )}
      {now && (
        <div className={!shown && then.isError ? undefined : "columns"} aria-busy={(moment && then.isPlaceholderData) || undefined}>
          <div className="stack">
            {shown ? <Details type={type} record={shown} now={now} /> : !then.isError && <Skeleton lines={6} />}
            {shown && !moment && <Linked type={type} record={now} />}
          </div>
          <Timeline type={type} id={id} newest={now.version} shown={shown?.version ?? now.version} />
        </div>
      )}
      {now && restoring && (
        <RestoreDialog type={type} record={now} then={restoring} onClose={() => setRestoring(undefined)} onRestored={back} />
      )}
    </Page>
  );
}

/** The button that led back to now is gone with the past: then the heading takes its place. */
function useFocusBack(isNow: boolean): void {
  const was = useRef(isNow);
  useEffect(() => {
    if (isNow && !was.current && document.activeElement === document.body) document.querySelector("h1")?.focus({ preventScroll: true });
    was.current = isNow;
  }, [isNow]);
}

/** A moment that could not be read: when there was nothing then, that is no fault. */
function NotRead({ error, moment, back, retry }: { error: unknown; moment: Moment; back: () => void; retry: () => void }) {
  if (isMissing(error)) return <NotThen moment={moment} detail={said(error).detail} back={back} />;
  return (
    <>
      <Failure error={error} right="read" retry={retry} />
      <p className="page-ways"><button type="button" onClick={back}>{texts.past.now}</button></p>
    </>
  );
}

function About({ type, record }: { type: TypeDescriptor; record: Rec }) {
  return (
    <p className="page-about">
      <StatusBadge type={type} status={record.status} /> <span className="muted">{texts.record.version(record.version)}</span>
    </p>
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
      <About type={type} record={record} />
      <CopyLink />
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

/** What it holds; where that is not what it holds now, that is told too. */
function Details({ type, record, now }: { type: TypeDescriptor; record: Rec; now: Rec }) {
  return (
    <section className="details" aria-labelledby="details">
      <h2 id="details">{texts.record.details}</h2>
      {statusOf(type, record.status).ended && <Notice tone="info"><p>{texts.record.ended}</p></Notice>}
      {record["stale"] === true && <Notice tone="warning"><p>{texts.record.stale}</p></Notice>}
      <dl>
        {type.fields.map((field) => (
          <Row key={field.name} label={field.label}>
            <FieldValue field={field} value={record[field.name]} place="details" />
            {!same(record[field.name], now[field.name]) && (
              <div className="today">{texts.past.today} <FieldValue field={field} value={now[field.name]} place="list" /></div>
            )}
          </Row>
        ))}
        {record.owner !== undefined && (
          <Row label={texts.record.owner}>
            <PersonName id={record.owner} />
            {now.owner !== undefined && now.owner !== record.owner && <div className="today">{texts.past.today} <PersonName id={now.owner} /></div>}
          </Row>
        )}
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
