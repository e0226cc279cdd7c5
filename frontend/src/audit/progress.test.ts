// How far searches and exports are.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EMPTY_MAX, completeness, isLinkGood, nextStep, percentOf, pollEvery } from "./progress";

const page = (items: number) => ({ items: Array.from({ length: items }) });
const empty = (pages: number) => Array.from({ length: pages }, () => page(0));

describe("an export", () => {
  it("is told in whole percent, and never as done before it is", () => {
    const running = (progress: number) => percentOf({ state: "running", progress });
    expect([0, 0.004, 0.5, 0.999, 1, 7, -1, Number.NaN].map(running)).toEqual([0, 0, 50, 99, 99, 99, 0, 0]);
    expect(percentOf({ state: "done", progress: 1 })).toBe(100);
    expect(percentOf({ state: "queued", progress: 0 })).toBe(0);
  });

  it("is looked at again only while one is being made", () => {
    expect(pollEvery([])).toBe(false);
    expect(pollEvery([{ state: "done" }, { state: "failed" }, { state: "expired" }])).toBe(false);
    expect(pollEvery([{ state: "done" }, { state: "queued" }])).toBeGreaterThan(0);
    expect(pollEvery([{ state: "running" }])).toBeGreaterThan(0);
  });

  it("is fetched anew when its links are about to expire", () => {
    const at = Date.parse("2026-11-24T12:00:00Z");
    expect(isLinkGood("2026-11-24T12:15:00Z", at)).toBe(true);
    expect(isLinkGood("2026-11-24T12:00:05Z", at)).toBe(false);
    expect(isLinkGood("2026-11-24T11:00:00Z", at)).toBe(false);
    expect(isLinkGood(undefined, at)).toBe(true);
  });
});

describe("a search", () => {
  it("reads on until enough is found", () => {
    expect(nextStep([page(3)], true, 50, 0)).toBe("read");
    expect(nextStep([page(3), page(0), page(47)], true, 50, 0)).toBe("offer");
  });

  it("is at its end when there is no more, whatever was found", () => {
    expect(nextStep([page(0)], false, 50, 0)).toBe("end");
    expect(nextStep([page(60)], false, 50, 0)).toBe("end");
  });

  it("asks before it goes on and on without finding anything", () => {
    expect(nextStep(empty(EMPTY_MAX - 1), true, 50, 0)).toBe("read");
    expect(nextStep(empty(EMPTY_MAX), true, 50, 0)).toBe("ask");
    expect(nextStep(empty(EMPTY_MAX), true, 50, 1)).toBe("read");
    expect(nextStep([page(1), ...empty(EMPTY_MAX)], true, 50, 0)).toBe("ask");
    expect(nextStep([...empty(EMPTY_MAX), page(1)], true, 50, 0)).toBe("read");
  });

  it("comes to a rest, however its pages are filled", () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 200 });
    fc.assert(fc.property(sizes, fc.integer({ min: 1, max: 100 }), (all, wanted) => {
      let read = 1;
      while (nextStep(all.slice(0, read).map(page), read < all.length, wanted, 0) === "read") read += 1;
      expect(read).toBeLessThanOrEqual(Math.max(1, all.length));
    }));
  });
});

describe("an answer", () => {
  const checked = "2026-11-24T12:00:00.000Z";
  const soon = Date.parse("2026-11-24T12:04:00.000Z");

  it("is complete when what was asked for ends before the log was checked", () => {
    expect(completeness(checked, "2026-11-18T00:00:00.000Z", soon)).toBe("all");
    expect(completeness(checked, checked, soon)).toBe("all");
    expect(completeness(checked, "2026-11-24T12:00:00.001Z", soon)).toBe("up-to");
    expect(completeness(checked, undefined, soon)).toBe("up-to");
    expect(completeness(undefined, "2026-11-18T00:00:00.000Z", soon)).toBe("nothing");
  });

  it("is late when the last check is long ago, unless it is complete anyway", () => {
    const later = Date.parse("2026-11-24T12:30:00.000Z");
    expect(completeness(checked, undefined, later)).toBe("late");
    expect(completeness(checked, "2026-11-18T00:00:00.000Z", later)).toBe("all");
  });
});
