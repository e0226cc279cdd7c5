// Views of a list that somebody gave a name: kept in this browser for each workspace, and in the URL.

import { isFields } from "../lib/json";
import { keep, readKept } from "../lib/kept";

/** A view: its name, and the parameters that show it. */
export type View = { name: string; query: string };

/** What belongs to a view; pages and open forms do not. */
const PARTS = ["layout", "status", "owner", "sort", "columns", "find"] as const;
/** The parameter with the name of the view that is shown. */
export const VIEW = "view";
/** The most characters of a name. */
export const NAME_MAX = 60;

/** What a list shows now, as a view keeps it. */
export function queryOf(params: URLSearchParams): string {
  const said = PARTS.flatMap((name) => (params.get(name) ? [[name, params.get(name) ?? ""]] : []));
  return new URLSearchParams(said).toString();
}

/** The parameters that show a view, its name among them. */
export function paramsOf(view: View): string {
  const params = new URLSearchParams(view.query);
  params.set(VIEW, view.name);
  return params.toString();
}

/** The views with this one: it takes the place of the one of the same name. */
export function withView(views: readonly View[], view: View): View[] {
  return [...views.filter(({ name }) => name !== view.name), view].sort((a, b) => a.name.localeCompare(b.name));
}

/** The views that were kept; what cannot be read is none. */
export function readViews(tenant: string, plural: string): View[] {
  try {
    const found: unknown = JSON.parse(readKept("localStorage", keyOf(tenant, plural)) ?? "[]");
    return Array.isArray(found) ? found.filter(isView) : [];
  } catch {
    return [];
  }
}

/** Keeps the views of a list. */
export function keepViews(tenant: string, plural: string, views: readonly View[]): void {
  keep("localStorage", keyOf(tenant, plural), views.length === 0 ? undefined : JSON.stringify(views));
}

function keyOf(tenant: string, plural: string): string {
  return `annals.views.${tenant}.${plural}`;
}

function isView(value: unknown): value is View {
  return isFields(value) && typeof value["name"] === "string" && typeof value["query"] === "string";
}
