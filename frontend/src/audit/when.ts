// Days and times as the auditor's pages tell them: in the reader's zone, to the second.

import { timeZone } from "../lib/format";
import { texts } from "../lib/texts";
import { type Span, daysBetween } from "./presets";
import { words } from "./words";

// A day of the calendar is the same wherever it is read.
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: "UTC" });
const dayOfYear = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", timeZone: "UTC" });
const weekday = new Intl.DateTimeFormat(texts.language, { weekday: "long", timeZone: "UTC" });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** `12:03:10`, in the reader's zone. */
export function clockTime(instant: string): string {
  return clock.format(new Date(instant));
}

/** `17 Nov 2026, 12:03:10`, in the reader's zone. */
export function momentTime(instant: string): string {
  return moment.format(new Date(instant));
}

/** `Tuesday, 17 Nov 2026`, of a day of the calendar. */
export function longDay(text: string): string {
  return `${weekdayOf(text)}, ${day.format(dateOf(text))}`;
}

/** What a span of days that is offered is called: `Last Tuesday, 17 Nov`. */
export function spanLabel(span: Span): string {
  switch (span.name) {
    case "today":
      return words.filter.today;
    case "yesterday":
      return words.filter.yesterday(weekdayOf(span.from));
    case "weekday":
      return words.filter.weekday(weekdayOf(span.from), dayOfYear.format(dateOf(span.from)));
    case "last-7":
      return words.filter.lastDays(7);
    case "last-30":
      return words.filter.lastDays(30);
  }
}

/** Which time is asked for, as short as it can be said: whole days by their names. */
export function timeAsked(since: string | undefined, until: string | undefined): string | undefined {
  if (since !== undefined && until !== undefined) {
    const days = daysBetween(since, until, timeZone);
    if (days) return days.from === days.to ? longDay(days.from) : `${day.format(dateOf(days.from))} – ${day.format(dateOf(days.to))}`;
  }
  const from = since && `${words.filter.since} ${momentTime(since)}`;
  const before = until && `${words.filter.until} ${momentTime(until)}`;
  return [from, before].filter(Boolean).join(", ") || undefined;
}

function weekdayOf(text: string): string {
  return weekday.format(dateOf(text));
}

function dateOf(text: string): Date {
  return new Date(`${text}T00:00:00Z`);
}
