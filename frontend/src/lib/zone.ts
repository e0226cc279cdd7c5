// Clocks on the wall: what they show at an instant in a time zone, and the instants of days and times
// that people name, daylight saving included.

/** How far an instant may be from what its clock shows: zones are at most 14 hours from UTC. */
const FARTHEST_MS = 24 * 3_600_000;

const formats = new Map<string, Intl.DateTimeFormat>();

/** What a clock on the wall shows: `2026-11-17T09:30:00`. */
export function wallTime(instant: number, zone: string): string {
  const at = (kind: Intl.DateTimeFormatPartTypes) => parts.find((part) => part.type === kind)?.value ?? "";
  const parts = formatOf(zone).formatToParts(instant);
  return `${at("year").padStart(4, "0")}-${at("month")}-${at("day")}T${at("hour")}:${at("minute")}:${at("second")}`;
}

/**
 * The instant at which a clock shows this (`2026-11-17T09:30`, seconds may follow); `undefined` when no
 * clock ever does. Of a time that comes twice it is the first; one that is skipped is as much later.
 */
export function instantAt(wall: string, zone: string): number | undefined {
  const shown = Date.parse(`${wall}Z`);
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(wall) || Number.isNaN(shown)) return undefined;
  const offset = (near: number) => Date.parse(`${wallTime(near, zone)}Z`) - near;
  const [before, after] = [offset(shown - FARTHEST_MS), offset(shown + FARTHEST_MS)];
  const candidates = [shown - before, shown - after].filter((instant) => offset(instant) === shown - instant);
  return candidates.length > 0 ? Math.min(...candidates) : shown - before;
}

/** The day of the calendar at an instant: `2026-11-17`. */
export function dayOf(instant: number, zone: string): string {
  return wallTime(instant, zone).slice(0, 10);
}

/** When a day begins; where its midnight is skipped, at its first moment. */
export function startOfDay(day: string, zone: string): number {
  return instantAt(`${day}T00:00`, zone) ?? Number.NaN;
}

/** The day so many days later. */
export function daysLater(day: string, days: number): string {
  const then = new Date(`${day}T00:00:00Z`);
  then.setUTCDate(then.getUTCDate() + days);
  return then.toISOString().slice(0, 10);
}

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    const two = "2-digit";
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone, calendar: "gregory", numberingSystem: "latn", hourCycle: "h23",
      year: "numeric", month: two, day: two, hour: two, minute: two, second: two,
    });
    formats.set(zone, format);
  }
  return format;
}
