// Things to be done are shown by the day on which they are due, or in a table like any other records.

import { Link } from "wouter";
import { type TypeDescriptor } from "../api/generated";
import { texts } from "../lib/texts";
import { tasksOf } from "./descriptor";

/** Whether the URL asks for the table: by name, or because it asks for what only the table shows. */
export function asTable(type: TypeDescriptor, params: URLSearchParams): boolean {
  return tasksOf(type) === undefined || params.get("layout") === "table" || params.has("status");
}

/** The choice between the two; both show the same person's. */
export function LayoutSwitch({ type, params }: { type: TypeDescriptor; params: URLSearchParams }) {
  if (!tasksOf(type)) return null;
  const table = asTable(type, params);
  const owner = params.get("owner");
  const to = (layout: "table" | undefined) => {
    const query = new URLSearchParams({ ...(layout ? { layout } : {}), ...(owner ? { owner } : {}) }).toString();
    return query ? `/r/${type.plural}?${query}` : `/r/${type.plural}`;
  };
  return (
    <nav aria-label={texts.list.layout} className="chips layout">
      <Link className="chip" href={to(undefined)} aria-current={table ? undefined : "true"}>{texts.list.byDay}</Link>
      <Link className="chip" href={to("table")} aria-current={table ? "true" : undefined}>{texts.list.table}</Link>
    </nav>
  );
}
