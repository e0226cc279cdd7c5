// Days and kinds of changes that are often asked for.

import { describe, expect, it } from "vitest";
import type { TypeDescriptor } from "../api/generated";
import { daysBetween, endingEvent, isKind, kindsOf, spansOf } from "./presets";

const now = Date.parse("2026-11-24T08:15:00Z");
const named = (zone: string, at = now) =>
  Object.fromEntries(spansOf(at, zone).map((span) => [span.name === "weekday" ? span.from : span.name, [span.since, span.until]]));

const field = (name: string, kind: "email" | "line") => ({ name, label: name, kind, listed: true, required: false });
const type = (name: string, more: Partial<TypeDescriptor>): TypeDescriptor => ({
  name, plural: `${name}s`, label: name, plural_label: `${name}s`, title: "name", statuses: [], fields: [], actions: [], events: [], keeping: "editors", ...more,
});

describe("days that are offered", () => {
  it("are whole days where the reader is", () => {
    expect(named("Europe/Vienna")).toMatchObject({
      today: ["2026-11-23T23:00:00.000Z", "2026-11-24T23:00:00.000Z"],
      yesterday: ["2026-11-22T23:00:00.000Z", "2026-11-23T23:00:00.000Z"],
      "2026-11-17": ["2026-11-16T23:00:00.000Z", "2026-11-17T23:00:00.000Z"],
      "last-7": ["2026-11-17T23:00:00.000Z", "2026-11-24T23:00:00.000Z"],
      "last-30": ["2026-10-25T23:00:00.000Z", "2026-11-24T23:00:00.000Z"],
    });
  });

  it("are the reader's days, which may be others than those of UTC", () => {
    expect(named("Pacific/Auckland").today).toEqual(["2026-11-23T11:00:00.000Z", "2026-11-24T11:00:00.000Z"]);
    expect(named("Pacific/Honolulu").today).toEqual(["2026-11-23T10:00:00.000Z", "2026-11-24T10:00:00.000Z"]);
  });

  it("have the hours that their day had when clocks were changed", () => {
    const later = named("Europe/Vienna", Date.parse("2026-10-27T12:00:00Z"));
    expect(later["2026-10-25"]).toEqual(["2026-10-24T22:00:00.000Z", "2026-10-25T23:00:00.000Z"]);
    expect(later["last-7"]).toEqual(["2026-10-20T22:00:00.000Z", "2026-10-27T23:00:00.000Z"]);
  });

  it("name each of the last weekdays once", () => {
    const weekdays = spansOf(now, "UTC").filter((span) => span.name === "yesterday" || span.name === "weekday").map((span) => new Date(`${span.from}T00:00Z`).getUTCDay());
    expect([...weekdays].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it("are found again by their instants", () => {
    for (const zone of ["UTC", "Europe/Vienna", "Pacific/Auckland", "America/St_Johns"]) {
      for (const span of spansOf(now, zone)) expect(daysBetween(span.since, span.until, zone)).toEqual({ from: span.from, to: span.to });
    }
    expect(daysBetween("2026-11-17T00:00:00Z", "2026-11-18T00:00:00Z", "Europe/Vienna")).toBeUndefined();
    expect(daysBetween("2026-11-18T00:00:00Z", "2026-11-17T00:00:00Z", "UTC")).toBeUndefined();
  });
});

describe("kinds that are offered", () => {
  const customer = type("customer", { fields: [field("name", "line"), field("email", "email")], ending: "archive", events: ["registered", "archived"] });
  const todo = type("todo", { ending: "drop", events: ["added", "dropped"] });
  const person = type("person", { fields: [field("email", "email")], events: ["introduced", "removed"] });

  it("follow from what the types have", () => {
    expect(kindsOf([customer, todo, person]).map((kind) => kind.filter)).toEqual([
      { actor: "me" },
      { field: "/email" },
      { type: "customer", action: "customer.archived" },
      { type: "todo", action: "todo.dropped" },
      { type: "access" },
    ]);
    expect(kindsOf([]).map((kind) => kind.name)).toEqual(["mine", "access"]);
  });

  it("know the event of an ending, where there is one", () => {
    expect([customer, todo, person].map(endingEvent)).toEqual(["archived", "dropped", undefined]);
  });

  it("are chosen whatever the time that is asked for", () => {
    const [, email] = kindsOf([customer]);
    if (!email) throw new Error("no preset");
    expect(isKind({ field: "/email", since: "2026-11-17T00:00:00Z" }, email)).toBe(true);
    expect(isKind({ field: "/email", actor: "a" }, email)).toBe(false);
    expect(isKind({}, email)).toBe(false);
  });
});
