// Which column is which field, and the fields that a row becomes. Pure.

import type { Field, TypeDescriptor } from "../api/generated";
import { characters } from "../lib/format";
import type { Fields } from "../lib/json";
import { filledIn, membersOf } from "../records/descriptor";

/** Columns that a report adds to a file; they are passed over when the report is imported. */
export const REPORTED = ["refused_line", "refused_reason"];
/** What may be chosen besides the fields, and for a column that is left out. */
export const ID = "id";
export const LEFT_OUT = "";

/** A field that a column can be: `address.city`. */
export type Leaf = { path: string; label: string; field: Field };

/** Every field that holds a value and is filled in, groups resolved. */
export function leavesOf(type: TypeDescriptor): Leaf[] {
  return filledIn(type).flatMap((field) => leaves(field, "", ""));
}

function leaves(field: Field, within: string, called: string): Leaf[] {
  const [path, label] = [within + field.name, called + field.label];
  if (field.kind !== "group") return [{ path, label, field }];
  return membersOf(field).filter((member) => !member.read_only).flatMap((member) => leaves(member, `${path}.`, `${label} · `));
}

/** What the columns most likely are, each field at most once. */
export function guessedMapping(type: TypeDescriptor, head: readonly string[]): string[] {
  const known = leavesOf(type);
  const mapping = head.map((name) => (name === ID || known.some(({ path }) => path === name) ? name : LEFT_OUT));
  const taken = new Set(mapping);
  head.forEach((name, index) => {
    if (mapping[index] !== LEFT_OUT || REPORTED.includes(name)) return;
    const said = plain(name);
    const found = known.find(({ path, label, field }) => !taken.has(path) && [path, label, field.label, field.name].some((candidate) => plain(candidate) === said));
    if (!found) return;
    mapping[index] = found.path;
    taken.add(found.path);
  });
  return mapping;
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, "");
}

/** What is wrong with a choice of fields. */
export type MappingFault = { kind: "twice" | "missing"; leaf: Leaf | undefined };

/** What is wrong: a field that two columns are, or one that must be there and is not. */
export function mappingFaults(type: TypeDescriptor, mapping: readonly string[]): MappingFault[] {
  const known = leavesOf(type);
  const chosen = mapping.filter((path) => path !== LEFT_OUT);
  const twice = [...new Set(chosen.filter((path, index) => chosen.indexOf(path) !== index))];
  const missing = known.filter(({ path, field }) => field.required && !path.includes(".") && !chosen.includes(path));
  return [
    ...twice.map((path): MappingFault => ({ kind: "twice", leaf: known.find((leaf) => leaf.path === path) })),
    ...missing.map((leaf): MappingFault => ({ kind: "missing", leaf })),
  ];
}

/** A row's fields; nothing where it has more or fewer cells than there are columns. */
export function fieldsOf(known: readonly Leaf[], mapping: readonly string[], cells: readonly string[]): Fields | undefined {
  if (cells.length !== mapping.length) return undefined;
  const fields: { [name: string]: unknown } = {};
  mapping.forEach((path, index) => {
    const cell = cells[index] ?? "";
    const leaf = known.find((candidate) => candidate.path === path);
    const value = path === ID ? cell || undefined : leaf && converted(leaf.field, cell);
    if (value !== undefined) put(fields, path.split("."), value);
  });
  return fields;
}

/** A cell as the field's kind has it; nothing for an empty one. */
export function converted(field: Field, cell: string): string | string[] | undefined {
  if (field.kind !== "tags") return cell === "" ? undefined : cell;
  const tags = cell.split(";").map((tag) => tag.trim()).filter((tag) => tag !== "");
  return tags.length > 0 ? tags : undefined;
}

/** What can be seen to be wrong with a cell without asking the service, which knows more. */
export type CellFault = "required" | "too-long" | "too-many";

/** What is wrong with the cell of a field, if anything is. */
export function cellFault(field: Field, cell: string): CellFault | undefined {
  const value = converted(field, cell);
  if (value === undefined) return field.required ? "required" : undefined;
  const texts = Array.isArray(value) ? value : [value];
  if (field.max_items !== undefined && texts.length > field.max_items) return "too-many";
  const { max } = field;
  return max !== undefined && texts.some((text) => characters(text) > max) ? "too-long" : undefined;
}

function put(into: { [name: string]: unknown }, [first = "", ...rest]: string[], value: unknown): void {
  if (rest.length === 0) {
    into[first] = value;
    return;
  }
  const inner = { ...(into[first] as Fields | undefined) };
  put(inner, rest, value);
  into[first] = inner;
}
