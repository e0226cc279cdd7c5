// Which changes a timeline shows: of what, by whom, which kind, since and until when.

import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useId } from "react";
import { meQuery, peopleQuery } from "../api/client";
import type { HistoryEntry, TypeDescriptor } from "../api/generated";
import { fieldTime, instantOf, timeZone, verb } from "../lib/format";
import { texts } from "../lib/texts";
import { ME } from "./filters";
import { type TimelineFilter, changeable, chosen, named } from "./timeline-filters";

/** The filters, folded away until they are wanted. */
export function TimelineFilters({ type, filter, items, change }: {
  type: TypeDescriptor;
  filter: TimelineFilter;
  /** The changes that were read: their kinds are offered. */
  items: readonly HistoryEntry[];
  change: (filter: TimelineFilter) => void;
}) {
  const name = useId();
  const number = chosen(filter);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const said = (of: string) => String(data.get(of) ?? "");
    const instant = (of: string) => instantOf(said(of)) ?? "";
    change({ field: said("field"), actor: said("actor"), event: named(said("event")), since: instant("since"), until: instant("until") });
  };
  const kinds = new Set(items.flatMap((item) => ("unreadable" in item ? [] : item.events.map((event) => event.type))));
  return (
    <details className="timeline-filters" open={number > 0 || undefined}>
      <summary>{number > 0 ? texts.timeline.filtered(number) : texts.timeline.filter}</summary>
      {/* What is asked for stands in the address: another address, another form. */}
      <form key={JSON.stringify(filter)} onSubmit={submit}>
        <label className="filter">
          <span>{texts.timeline.field}</span>
          <select name="field" defaultValue={filter.field ?? ""}>
            <option value="">{texts.timeline.any}</option>
            {changeable(type).map(({ pointer, label }) => <option key={pointer} value={pointer}>{label}</option>)}
          </select>
        </label>
        <label className="filter">
          <span>{texts.timeline.actor}</span>
          <People actor={filter.actor ?? ""} />
        </label>
        <label className="filter">
          <span>{texts.timeline.since}</span>
          <input type="datetime-local" name="since" defaultValue={minute(filter.since)} />
        </label>
        <label className="filter">
          <span>{texts.timeline.until}</span>
          <input type="datetime-local" name="until" defaultValue={minute(filter.until)} />
        </label>
        <label className="filter">
          <span>{texts.timeline.event}</span>
          <input name="event" list={name} defaultValue={filter.event ?? ""} autoComplete="off" spellCheck={false} />
          <datalist id={name}>{[...kinds].map((kind) => <option key={kind} value={kind}>{verb(kind)}</option>)}</datalist>
        </label>
        <p className="filter-foot">
          <button type="submit">{texts.timeline.apply}</button>
          {number > 0 && <button type="button" className="quiet" onClick={() => change({})}>{texts.list.clear}</button>}
          <span className="muted">{texts.shell.timeZone(timeZone)}</span>
        </p>
      </form>
    </details>
  );
}

/** An instant as the field takes it; of a filter seconds are not asked. */
function minute(instant: string | undefined): string {
  return fieldTime(instant ?? "").slice(0, "2026-11-24T06:04".length);
}

function People({ actor }: { actor: string }) {
  const me = useQuery(meQuery).data;
  const people = useQuery({ ...peopleQuery, enabled: me?.rights.includes("read") === true }).data;
  const others = [...(people ?? [])].filter(([id]) => id !== me?.id).sort(([, a], [, b]) => a.name.localeCompare(b.name));
  const isListed = actor === "" || actor === ME || others.some(([id]) => id === actor);
  return (
    // An option that comes later is not chosen by a default value that came before it.
    <select key={String(isListed)} name="actor" defaultValue={actor}>
      <option value="">{texts.list.anyone}</option>
      <option value={ME}>{texts.list.me}</option>
      {!isListed && <option value={actor}>{actor === me?.id ? texts.list.me : texts.someone(actor)}</option>}
      {others.map(([id, { name }]) => <option key={id} value={id}>{name}</option>)}
    </select>
  );
}
