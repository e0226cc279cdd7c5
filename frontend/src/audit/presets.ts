// Questions that auditors ask again and again: days that people name, and kinds of changes.

import type { TypeDescriptor } from "../api/generated";
import { dayOf, daysLater, startOfDay } from "../lib/zone";
import { type AuditFilter, ME } from "./filters";

/** A span of whole days in the reader's zone. `last` so many days ago, for naming it. */
export type Span = {
  name: "today" | "yesterday" | "weekday" | "last-7" | "last-30";
  /** Its first and last day. */
  from: string;
  to: string;
  since: string;
  until: string;
};

/** The spans that are offered now: today, yesterday, the weekdays back to a week ago, 7 and 30 days. */
export function spansOf(now: number, zone: string): Span[] {
  const today = dayOf(now, zone);
  const span = (name: Span["name"], from: number, to: number): Span => {
    const [first, last] = [daysLater(today, from), daysLater(today, to)];
    const [since, until] = [startOfDay(first, zone), startOfDay(daysLater(last, 1), zone)];
    return { name, from: first, to: last, since: new Date(since).toISOString(), until: new Date(until).toISOString() };
  };
  const weekdays = [2, 3, 4, 5, 6, 7].map((ago) => span("weekday", -ago, -ago));
  return [span("today", 0, 0), span("yesterday", -1, -1), ...weekdays, span("last-7", -6, 0), span("last-30", -29, 0)];
}

/** The whole days between two instants in the reader's zone; `undefined` when they are no whole days. */
export function daysBetween(since: string, until: string, zone: string): { from: string; to: string } | undefined {
  const [start, end] = [Date.parse(since), Date.parse(until)];
  const [first, next] = [dayOf(start, zone), dayOf(end, zone)];
  const whole = startOfDay(first, zone) === start && startOfDay(next, zone) === end && first < next;
  return whole ? { from: first, to: daysLater(next, -1) } : undefined;
}

/** A kind of change that is asked for at a click. */
export type Kind = { name: "email" | "ended" | "access" | "mine"; filter: AuditFilter; type?: TypeDescriptor };

/** The kinds that are offered: what the types have decides. */
export function kindsOf(types: readonly TypeDescriptor[]): Kind[] {
  const emails = new Set(types.flatMap((type) => type.fields.filter((field) => field.kind === "email").map((field) => `/${field.name}`)));
  const ended = types.flatMap((type): Kind[] => {
    const event = endingEvent(type);
    return event ? [{ name: "ended", type, filter: { type: type.name, action: `${type.name}.${event}` } }] : [];
  });
  return [
    { name: "mine", filter: { actor: ME } },
    ...[...emails].map((field): Kind => ({ name: "email", filter: { field } })),
    ...ended,
    { name: "access", filter: { type: ACCESS } },
  ];
}

/** The type of exports and verifications: what auditors themselves do. It has no pages and no routes. */
export const ACCESS = "access";

/** What can happen to a record of the type `access`, which no descriptor tells. */
export const ACCESS_EVENTS = ["export_requested", "export_finished", "export_failed", "verification_started", "verification_finished"];

/** The event that an ending leads to: `archive` to `archived`, `drop` to `dropped`. */
export function endingEvent(type: TypeDescriptor): string | undefined {
  const { ending } = type;
  return ending && type.events.find((event) => event.startsWith(ending));
}

/** Whether a filter asks for just what a preset does, whatever the time. */
export function isKind(filter: AuditFilter, kind: Kind): boolean {
  const { since: _since, until: _until, ...rest } = filter;
  const wanted = Object.entries(kind.filter);
  return Object.keys(rest).length === wanted.length && wanted.every(([name, value]) => Object.entries(rest).some(([own, its]) => own === name && its === value));
}
