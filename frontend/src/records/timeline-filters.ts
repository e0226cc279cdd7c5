// Which changes a timeline shows, as the URL says it, and what can be chosen. Pure.

import type { TypeDescriptor } from "../api/generated";
import { labelAt, pointersOf } from "./descriptor";
import { ME } from "./filters";

const NAMES = ["field", "actor", "event", "since", "until"] as const;

/** What is asked of a history; instants in UTC. */
export type TimelineFilter = { readonly [name in (typeof NAMES)[number]]?: string };

/** The filter that the URL asks for. */
export function timelineFilterOf(params: URLSearchParams): TimelineFilter {
  return Object.fromEntries(NAMES.flatMap((name) => (params.get(name) ? [[name, params.get(name) ?? ""]] : [])));
}

/** The same as the service is asked: whoever reads is known by id there. */
export function asked(filter: TimelineFilter, me: string | undefined): TimelineFilter {
  return filter.actor === ME && me ? { ...filter, actor: me } : filter;
}

/** The same parameters with another filter. */
export function withTimelineFilter(params: URLSearchParams, filter: TimelineFilter): URLSearchParams {
  const next = new URLSearchParams(params);
  for (const name of NAMES) {
    const value = filter[name]?.trim();
    if (value) next.set(name, value);
    else next.delete(name);
  }
  return next;
}

/** The kind of change that somebody typed, as it is named: `Contact changed` is `contact_changed`. */
export function named(typed: string): string {
  return typed.trim().toLowerCase().replaceAll(/\s+/g, "_");
}

/** How many things a filter asks for. */
export function chosen(filter: TimelineFilter): number {
  return NAMES.filter((name) => filter[name]).length;
}

/** What of a record can change, each with its pointer, groups before their members; status and owner last. */
export function changeable(type: TypeDescriptor): { pointer: string; label: string }[] {
  const pointers = [...type.fields.flatMap((field) => pointersOf(field, "")), "/status", "/owner"];
  return pointers.map((pointer) => ({ pointer, label: labelAt(type, pointer) }));
}
