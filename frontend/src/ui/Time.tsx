// An instant as people say it, with the exact one in the tooltip.

import { useEffect, useState } from "react";
import { localTime, preciseTime, relativeTime, utcTime } from "../lib/format";

/** How often relative times are told anew, in ms. */
const TICK_MS = 30_000;

/** `3 minutes ago`. */
export function Ago({ at }: { at: string }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  // An instant that is newer than the last tick is told from itself on.
  return <time dateTime={at} title={`${preciseTime(at)} · ${utcTime(at)}`}>{relativeTime(at, Math.max(now, Date.now()))}</time>;
}

/** `Nov 24, 2026, 6:04 AM`, with UTC in the tooltip. */
export function At({ at }: { at: string }) {
  return <time dateTime={at} title={utcTime(at)}>{localTime(at)}</time>;
}
