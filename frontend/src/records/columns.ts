// Which columns a list shows, as the URL says it. Pure.

import type { Field, TypeDescriptor } from "../api/generated";
import { texts } from "../lib/texts";

/** A column: of a field, or of what all records have. */
export type Column = {
  /** As in the URL: a field's name, or `@` and what all records have, which no field can be called. */
  name: string;
  label: string;
  field?: Field;
  /** Whether it is there unasked. */
  usual: boolean;
};

/** All that can be shown besides the title: lists know the listed fields only. */
export function columnsOf(type: TypeDescriptor): Column[] {
  const fields = type.fields.filter((field) => field.listed && field.name !== type.title);
  return [
    ...fields.map((field) => ({ name: field.name, label: field.label, field, usual: true })),
    ...(type.statuses.length > 1 ? [{ name: "@status", label: texts.list.status, usual: true }] : []),
    // People own themselves; and a person that is in a column already is the owner, most likely.
    ...(type.keeping === "editors" ? [{ name: "@owner", label: texts.list.owner, usual: false }] : []),
    { name: "@created", label: texts.record.created, usual: false },
    { name: "@changed", label: texts.list.lastChange, usual: true },
  ];
}

/** The columns that the URL asks for; those that are there unasked where it does not say. */
export function chosenColumns(type: TypeDescriptor, params: URLSearchParams): Column[] {
  const all = columnsOf(type);
  const said = params.get("columns");
  if (said === null) return all.filter((column) => column.usual);
  const names = said.split(",");
  return all.filter((column) => names.includes(column.name));
}

/** What the URL says of these columns: nothing where they are the usual ones. */
export function saidColumns(type: TypeDescriptor, names: ReadonlySet<string>): string {
  const all = columnsOf(type);
  if (all.every((column) => names.has(column.name) === column.usual)) return "";
  // A list of nothing but titles says so.
  return all.filter((column) => names.has(column.name)).map((column) => column.name).join(",") || "@";
}
