// What the audit can be asked for: what is often asked at a click, and every part by itself.

import { type ReactNode, useEffect, useId, useState } from "react";
import { Link } from "wouter";
import type { TypeDescriptor } from "../api/generated";
import { timeZone } from "../lib/format";
import { instantAt, wallTime } from "../lib/zone";
import { RecordPicker } from "../records/RecordPicker";
import { type AuditFilter, type Changes, auditPath, changed, recordOf, withoutFilter } from "./filters";
import { type Choices, actionChoices, fieldChoices, fieldLabel, typeLabel, verbs } from "./labels";
import { PersonPicker } from "./PersonPicker";
import { ACCESS, ACCESS_EVENTS, type Kind, isKind, kindsOf, spansOf } from "./presets";
import { spanLabel } from "./when";
import { words } from "./words";

type Props = {
  filter: AuditFilter;
  types: readonly TypeDescriptor[];
  params: URLSearchParams;
  change: (changes: Changes) => void;
};

/** Kinds of changes that are often asked for; the time that is asked for stays. */
export function Presets({ filter, types, params }: Omit<Props, "change">) {
  const { since = "", until = "" } = filter;
  return (
    <nav aria-label={words.filter.presets} className="chips">
      {kindsOf(types).map((kind) => {
        const chosen = isKind(filter, kind);
        const others = withoutFilter(params);
        const next = changed(others, { ...(chosen ? {} : kind.filter), since, until });
        return (
          <Link key={JSON.stringify(kind.filter)} className="chip" href={auditPath(next)} aria-current={chosen ? "true" : undefined}>
            {kindLabel(kind, types)}
          </Link>
        );
      })}
    </nav>
  );
}

function kindLabel({ name, filter, type }: Kind, types: readonly TypeDescriptor[]): string {
  switch (name) {
    case "mine":
      return words.filter.mine;
    case "email":
      return words.filter.emailChanged(fieldLabel(types, undefined, filter.field ?? ""));
    case "ended":
      return words.filter.ended(type?.plural_label ?? "", verbs([filter.action?.split(".")[1] ?? ""]));
    case "access":
      return words.filter.access;
  }
}

/** Every part of the filter. */
export function FilterFields(props: Props) {
  const { filter, types, params, change } = props;
  const names = words.filter;
  return (
    <div className="audit-fields" role="group" aria-label={names.title}>
      <When {...props} />
      <Labelled label={names.actor}>{(id) => <PersonPicker id={id} value={filter.actor ?? ""} onChange={(actor) => change({ actor })} />}</Labelled>
      <Labelled label={names.type}>
        {(id) => (
          <select id={id} value={filter.type ?? ""} onChange={(event) => change({ type: event.target.value })}>
            <option value="">{names.allTypes}</option>
            {[...types.map(({ name }) => name), ACCESS].map((name) => <option key={name} value={name}>{typeLabel(types, name)}</option>)}
            {filter.type && !types.some(({ name }) => name === filter.type) && filter.type !== ACCESS && <option>{filter.type}</option>}
          </select>
        )}
      </Labelled>
      <Choice label={names.action} none={names.anything} value={filter.action ?? ""} groups={actionChoices(types, filter.type, ACCESS_EVENTS)} onChange={(action) => change({ action })} />
      <Choice label={names.field} none={names.anyField} value={filter.field ?? ""} groups={fieldChoices(types, filter.type)} onChange={(field) => change({ field })} />
      <RecordField {...props} />
      <Typed label={names.operation} value={filter.correlation_id ?? ""} onCommit={(correlation_id) => change({ correlation_id })} />
      <Labelled label={names.order}>
        {(id) => (
          <select id={id} value={params.get("order") === "asc" ? "asc" : ""} onChange={(event) => change({ order: event.target.value })}>
            <option value="">{names.newest}</option>
            <option value="asc">{names.oldest}</option>
          </select>
        )}
      </Labelled>
    </div>
  );
}

