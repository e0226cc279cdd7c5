// The groups of things to be done, by the day on which they are due.

import { describe, expect, it } from "vitest";
import { grouped, groupOf, occurs } from "./groups";

const today = "2026-11-24";

describe("a thing to be done", () => {
  it("is overdue from the day after it was due on", () => {
    expect(["2026-11-23", today, "2026-11-25", "2027-01-01", undefined, "", null].map((due) => groupOf(due, today)))
      .toEqual(["overdue", "today", "later", "later", "undated", "undated", "undated"]);
  });

  it("stands by its day in its group, and by its last change where days are the same", () => {
    const item = (id: string, due: string | undefined, changed_at: string) => ({ id, due, changed_at });
    const items = [item("a", "2026-12-02", "2026-11-01"), item("b", "2026-12-01", "2026-11-01"), item("c", "2026-12-01", "2026-11-02"), item("d", undefined, "2026-11-03")];
    const groups = grouped(items, ({ due }) => due, today);
    expect(groups.get("later")?.map(({ id }) => id)).toEqual(["c", "b", "a"]);
    expect(groups.get("undated")?.map(({ id }) => id)).toEqual(["d"]);
    expect([...groups.keys()]).toEqual(["overdue", "today", "later", "undated"]);
  });
});

describe("finding", () => {
  it("passes over case and accents, and finds everything where nothing is asked", () => {
    expect(occurs("backerei", ["Offer for Bäckerei"])).toBe(true);
    expect(occurs("ETÉ", ["l’été"])).toBe(true);
    expect(occurs("x", ["abc", undefined])).toBe(false);
    expect(occurs("  ", [])).toBe(true);
  });
});
