// What a list shows, as the URL says it: so that it can be shared, kept and gone back to.

import type { TypeDescriptor } from "../api/generated";
import type { Filter } from "./data";

/** The value that stands for whoever is signed in: a shared address means each reader's own. */
export const ME = "me";

/** The filter that the URL asks for; what it cannot mean is left out. `me` is the reader's id. */
export function filterOf(type: TypeDescriptor, params: URLSearchParams, me: string | undefined): Filter {
  const status = params.get("status") ?? undefined;
  const owner = params.get("owner") ?? undefined;
  const known = type.statuses.some((candidate) => candidate.name === status);
  return {
    ...(status !== undefined && known ? { status } : {}),
    ...(owner ? { owner: owner === ME && me ? me : owner } : {}),
    sort: params.get("sort") === "changed_at" ? "changed_at" : "-changed_at",
  };
}

/** How many pages the URL asks for. */
export function pagesOf(params: URLSearchParams): number {
  const pages = Number(params.get("pages") ?? 1);
  return Number.isInteger(pages) && pages > 0 ? Math.min(pages, PAGES_MAX) : 1;
}

/** More pages than this are not read at once, however the URL came to ask for them. */
const PAGES_MAX = 20;

/** Whether something besides the order is chosen. */
export function isFiltered(params: URLSearchParams): boolean {
  return params.has("status") || params.has("owner");
}

/**
 * The same parameters with some changed; an empty value removes one. A changed filter begins at its first
 * page, and is no longer the view that had a name.
 */
export function changedParams(params: URLSearchParams, changes: { readonly [name: string]: string }): URLSearchParams {
  const next = new URLSearchParams(params);
  if (!("pages" in changes)) {
    next.delete("pages");
    next.delete("view");
  }
  for (const [name, value] of Object.entries(changes)) {
    if (value === "") next.delete(name);
    else next.set(name, value);
  }
  return next;
}

/** A choice of statuses that is offered above a list. */
export type Chip = { label: string; status: string; counted: readonly string[] };

/** The chips of a type: those that have not ended together, where they are several, then each. */
export function chipsOf(type: TypeDescriptor, current: string): Chip[] {
  const live = type.statuses.filter((status) => !status.ended).map((status) => status.name);
  if (type.statuses.length < 2) return [];
  const all: Chip[] = live.length > 1 ? [{ label: current, status: "", counted: live }] : [];
  // A single status that has not ended is what the list shows without being asked.
  const each = type.statuses.map(({ name, label }) => ({
    label,
    status: live.length === 1 && name === live[0] ? "" : name,
    counted: [name],
  }));
  return [...all, ...each];
}
