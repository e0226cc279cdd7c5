// What things are called in the audit.

import { describe, expect, it } from "vitest";
import type { Field, TypeDescriptor } from "../api/generated";
import { actionChoices, actionLabel, fieldChoices, fieldLabel, typeLabel, verbs } from "./labels";

const field = (name: string, label: string, fields?: Field[]): Field => ({ name, label, kind: fields ? "group" : "line", listed: true, required: false, ...(fields ? { fields } : {}) });
const type = (name: string, label: string, fields: Field[], events: string[]): TypeDescriptor => ({
  name, plural: `${name}s`, label, plural_label: `${label}s`, title: "name", statuses: [], fields, actions: [], events, keeping: "editors",
});
const types = [
  type("customer", "Customer", [field("email", "E-mail"), field("address", "Address", [field("city", "City")])], ["registered", "contact_changed"]),
  type("todo", "To-do", [field("due_on", "Due")], ["added"]),
];

describe("names in the audit", () => {
  it("come from descriptors", () => {
    expect(typeLabel(types, "todo")).toBe("To-do");
    expect(actionLabel(types, "customer.contact_changed")).toBe("Customer: changed contact");
    expect(fieldLabel(types, undefined, "/due_on")).toBe("Due");
    expect(fieldLabel(types, "customer", "/address/city")).toBe("Address · City");
  });

  it("are there for exports and verifications, which no descriptor tells", () => {
    expect(actionLabel(types, "access.export_requested")).toBe("Exports and verifications: asked for an export");
  });

  it("are those of the API for what a newer build wrote", () => {
    expect(typeLabel(types, "invoice")).toBe("invoice");
    expect(actionLabel(types, "invoice.sent_off")).toBe("invoice: sent off");
    expect(fieldLabel(types, "invoice", "/total/net")).toBe("total · net");
    expect(fieldLabel([], undefined, "/total")).toBe("/total");
  });

  it("tell each kind of event once", () => {
    expect(verbs(["moved", "contact_changed", "moved"])).toBe("moved, changed contact");
  });
});

describe("choices", () => {
  it("are those of the chosen type, or of all", () => {
    const values = (found: { choices: { value: string }[] }[]) => found.flatMap(({ choices }) => choices.map(({ value }) => value));
    expect(values(actionChoices(types, "todo", ["export_requested"]))).toEqual(["todo.added"]);
    expect(values(actionChoices(types, "access", ["export_requested"]))).toEqual(["access.export_requested"]);
    expect(values(actionChoices(types, undefined, ["export_requested"]))).toHaveLength(4);
    expect(values(fieldChoices(types, "customer"))).toEqual(["/email", "/address", "/address/city", "/status", "/owner"]);
    expect(values(fieldChoices([], undefined))).toEqual([]);
  });
});
