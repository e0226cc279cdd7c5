// How the lag of views went lately: the last readings of each, and the line that they draw. Pure.

import type { View } from "./shapes";

/** How many readings are kept of each view. */
export const READINGS_MAX = 40;

/** The lags of views, in ms, oldest first. */
export type Readings = { readonly [view: string]: readonly number[] };

/** The readings with one more of each view; a view that is gone is forgotten. */
export function withReadings(before: Readings, views: readonly Pick<View, "view" | "lag">[]): Readings {
  const next = (view: Pick<View, "view" | "lag">) => [...(before[view.view] ?? []), view.lag.lag_ms].slice(-READINGS_MAX);
  return Object.fromEntries(views.map((view) => [view.view, next(view)]));
}

/** What is drawn as the full height, in ms, when nothing was more: a lag of moments is none. */
const LEAST_MAX_MS = 1_000;

/**
 * The points of a line for `<polyline>`, in a box so wide and high: the newest reading at the right end, as
 * many places as there may be readings. Values grow upwards.
 */
export function linePoints(readings: readonly number[], width: number, height: number): string {
  const most = Math.max(LEAST_MAX_MS, ...readings);
  const step = width / (READINGS_MAX - 1);
  return readings
    .map((reading, index) => {
      const x = width - (readings.length - 1 - index) * step;
      const y = height * (1 - Math.max(0, reading) / most);
      return `${round(x)},${round(y)}`;
    })
    .join(" ");
}

function round(n: number): number {
  return Math.round(n * 10) / 10;
}
