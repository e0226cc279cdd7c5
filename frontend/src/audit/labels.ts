// What types, events and fields are called in the audit, whether descriptors know them or not. Pure.

import type { TypeDescriptor } from "../api/generated";
import { verb } from "../lib/format";
import { fieldAt, labelAt, membersOf } from "../records/descriptor";
import { ACCESS } from "./presets";
import { words } from "./words";

/** Something that can be chosen, and how it is called. */
export type Choice = { value: string; label: string };
/** What can be chosen of one type. */
export type Choices = { label: string; choices: Choice[] };

/** What a type is called; one of a newer build by its name. */
export function typeLabel(types: readonly TypeDescriptor[], name: string): string {
  if (name === ACCESS) return words.filter.access;
  return types.find((type) => type.name === name)?.label ?? name;
}

/** What somebody did, by the events of the commit: `changed contact, moved`. */
export function verbs(events: readonly string[]): string {
  return [...new Set(events)].map((event) => words.access[event] ?? verb(event)).join(", ");
}

/** `customer.contact_changed` as `Customer: changed contact`. */
export function actionLabel(types: readonly TypeDescriptor[], action: string): string {
  const [type = "", event = ""] = action.split(".");
  return `${typeLabel(types, type)}: ${verbs([event])}`;
}

/** What the field at a JSON Pointer is called: in this type, or in the first one that has it. */
export function fieldLabel(types: readonly TypeDescriptor[], name: string | undefined, pointer: string): string {
  const own = types.find((type) => type.name === name);
  const having = types.find((type) => fieldAt(type.fields, pointer).length > 0);
  const type = own ?? having ?? types[0];
  return type ? labelAt(type, pointer) : pointer;
}

/** The events that can be asked for, by type: those of one type where one is chosen. */
export function actionChoices(types: readonly TypeDescriptor[], chosen: string | undefined, accessEvents: readonly string[]): Choices[] {
  const all = [...types.map(({ name, events }) => ({ name, events })), { name: ACCESS, events: accessEvents }];
  return all
    .filter(({ name, events }) => (chosen === undefined || name === chosen) && events.length > 0)
    .map(({ name, events }) => ({
      label: typeLabel(types, name),
      choices: events.map((event) => ({ value: `${name}.${event}`, label: verbs([event]) })),
    }));
}

/** The fields that can be asked for, by type. Status and owner are those of all types. */
export function fieldChoices(types: readonly TypeDescriptor[], chosen: string | undefined): Choices[] {
  const [first] = types;
  const common = first ? ["/status", "/owner"].map((pointer) => ({ value: pointer, label: labelAt(first, pointer) })) : [];
  const own = types.filter(({ name }) => chosen === undefined || name === chosen).map((type) => ({
    label: type.label,
    choices: type.fields.flatMap((field) => [
      { value: `/${field.name}`, label: field.label },
      ...membersOf(field).map((member) => ({ value: `/${field.name}/${member.name}`, label: `${field.label} · ${member.label}` })),
    ]),
  }));
  return [...own, { label: words.filter.allTypes, choices: common }].filter(({ choices }) => choices.length > 0);
}
