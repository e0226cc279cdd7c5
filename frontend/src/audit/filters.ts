// What the audit is asked for, as the URL says it: so that it can be shared, kept and gone back to.

import { type Fields, pointerParts } from "../lib/json";

/** What can be asked for, by the names that the API takes, in the order in which it is told. */
export const ASKED = ["actor", "type", "action", "field", "record", "correlation_id", "since", "until"] as const;
export type Asked = (typeof ASKED)[number];

/** What is asked for. Instants are whole: whoever shares an address means the same moments everywhere. */
export type AuditFilter = { readonly [name in Asked]?: string };

/** The value of `actor` that stands for whoever is signed in. */
export const ME = "me";

/** How many changes are shown at first, and more each time. */
export const SHOWN_STEP = 50;
/** More than this are not read at once, however the URL came to ask for them. */
const SHOWN_MAX = 1_000;

/** The filter that the URL asks for, as it is shown: `me` stays. What it cannot mean is left out. */
export function filterOf(params: URLSearchParams): AuditFilter {
  const found: { [name in Asked]?: string } = {};
  for (const name of ASKED) {
    const value = meant(name, params.get(name)?.trim() ?? "");
    if (value !== undefined) found[name] = value;
  }
  return found;
}

/** The same filter as the API takes it: `me` is the reader's id. */
export function asked(filter: AuditFilter, me: string): AuditFilter {
  return filter.actor === ME ? { ...filter, actor: me } : filter;
}

/** Whether anything is asked for. */
export function isFiltered(filter: AuditFilter): boolean {
  return ASKED.some((name) => filter[name] !== undefined);
}

/** Whether the oldest change is wanted first. */
export function isOldestFirst(params: URLSearchParams): boolean {
  return params.get("order") === "asc";
}

/** How many changes the URL asks for. */
export function shownOf(params: URLSearchParams): number {
  const shown = Number(params.get("shown") ?? SHOWN_STEP);
  return Number.isInteger(shown) && shown > 0 ? Math.min(shown, SHOWN_MAX) : SHOWN_STEP;
}

/** What is to be changed in the URL; an empty value takes something out. */
export type Changes = { readonly [name in Asked | "order"]?: string };

/** The same parameters for another filter: it begins at its first page, with nothing selected. */
export function withFilter(params: URLSearchParams, changes: Changes): URLSearchParams {
  const next = changed(params, { ...changes, shown: "", selected: "" });
  // An action belongs to one type: another type has others.
  const [type] = (next.get("action") ?? "").split(".");
  if ("type" in changes && changes.type !== "" && type !== changes.type) next.delete("action");
  const record = next.get("record");
  if ("type" in changes && changes.type !== "" && record && !record.startsWith(`${changes.type}/`)) next.delete("record");
  return next;
}

/** The same parameters without any filter. */
export function withoutFilter(params: URLSearchParams): URLSearchParams {
  return withFilter(params, Object.fromEntries(ASKED.map((name) => [name, ""])));
}

/** The same parameters with some changed; an empty value takes one out. */
export function changed(params: URLSearchParams, changes: Fields): URLSearchParams {
  const next = new URLSearchParams(params);
  for (const [name, value] of Object.entries(changes)) {
    if (typeof value !== "string" || value === "") next.delete(name);
    else next.set(name, value);
  }
  return next;
}

/** A path of the audit with these parameters. */
export function auditPath(params: URLSearchParams): string {
  const search = params.toString();
  return search === "" ? "/audit" : `/audit?${search}`;
}

/** One change of one record. */
export type Selection = { type: string; id: string; version: number };

/** What is selected: `customer/lily@3`. */
export function selectionOf(params: URLSearchParams): Selection | undefined {
  const found = /^([a-z][a-z0-9_]*)\/(.+)@([1-9]\d{0,15})$/.exec(params.get("selected") ?? "");
  const [, type, id, version] = found ?? [];
  return type && id && version ? { type, id, version: Number(version) } : undefined;
}

/** How something selected is told in the URL. */
export function selectedText({ type, id, version }: Selection): string {
  return `${type}/${id}@${version}`;
}

/** A record by type and id: `customer/lily`. */
export function recordOf(text: string): { type: string; id: string } | undefined {
  const [, type, id] = /^([a-z][a-z0-9_]*)\/(.+)$/.exec(text) ?? [];
  return type && id ? { type, id } : undefined;
}

function meant(name: Asked, value: string): string | undefined {
  switch (name) {
    case "since":
    case "until":
      return instant(value);
    case "record":
      return recordOf(value) ? value : undefined;
    case "field":
      return value.startsWith("/") && pointerParts(value).some((part) => part !== "") ? value : undefined;
    case "action":
      return /^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$/.test(value) ? value : undefined;
    case "actor":
    case "type":
    case "correlation_id":
      return value === "" ? undefined : value;
  }
}

/** An instant with its zone, in UTC; one without a zone could mean another moment for each reader. */
function instant(value: string): string | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d.*(Z|[+-]\d\d:\d\d)$/.test(value)) return undefined;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : new Date(at).toISOString();
}
