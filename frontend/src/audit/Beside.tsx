// The chosen change beside the list: what was and what is now, why, what belongs to it, and ways on.

import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect, useRef } from "react";
import { Link } from "wouter";
import { Failure } from "../api/Failure";
import { isMissing } from "../api/client";
import type { CommitItem, HistoryItem, TypeDescriptor } from "../api/generated";
import { utcTime } from "../lib/format";
import { CommitCard } from "../records/CommitCard";
import { PersonName, recordPath, useRecordTitle } from "../records/Names";
import { Skeleton } from "../ui/Skeleton";
import { Actor, ofType } from "./CommitList";
import { Operation } from "./Operation";
import { commitQuery, itemQuery } from "./data";
import { type Selection, auditPath, withFilter, withoutFilter } from "./filters";
import { typeLabel, verbs } from "./labels";
import { ACCESS } from "./presets";
import { momentTime } from "./when";
import { words } from "./words";

type Shown = {
  selection: Selection;
  /** The change as the list has it, where it is there. */
  item: CommitItem | undefined;
  types: readonly TypeDescriptor[];
  params: URLSearchParams;
};

/** The change. */
export function Beside({ onClose, below, ...shown }: Shown & { onClose: () => void; below: boolean }) {
  const { selection, types } = shown;
  const type = types.find(({ name }) => name === selection.type);
  const { title } = useRecordTitle(selection.type, selection.id);
  const section = useRef<HTMLElement>(null);
  useEffect(() => {
    // Below its row it may be out of sight.
    if (below) section.current?.scrollIntoView({ block: "nearest" });
  }, [below]);
  return (
    <section ref={section} className="audit-beside" aria-labelledby="beside">
      <div className="audit-head">
        <h2 id="beside" tabIndex={-1}>{selection.type === ACCESS ? typeLabel(types, ACCESS) : title}</h2>
        <button type="button" className="quiet" onClick={onClose}>{words.beside.close}</button>
      </div>
      <p className="muted">{ofType(types, { record: selection, version: selection.version })}</p>
      {type ? <OfRecord {...shown} type={type} /> : <WithoutPage {...shown} />}
    </section>
  );
}

/** A change of a record that has a page: with its values. */
function OfRecord({ selection, type, types, params }: Shown & { type: TypeDescriptor }) {
  const commit = useQuery(commitQuery(type.plural, selection));
  const path = recordPath(type.plural, selection.id);
  if (isMissing(commit.error)) return <p>{words.beside.gone}</p>;
  const item = commit.data;
  return (
    <>
      {commit.isError && <Failure error={commit.error} right="read" retry={() => void commit.refetch()} />}
      {commit.isPending && !commit.isError && <Skeleton lines={4} />}
      {item && <CommitCard type={type} id={selection.id} item={item} />}
      <Ways>
        <Link href={`${path}?version=${selection.version}`}>{words.beside.recordThen}</Link>
        <Link href={path}>{words.beside.recordNow}</Link>
        {item && !("unreadable" in item) && <ByActor item={item} params={params} />}
        <OfRecordOnly selection={selection} params={params} />
      </Ways>
      {item && !("unreadable" in item) && <Operation id={item.correlation_id} types={types} params={params} selection={selection} />}
    </>
  );
}

/** A change of something that has no page, as far as the audit tells it: exports, and types of a newer build. */
function WithoutPage({ selection, item: listed, types, params }: Shown) {
  const asked = useQuery({ ...itemQuery(selection), enabled: listed === undefined });
  const item = listed ?? asked.data;
  if (asked.isError) return <Failure error={asked.error} right="audit" retry={() => void asked.refetch()} />;
  if (item === null) return <p>{words.beside.gone}</p>;
  if (!item) return <Skeleton lines={4} />;
  return (
    <>
      <article className="commit-card">
        <p className="commit-head"><strong><Actor item={item} /></strong> <span>{verbs(item.events)}</span></p>
        {item.reason && <blockquote className="reason-said">{item.reason}</blockquote>}
        <dl className="audit-facts">
          <div><dt>{words.beside.recorded}</dt><dd>{momentTime(item.recorded_at)} <span className="muted">{utcTime(item.recorded_at)}</span></dd></div>
          <div><dt>{words.beside.commit}</dt><dd><code>{item.commit_id}</code></dd></div>
          <div><dt>{words.beside.hash}</dt><dd><code>{item.hash}</code></dd></div>
        </dl>
      </article>
      <Ways>
        {selection.type === ACCESS && item.events.some((event) => event.startsWith("export")) && <Link href="/audit/exports">{words.beside.toExport}</Link>}
        <ByActor item={item} params={params} />
        <OfRecordOnly selection={selection} params={params} />
      </Ways>
      <Operation id={item.correlation_id} types={types} params={params} selection={selection} />
    </>
  );
}

function Ways({ children }: { children: ReactNode }) {
  return <p className="audit-ways">{children}</p>;
}

function ByActor({ item: { actor }, params }: { item: Pick<CommitItem | HistoryItem, "actor">; params: URLSearchParams }) {
  if (actor.kind === "system") return null;
  const href = auditPath(withFilter(withoutFilter(params), { actor: actor.id }));
  return <Link href={href}>{words.beside.allBy} <PersonName id={actor.id} otherwise={actor.name} /></Link>;
}

function OfRecordOnly({ selection: { type, id }, params }: Pick<Shown, "selection" | "params">) {
  return <Link href={auditPath(withFilter(withoutFilter(params), { record: `${type}/${id}` }))}>{words.beside.allOfRecord}</Link>;
}
