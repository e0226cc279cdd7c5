// Which changes are to be sent again, as the address says it. Pure.

import type { ReplayOrder } from "./shapes";

/** The parts of the address. `counted` is the count of what it asks for. */
export const PARTS = ["type", "since", "until", "rate", "counted"] as const;
export type Part = (typeof PARTS)[number];

/** From so many events on, sending asks twice. */
export const MANY = 1_000;

/** What the address asks for. */
export function replayOf(params: URLSearchParams): ReplayOrder {
  const said = (part: Part) => params.get(part) || undefined;
  const [type, since, until, rate] = [said("type"), said("since"), said("until"), Number(said("rate"))];
  return {
    ...(type ? { type } : {}),
    ...(since ? { since } : {}),
    ...(until ? { until } : {}),
    ...(Number.isInteger(rate) && rate > 0 ? { rate } : {}),
  };
}

/** The address of what is asked for, and of its count. What is asked for anew has none yet. */
export function paramsOf(order: Pick<ReplayOrder, "type" | "since" | "until" | "rate">, counted?: string): Record<string, string> {
  const said = Object.entries({ ...order, counted }).filter(([, value]) => value !== undefined && value !== "");
  return Object.fromEntries(said.map(([name, value]) => [name, String(value)]));
}