/** Which time: a span of whole days that is offered, or any two moments in the reader's zone. */
function When({ filter, change }: Props) {
  const { since = "", until = "" } = filter;
  const spans = spansOf(Date.now(), timeZone);
  const chosen = spans.findIndex((span) => span.since === since && span.until === until);
  const names = words.filter;
  const OWN = "own";
  const choose = (value: string) => {
    const span = spans[Number(value)];
    if (value === "") change({ since: "", until: "" });
    else if (span && value !== OWN) change({ since: span.since, until: span.until });
  };
  return (
    <>
      <Labelled label={names.when}>
        {(id) => (
          <select id={id} value={chosen >= 0 ? String(chosen) : since || until ? OWN : ""} onChange={(event) => choose(event.target.value)}>
            <option value="">{names.anyTime}</option>
            {spans.map((span, index) => <option key={span.name + span.from} value={String(index)}>{spanLabel(span)}</option>)}
            {chosen < 0 && (since || until) && <option value={OWN}>{names.ownTime}</option>}
          </select>
        )}
      </Labelled>
      <Moment label={names.since} value={since} onCommit={(value) => change({ since: value })} />
      <Moment label={names.until} value={until} onCommit={(value) => change({ until: value })} />
    </>
  );
}

/** A moment as the clock on the wall shows it. */
function Moment({ label, value, onCommit }: { label: string; value: string; onCommit: (value: string) => void }) {
  const shown = value === "" ? "" : wallTime(Date.parse(value), timeZone).replace(/:00$/, "");
  const commit = (typed: string) => {
    const instant = instantAt(typed, timeZone);
    onCommit(instant === undefined ? "" : new Date(instant).toISOString());
  };
  return <Typed label={label} kind="datetime-local" value={shown} onCommit={commit} />;
}

/** Which record: picked by its name where a type is chosen, otherwise typed. */
function RecordField({ filter, types, change }: Props) {
  const names = words.filter;
  const type = types.find(({ name }) => name === filter.type);
  if (type) {
    const id = recordOf(filter.record ?? "")?.id ?? "";
    return (
      <Labelled label={names.record}>
        {(field) => (
          <RecordPicker
            id={field}
            to={type.name}
            label={names.record}
            value={id}
            invalid={false}
            onChange={(picked) => change({ record: picked === "" ? "" : `${type.name}/${picked}` })}
          />
        )}
      </Labelled>
    );
  }
  const wrong = (typed: string) => (typed !== "" && !recordOf(typed) ? names.recordWrong : undefined);
  return <Typed label={names.record} hint={names.recordHint} value={filter.record ?? ""} wrong={wrong} onCommit={(record) => change({ record })} />;
}

/** Something to type, which holds once the field is left or Enter is pressed. */
function Typed({ label, kind = "text", hint, value, wrong, onCommit }: {
  label: string;
  kind?: "text" | "datetime-local";
  hint?: string;
  value: string;
  wrong?: (typed: string) => string | undefined;
  onCommit: (value: string) => void;
}) {
  const [typed, setTyped] = useState(value);
  const [error, setError] = useState<string | undefined>(undefined);
  useEffect(() => setTyped(value), [value]);
  const commit = () => {
    const found = wrong?.(typed.trim());
    setError(found);
    if (!found && typed.trim() !== value) onCommit(typed.trim());
  };
  return (
    <Labelled label={label}>
      {(id) => (
        <>
          <input
            id={id}
            type={kind}
            value={typed}
            autoComplete="off"
            aria-invalid={error !== undefined}
            aria-describedby={hint ? `${id}-about` : undefined}
            onChange={(event) => setTyped(event.target.value)}
            onBlur={commit}
            onKeyDown={(event) => { if (event.key === "Enter") commit(); }}
          />
          {hint && <span id={`${id}-about`} className={error ? "field-error" : "muted"}>{error ?? hint}</span>}
        </>
      )}
    </Labelled>
  );
}

function Choice({ label, none, value, groups, onChange }: {
  label: string;
  none: string;
  value: string;
  groups: readonly Choices[];
  onChange: (value: string) => void;
}) {
  const listed = value === "" || groups.some(({ choices }) => choices.some((choice) => choice.value === value));
  return (
    <Labelled label={label}>
      {(id) => (
        <select id={id} value={value} onChange={(event) => onChange(event.target.value)}>
          <option value="">{none}</option>
          {!listed && <option>{value}</option>}
          {groups.map((group) => (
            <optgroup key={group.label} label={group.label}>
              {group.choices.map((choice) => <option key={choice.value} value={choice.value}>{choice.label}</option>)}
            </optgroup>
          ))}
        </select>
      )}
    </Labelled>
  );
}

function Labelled({ label, children }: { label: string; children: (id: string) => ReactNode }) {
  const id = useId();
  return (
    <div className="audit-field">
      <label htmlFor={id}>{label}</label>
      {children(id)}
    </div>
  );
}
