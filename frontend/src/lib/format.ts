// Times, days and numbers as people write them where they are.

import { texts } from "./texts";

const medium = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const precise = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
// A day has no time zone: it is shown as it is written, wherever the reader is.
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: "UTC" });
const relative = new Intl.RelativeTimeFormat(texts.language, { numeric: "auto" });
const number = new Intl.NumberFormat();

/** From which age on, in seconds, a unit is used. */
const UNITS: readonly [number, Intl.RelativeTimeFormatUnit][] = [
  [86_400 * 365, "year"],
  [86_400 * 30, "month"],
  [86_400, "day"],
  [3_600, "hour"],
  [60, "minute"],
];

/** The reader's time zone, `Europe/Vienna`. */
export const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** `Nov 24, 2026, 6:04 AM`, in the reader's zone. */
export function localTime(instant: string): string {
  return shown(instant, (date) => medium.format(date));
}

/** `6:04:46 AM`: a time of today. */
export function localClock(instant: string): string {
  return shown(instant, (date) => clock.format(date));
}

/** The same with seconds and the zone. */
export function preciseTime(instant: string): string {
  return shown(instant, (date) => precise.format(date));
}

/** `2026-11-24 05:04:46 UTC`. */
export function utcTime(instant: string): string {
  return shown(instant, (date) => `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`);
}

/** `3 minutes ago`; a clock that is a little ahead makes nothing happen in the future. */
export function relativeTime(instant: string, now: number): string {
  return shown(instant, (date) => {
    const seconds = Math.max(0, (now - date.getTime()) / 1000);
    const unit = UNITS.find(([from]) => seconds >= from);
    return unit ? relative.format(-Math.floor(seconds / unit[0]), unit[1]) : texts.justNow;
  });
}

/** A day of the calendar, `2026-11-24`, as the reader writes it. */
export function calendarDay(text: string): string {
  return shown(`${text}T00:00:00Z`, (date) => day.format(date), text);
}

/** `12,345`. */
export function count(n: number): string {
  return number.format(n);
}

/** How many characters a text has, counted as the service counts them. */
export function characters(text: string): number {
  return [...text].length;
}

/** `must be a text` as people write it. */
export function sentence(text: string): string {
  const first = text.charAt(0).toLocaleUpperCase() + text.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}

function shown(instant: string, format: (date: Date) => string, otherwise = instant): string {
  const date = new Date(instant);
  return Number.isNaN(date.getTime()) ? otherwise : format(date);
}

/** The name of an event as what somebody did: `contact_changed` is "changed contact", `handed_over` "handed over". */
export function verb(event: string): string {
  const words = event.split("_");
  const last = words.at(-1) ?? "";
  const turned = !words[0]?.endsWith("ed") && last.endsWith("ed");
  return (turned ? [last, ...words.slice(0, -1)] : words).join(" ");
}

/** An instant as a date-time field takes it, in the reader's zone: `2026-11-24T06:04:46`. */
export function fieldTime(instant: string): string {
  const two = (n: number) => String(n).padStart(2, "0");
  const inZone = (date: Date) =>
    `${String(date.getFullYear()).padStart(4, "0")}-${two(date.getMonth() + 1)}-${two(date.getDate())}` +
    `T${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return shown(instant, inZone, "");
}

/** The instant in UTC that a date-time field means in the reader's zone; nothing where it means none. */
export function instantOf(field: string): string | undefined {
  const date = new Date(field);
  return field === "" || Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
