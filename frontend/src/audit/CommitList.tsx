// Changes of all records, one a row, day by day: who, what, when, why, and which fields.

import { memo, type ReactNode } from "react";
import { Link } from "wouter";
import type { AuditItem, CommitItem, TypeDescriptor } from "../api/generated";
import { timeZone, utcTime } from "../lib/format";
import { dayOf } from "../lib/zone";
import { PersonName } from "../records/Names";
import { labelAt } from "../records/descriptor";
import { useTitleAmongMany } from "../records/latest";
import { AlarmRow } from "./Alarms";
import { isCommit, isSelected, selectionFor } from "./data";
import { type Selection, auditPath, changed, selectedText } from "./filters";
import { ROW } from "./keys";
import { typeLabel, verbs } from "./labels";
import { ACCESS } from "./presets";
import { clockTime, longDay } from "./when";
import { words } from "./words";

/** The list; `below` is shown under the row that is selected. */
export function CommitList({ items, types, params, selection, below }: {
  items: readonly AuditItem[];
  types: readonly TypeDescriptor[];
  params: URLSearchParams;
  selection: Selection | undefined;
  below: ReactNode;
}) {
  return (
    <>
      {byDay(items).map(({ day, of }) => (
        <section key={day} aria-label={longDay(day)}>
          <h3 className="audit-day">{longDay(day)}</h3>
          <ol className="audit-list">
            {of.map((item) => {
              if (!isCommit(item)) return <li key={keyOf(item)} className="audit-alarm"><AlarmRow alarm={item} types={types} params={params} /></li>;
              const chosen = selection !== undefined && isSelected(item, selection);
              const href = auditPath(changed(params, { selected: selectedText(selectionFor(item)) }));
              return (
                <li key={keyOf(item)}>
                  <Row item={item} type={types.find(({ name }) => name === item.record.type)} href={href} chosen={chosen} />
                  {chosen && below}
                </li>
              );
            })}
          </ol>
        </section>
      ))}
    </>
  );
}

/** One change. Lists may be long and are drawn anew often, so a row is drawn once. */
const Row = memo(function Row({ item, type, href, chosen }: { item: CommitItem; type: TypeDescriptor | undefined; href: string; chosen: boolean }) {
  return (
    <Link
      className="audit-row"
      href={href}
      aria-current={chosen ? "true" : undefined}
      {...{ [ROW]: selectedText(selectionFor(item)) }}
      onClick={(event) => {
        // Opened by keyboard, it is read next.
        if (event.detail === 0) requestAnimationFrame(() => document.querySelector<HTMLElement>("#beside")?.focus());
      }}
    >
      <span className="audit-what">
        <strong><Actor item={item} /></strong> {verbs(item.events)} <RecordName item={item} />
      </span>
      <span className="audit-when">
        <span className="audit-utc">{utcTime(item.recorded_at)}</span> <time dateTime={item.recorded_at} title={utcTime(item.recorded_at)}>{clockTime(item.recorded_at)}</time>
      </span>
      {item.record.type !== ACCESS && item.fields && item.fields.length > 0 && (
        <span className="audit-of">{item.fields.map((path) => <span key={path} className="tag">{type ? labelAt(type, path) : path}</span>)}</span>
      )}
      {item.reason && <span className="audit-why">{words.list.reason(item.reason)}</span>}
    </Link>
  );
});

/** Who did it, for whom. */
export function Actor({ item: { actor } }: { item: Pick<CommitItem, "actor"> }) {
  if (actor.kind === "system") return <>{actor.name ?? words.list.system}</>;
  const other = actor.on_behalf_of;
  return <><PersonName id={actor.id} otherwise={actor.name} />{other && <> {words.list.onBehalfOf} <PersonName id={other} /></>}</>;
}

/** The record, by its title: an export has none, and needs none. */
export function RecordName({ item: { record } }: { item: Pick<CommitItem, "record"> }) {
  const title = useTitleAmongMany(record.type, record.id);
  return record.type === ACCESS ? null : <span className="audit-record">{title}</span>;
}

/** Of which type it is, and which version of it. */
export function ofType(types: readonly TypeDescriptor[], { record, version }: Pick<CommitItem, "record" | "version">): string {
  return `${typeLabel(types, record.type)}, ${words.list.version(version)}`;
}

function keyOf(item: AuditItem): string {
  return isCommit(item) ? item.commit_id : `${item.alarm} ${item.recorded_at} ${item.record?.type} ${item.record?.id} ${item.version}`;
}

/** The items of each day, in their order. */
function byDay(items: readonly AuditItem[]): { day: string; of: AuditItem[] }[] {
  const days: { day: string; of: AuditItem[] }[] = [];
  for (const item of items) {
    const day = dayOf(Date.parse(item.recorded_at), timeZone);
    const last = days.at(-1);
    if (last?.day === day) last.of.push(item);
    else days.push({ day, of: [item] });
  }
  return days;
}
