// Reading descriptors: how a record of any type is called, what its fields hold and are called. Pure.

import type { Action, AnyRecord, Field, Status, TypeDescriptor } from "../api/generated";
import { type Fields, isFields, pointerParts } from "../lib/json";
import type { Together } from "../lib/merge";
import { texts } from "../lib/texts";

/** A record of any type: what all records have, and the fields of its own. */
export type Rec = AnyRecord & Fields;

/** What names a record to people; its id where it has no such name. */
export function titleOf(type: TypeDescriptor, record: Rec): string {
  const title = record[type.title];
  return typeof title === "string" && title !== "" ? title : record.id;
}

/** The status of a record, described; a status of a newer build is shown by its name. */
export function statusOf(type: TypeDescriptor, name: string): Status {
  return type.statuses.find((status) => status.name === name) ?? { name, label: name, ended: false };
}

/** What can be done with a record in this status, besides editing it. */
export function actionsOf(type: TypeDescriptor, status: string): Action[] {
  return type.actions.filter((action) => action.from.includes(status));
}

/** Whether a record in this status can be edited: the rules decide, this only helps screens. */
export function isEditable(type: TypeDescriptor, status: string): boolean {
  return type.keeping === "editors" && !statusOf(type, status).ended;
}

/** Whether editors add records of this type. */
export function isAddable(type: TypeDescriptor): boolean {
  return type.keeping === "editors";
}

/** What makes a type one of things to be done: when they are due, by whom, and what gets them done. */
export type Tasks = {
  due: Field;
  assignee: Field;
  /** Another record that it is about, where it can be about one. */
  about: Field | undefined;
  /** The action that gets it done, and the one that takes that back. */
  complete: Action;
  reopen: Action;
  /** The statuses before and after. */
  open: string;
  done: string;
};

/**
 * A type as one of things to be done, if it is one: it has a day and a person, one step without
 * further questions leads from where its records begin, and what is done can be taken up again.
 */
export function tasksOf(type: TypeDescriptor): Tasks | undefined {
  const field = (kind: Field["kind"]) => filledIn(type).find((candidate) => candidate.kind === kind);
  const open = type.statuses[0]?.name;
  const reopen = type.actions.find((action) => action.name === type.reinstating && action.fields.length === 0);
  const done = type.statuses.find((status) => !status.ended && status.name !== open && reopen?.from.includes(status.name))?.name;
  const complete = actionsOf(type, open ?? "").find(({ name, fields, reason }) => name !== type.ending && fields.length === 0 && reason === "optional");
  const [due, assignee] = [field("date"), field("person")];
  if (!due || !assignee || !open || !reopen || !done || !complete || complete === reopen) return undefined;
  return { due, assignee, about: field("reference"), complete, reopen, open, done };
}

/** The fields that people fill in: the others come about by themselves. */
export function filledIn(type: TypeDescriptor): Field[] {
  return type.fields.filter((field) => !field.read_only);
}

/** The field at a JSON Pointer, and the groups that it is in. */
export function fieldAt(fields: readonly Field[], pointer: string): Field[] {
  const found: Field[] = [];
  let within: readonly Field[] = fields;
  for (const part of pointerParts(pointer)) {
    const field = within.find((candidate) => candidate.name === part);
    if (!field) break;
    found.push(field);
    within = membersOf(field);
  }
  return found;
}

/** What the thing at a JSON Pointer is called: `Address · City`. */
export function labelAt(type: TypeDescriptor, pointer: string): string {
  if (pointer === "/status") return texts.list.status;
  if (pointer === "/owner") return texts.record.owner;
  const found = fieldAt(type.fields, pointer);
  if (found.length === 0) return pointerParts(pointer).join(" · ");
  return found.map((field) => field.label).join(" · ");
}

/** Things in the order of the type's fields, which readers know from the page; what is no field comes last. */
export function inFieldOrder<T>(type: TypeDescriptor, things: readonly T[], pointerOf: (thing: T) => string): T[] {
  const known = type.fields.flatMap((field) => pointersOf(field, ""));
  const place = (thing: T) => {
    const index = known.indexOf(pointerOf(thing));
    return index < 0 ? known.length : index;
  };
  return [...things].sort((a, b) => place(a) - place(b));
}

/** The pointers of a field and of those within it, the outer ones first. */
export function pointersOf(field: Field, within: string): string[] {
  const pointer = `${within}/${field.name}`;
  return [pointer, ...membersOf(field).flatMap((member) => pointersOf(member, pointer))];
}

/** What a field is called in the middle of a sentence. */
export function wordFor(type: TypeDescriptor, name: string): string {
  return texts.inSentence(labelAt(type, `/${name}`));
}

/** The fields within a group; none for other fields. */
export function membersOf(field: Field): readonly Field[] {
  return field.kind === "group" ? (field.fields ?? []) : [];
}

/** What a form for these fields begins with. Erased values begin empty. */
export function valuesOf(fields: readonly Field[], record: Fields): Fields {
  return Object.fromEntries(fields.map((field) => [field.name, valueOf(field, record[field.name])]));
}

/** What a form says, as the service takes it: without white space around words. */
export function cleaned(fields: readonly Field[], values: Fields): Fields {
  return Object.fromEntries(fields.map((field) => [field.name, cleanedValue(field, values[field.name])]));
}

/** How changes of a field by two people go together. */
export function togetherIn(type: TypeDescriptor): (name: string) => Together {
  return (name) => (type.fields.find((field) => field.name === name)?.kind === "tags" ? "unite" : "choose");
}

/** Whether a value was erased or is not for these eyes. */
export function isRedacted(value: unknown): boolean {
  return isFields(value) && "redacted" in value;
}

/** Whether a value is there, but not for these eyes. */
export function isWithheld(value: unknown): boolean {
  return isFields(value) && value["redacted"] === "no-permission";
}

function valueOf(field: Field, value: unknown): unknown {
  if (field.kind === "group") return valuesOf(membersOf(field), isFields(value) && !isRedacted(value) ? value : {});
  if (field.kind === "tags") return Array.isArray(value) ? value : [];
  return typeof value === "string" ? value : "";
}

function cleanedValue(field: Field, value: unknown): unknown {
  if (field.kind === "group") return cleaned(membersOf(field), isFields(value) ? value : {});
  return typeof value === "string" ? value.trim() : value;
}
