// Which moment of a record the URL asks for, and what is told of it. Pure.

import { type Fields } from "../lib/json";

/** A version, or an instant in UTC, as they stand in the URL. */
export type Moment = { version: string; at?: undefined } | { at: string; version?: undefined };

/** The moment that the URL asks for; `undefined` is now. */
export function momentOf(params: URLSearchParams): Moment | undefined {
  const [version, at] = [params.get("version"), params.get("at")];
  if (version) return { version };
  return at ? { at } : undefined;
}

/** The version that a moment names; `undefined` where that is not known before it is read. */
export function namedVersion(moment: Moment | undefined, newest: number): number | undefined {
  const version = /^[1-9]\d{0,14}$/.test(moment?.version ?? "") ? Number(moment?.version) : undefined;
  return version !== undefined && version <= newest ? version : undefined;
}

/** The same parameters at another moment; nothing is edited there. */
export function withMoment(params: URLSearchParams, moment: Moment | undefined): URLSearchParams {
  const next = new URLSearchParams(params);
  for (const name of ["version", "at", "edit"]) next.delete(name);
  if (moment?.version) next.set("version", moment.version);
  if (moment?.at) next.set("at", moment.at);
  return next;
}

/** Since and until when a record was as it is shown; it may be that it still is, or that it is too early to say. */
export type Validity = { from: string | undefined; to: string | undefined; provisional: boolean };

/** What a record that was read at a moment tells of its validity. */
export function validityOf(record: Fields): Validity {
  const text = (value: unknown) => (typeof value === "string" ? value : undefined);
  return { from: text(record["valid_from"]), to: text(record["valid_to"]), provisional: record["provisional"] === true };
}
