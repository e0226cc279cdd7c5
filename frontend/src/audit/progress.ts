// How far things are: searches whose pages may be empty, exports that are being made, links that expire.

import type { Export } from "../api/generated";

/** How often exports are looked at while one is being made, in ms. */
const POLL_MS = 1_000;
/** A link that is good for less than this, in ms, is fetched anew before it is used. */
const LINK_MARGIN_MS = 10_000;
/** So many pages in a row may hold nothing before somebody is asked whether to go on. */
export const EMPTY_MAX = 8;

/** Whether an export is still being made. */
export function isMoving({ state }: Pick<Export, "state">): boolean {
  return state === "queued" || state === "running";
}

/** When exports are to be looked at again, in ms; `false` for never. */
export function pollEvery(exports: readonly Pick<Export, "state">[]): number | false {
  return exports.some(isMoving) ? POLL_MS : false;
}

/** How far an export is, in whole percent: 100 only when it is done. */
export function percentOf({ state, progress }: Pick<Export, "state" | "progress">): number {
  if (state === "done" || state === "expired") return 100;
  const percent = Math.floor(100 * progress);
  return Number.isFinite(percent) ? Math.min(99, Math.max(0, percent)) : 0;
}

/** Whether a link can be used now. */
export function isLinkGood(expiresAt: string | undefined, now: number): boolean {
  return expiresAt === undefined || Date.parse(expiresAt) - now > LINK_MARGIN_MS;
}

/** What is to be done after some pages of a search. */
export type Step =
  /** Read on: not enough was found, and there is more to search. */
  | "read"
  /** Enough was found, and there is more. */
  | "offer"
  /** Much was searched and nothing found: ask whether to go on. */
  | "ask"
  /** There is no more. */
  | "end";

/** The next step of a search: `further` is how often somebody said to go on. */
export function nextStep(pages: readonly { items: readonly unknown[] }[], hasMore: boolean, wanted: number, further: number): Step {
  if (!hasMore) return "end";
  if (pages.reduce((found, page) => found + page.items.length, 0) >= wanted) return "offer";
  return emptyAtEnd(pages) >= EMPTY_MAX * (further + 1) ? "ask" : "read";
}

/** How many pages in a row, up to the last one, hold nothing. */
function emptyAtEnd(pages: readonly { items: readonly unknown[] }[]): number {
  const last = pages.findLastIndex((page) => page.items.length > 0);
  return pages.length - 1 - last;
}

/** The log is checked every few minutes; a check that is older than this, in ms, is late. */
const LATE_MS = 15 * 60_000;

/** What may be said of an answer's completeness; `late` when the last check is long ago. */
export type Complete = "nothing" | "late" | "up-to" | "all";

/** How complete an answer is: all of it when what was asked for ended before the log was checked. */
export function completeness(completeThrough: string | undefined, until: string | undefined, now: number): Complete {
  if (completeThrough === undefined) return "nothing";
  const through = Date.parse(completeThrough);
  if (until !== undefined && Date.parse(until) <= through) return "all";
  return now - through > LATE_MS ? "late" : "up-to";
}
