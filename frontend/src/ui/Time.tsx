// An instant as people say it, with the exact one in the tooltip.

import { localTime, preciseTime, relativeTime, utcTime } from "../lib/format";
import { createStore, useStore } from "../lib/store";

/** How often relative times are told anew, in ms. */
const TICK_MS = 30_000;

/** The time of the last tick, for all relative times together. */
const clock = createStore(Date.now());
setInterval(() => clock.set(Date.now()), TICK_MS);

/** What time it is, told anew now and then. */
export function useNow(): number {
  // What happened since the last tick is told from now on.
  return Math.max(useStore(clock), Date.now());
}

/** `3 minutes ago`. */
export function Ago({ at }: { at: string }) {
  const now = useNow();
  return <time dateTime={at} title={`${preciseTime(at)} · ${utcTime(at)}`}>{relativeTime(at, now)}</time>;
}

/** `Nov 24, 2026, 6:04 AM`, with UTC in the tooltip. */
export function At({ at }: { at: string }) {
  return <time dateTime={at} title={utcTime(at)}>{localTime(at)}</time>;
}
