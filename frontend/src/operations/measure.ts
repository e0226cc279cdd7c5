// How long, how far and how often: what the operator's pages compute of what they read. Pure.

import { ProblemError } from "../api/problem";
import type { Generation, Rebuild, View } from "./shapes";
import { words } from "./words";

/** How often is read what changes by itself, and what somebody is watching, in ms. */
const POLL_MS = 5_000;
const WATCH_MS = 1_000;

const MINUTE_S = 60;
const HOUR_S = 3_600;
const DAY_S = 86_400;

/** `0.2 s`, `12 s`, `3 min`, `2 h`, `4 d`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds > 0 && seconds < 0.1) return words.units.ms(whole(ms));
  if (seconds < 10) return words.units.s(seconds.toLocaleString(undefined, { maximumFractionDigits: 1 }));
  if (seconds < 2 * MINUTE_S) return words.units.s(whole(seconds));
  if (seconds < 2 * HOUR_S) return words.units.min(whole(seconds / MINUTE_S));
  return seconds < 2 * DAY_S ? words.units.h(whole(seconds / HOUR_S)) : words.units.d(whole(seconds / DAY_S));
}

/** `1,234`, and one digit more of what is small: `3.4`. */
export function perSecond(n: number): string {
  return n.toLocaleString(undefined, { maximumFractionDigits: n < 10 ? 1 : 0 });
}

function whole(n: number): string {
  return Math.round(n).toLocaleString();
}

/** When to read again, in ms: sooner what is being watched, later when the service asks for it. */
export function pollEvery(isMoving: boolean, error: unknown, now: number): number {
  const usual = isMoving ? WATCH_MS : POLL_MS;
  const until = error instanceof ProblemError ? (error.retryAt ?? 0) : 0;
  return Math.max(error ? POLL_MS : usual, until - now);
}

/** Whether a rebuild has come to its end, whichever. */
export function hasEnded({ state }: Pick<Rebuild, "state">): boolean {
  return state === "verified" || state === "failed" || state === "cancelled";
}

/** How far a rebuild is, in whole percent: 100 only at its end; `undefined` while that cannot be told. */
export function percentOf(of: Pick<Rebuild, "state" | "progress">): number | undefined {
  if (of.state === "verified") return 100;
  if (of.progress === undefined || !Number.isFinite(of.progress)) return undefined;
  return Math.min(99, Math.max(0, Math.floor(100 * of.progress)));
}

/** What a rebuild is called: `Rebuild of records, generation 2`. */
export function nameOf({ kind, view, generation }: Pick<Rebuild, "kind" | "view" | "generation">): string {
  return words.rebuild.name(words.rebuild.kinds[kind] ?? kind, view, generation);
}

/** How a rebuild ended, in one sentence with its counts; `undefined` while it has not. */
export function outcomeOf(of: Rebuild): string | undefined {
  const counts = [words.records(of.totals.records), words.commits(of.totals.commits)] as const;
  if (of.state === "verified" || of.state === "failed" || of.state === "cancelled") return words.rebuild.outcome[of.state](nameOf(of), ...counts);
  return undefined;
}

/** What is to be said of what a rebuild found, besides that it ended. */
export function findingsOf(of: Rebuild): string[] {
  const { lag, drift, parked, repaired, written } = of.totals;
  const said: string[] = [];
  if (of.kind === "dry_run") said.push(drift > 0 ? words.rebuild.wouldChange(drift) : words.rebuild.wouldNot);
  else if (drift + lag > 0) said.push(words.rebuild.differs(drift, lag));
  // What the other kinds call repaired are records whose commits did not lie together: nothing was wrong with them.
  if (of.kind === "repair") said.push(words.rebuild.repairedRows(repaired));
  if (of.kind === "pass") said.push(words.rebuild.repairedRows(written));
  if (parked > 0) said.push(words.rebuild.parked(parked));
  if (of.kind !== "dry_run" && drift + lag + parked === 0 && of.state === "verified") said.push(words.rebuild.nothingDiffers);
  if (of.sample !== undefined) said.push(words.rebuild.sampled(of.sample));
  return said;
}

/** How much an outcome matters. A verified one with drift or parked records is no clean one. */
export function toneOf(of: Rebuild): "info" | "warning" | "alarm" {
  if (of.state === "failed") return "alarm";
  const isClean = of.totals.parked === 0 && (of.totals.drift === 0 || of.kind === "dry_run");
  return of.state === "verified" && isClean ? "info" : "warning";
}

/** A generation and what it is for. */
export type Role = { role: "active" | "building" | "previous" | "retiring"; generation: Pick<Generation, "number" | "since" | "until"> & { state: string } };

/** Every generation of a view, the newest first. */
export function generationsOf(view: View): Role[] {
  const roles: Role[] = [
    { role: "active", generation: view.active },
    ...(view.building ? [{ role: "building" as const, generation: view.building }] : []),
    ...(view.previous ? [{ role: "previous" as const, generation: view.previous }] : []),
    ...view.retiring.map((number) => ({ role: "retiring" as const, generation: { number, state: "retiring" } })),
  ];
  return roles.sort((a, b) => b.generation.number - a.generation.number);
}

/** Records as they are typed, one a line: those that are one, and the first line that is not. */
export function recordsIn(text: string): { records: string[]; wrong: string | undefined } {
  const lines = text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const isRecord = (line: string) => /^[a-z][a-z0-9_-]*\/\S+$/.test(line);
  return { records: lines.filter(isRecord), wrong: lines.find((line) => !isRecord(line)) };
}

/** A whole number as it is typed: `undefined` for nothing, `"wrong"` for what is none or too large or small. */
export function wholeNumber(text: string, min: number, max: number): number | undefined | "wrong" {
  if (text.trim() === "") return undefined;
  const n = Number(text);
  return Number.isInteger(n) && n >= min && n <= max ? n : "wrong";
}
