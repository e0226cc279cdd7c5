// Parked records by what went wrong with them.

import { expect, it } from "vitest";
import { grouped } from "./grouping";
import type { Parked } from "./shapes";

const item = (id: string, error: string, view = "records"): Parked =>
  ({ view, generation: 1, tenant: "t.demo", record: { type: "customer", id }, error } as Parked);

it("records are told under their error, the most frequent first", () => {
  const found = grouped([{ error: "a", records: 1 }, { error: "b", records: 12 }], [item("1", "a"), item("2", "b"), item("3", "b")]);
  expect(found.map(({ error, records, items }) => [error, records, items.length])).toEqual([["b", 12, 2], ["a", 1, 1]]);
});

it("an error that was counted though its records are still to come is told, and one that was not counted yet as well", () => {
  const found = grouped([{ error: "a", records: 3 }], [item("9", "new")]);
  expect(found.map(({ error, records, items }) => [error, records, items.length])).toEqual([["a", 3, 0], ["new", 1, 1]]);
});

it("a record that is parked in several views counts once", () => {
  expect(grouped([], [item("1", "a"), item("1", "a", "audit")])[0]?.records).toBe(1);
});
