// How long, how far and how often.

import { describe, expect, it } from "vitest";
import { ProblemError } from "../api/problem";
import { duration, findingsOf, generationsOf, outcomeOf, percentOf, pollEvery, recordsIn, toneOf, wholeNumber } from "./measure";
import type { Rebuild, View } from "./shapes";

const totals = { commits: 5000, records: 1000, written: 1000, repaired: 0, parked: 0, lag: 0, drift: 0, read_units: 250 };
const rebuild = (change: Partial<Rebuild> = {}): Rebuild => ({
  id: "01KB", view: "records", kind: "full", generation: 2, state: "verified", paused: false, parallel: 4, promote: false,
  requested_by: { kind: "app_user", id: "p1" }, requested_at: "2026-11-24T12:00:00.000Z", phase: "ended", totals, ...change,
} as Rebuild);

describe("a length of time", () => {
  it("is said as short as it can be", () => {
    expect([0, 40, 200, 3_400, 42_000, 180_000, 3 * 3_600_000, 4 * 86_400_000].map(duration))
      .toEqual(["0 s", "40 ms", "0.2 s", "3.4 s", "42 s", "3 min", "3 h", "4 d"]);
  });

  it("is never negative, whatever the clocks say", () => {
    expect(duration(-5_000)).toBe("0 s");
  });
});

describe("what is read again and again", () => {
  it("is read sooner while something moves, and slower while that fails", () => {
    expect(pollEvery(true, undefined, 0)).toBeLessThan(pollEvery(false, undefined, 0));
    expect(pollEvery(true, new Error("no"), 0)).toBe(pollEvery(false, undefined, 0));
  });

  it("is not read before the service wants that", () => {
    const asked = new ProblemError(429, {}, "30");
    expect(pollEvery(true, asked, Date.now())).toBeGreaterThan(29_000);
  });
});

describe("a rebuild", () => {
  it("is told in whole percent, and never as done before it is", () => {
    const building = (progress?: number) => percentOf({ state: "building", ...(progress === undefined ? {} : { progress }) });
    expect([undefined, 0, 0.5, 0.999, 1, Number.NaN].map(building)).toEqual([undefined, 0, 50, 99, 99, undefined]);
    expect(percentOf({ state: "verified" })).toBe(100);
    expect(percentOf({ state: "cancelled", progress: 0.3 })).toBe(30);
  });

  it("says how it ended, with counts, and nothing before", () => {
    expect(outcomeOf(rebuild())).toBe("Rebuild of records, generation 2: verified, 1,000 records and 5,000 commits.");
    expect(outcomeOf(rebuild({ state: "failed" }))).toContain("failed after 1,000 records");
    expect(outcomeOf(rebuild({ state: "cancelled" }))).toContain("cancelled after 1,000 records");
    expect(outcomeOf(rebuild({ state: "verifying" }))).toBeUndefined();
  });

  it("that is clean says so, and one with parked records or drift does not", () => {
    expect(findingsOf(rebuild())).toEqual(["Nothing differs, and nothing is parked."]);
    expect(toneOf(rebuild())).toBe("info");
    const parked = rebuild({ totals: { ...totals, parked: 1 } });
    expect(findingsOf(parked)).toEqual(["1 record is parked and not in it."]);
    expect(toneOf(parked)).toBe("warning");
    const drift = rebuild({ kind: "verify", totals: { ...totals, drift: 2, lag: 1 } });
    expect(findingsOf(drift)).toEqual(["2 rows with drift, 1 behind."]);
    expect(toneOf(drift)).toBe("warning");
    expect(toneOf(rebuild({ state: "failed" }))).toBe("alarm");
  });

  it("that was a repair or a pass says what it rewrote; what a rebuild read anew is no repair", () => {
    const repaired = { ...totals, repaired: 2, written: 3 };
    expect(findingsOf(rebuild({ kind: "repair", totals: repaired }))).toContain("2 rows were rewritten.");
    expect(findingsOf(rebuild({ kind: "pass", totals: repaired }))).toContain("3 rows were rewritten.");
    expect(findingsOf(rebuild({ totals: repaired }))).toEqual(["Nothing differs, and nothing is parked."]);
  });

  it("that only looked at a sample says so", () => {
    expect(findingsOf(rebuild({ kind: "verify", sample: 15 }))).toContain("Only a sample was looked at: 1.5 %.");
  });

  it("that was a dry run says what would change", () => {
    expect(findingsOf(rebuild({ kind: "dry_run" }))).toEqual(["No row of the live view would change."]);
    const changing = rebuild({ kind: "dry_run", totals: { ...totals, drift: 37 } });
    expect(findingsOf(changing)).toEqual(["37 rows of the live view would change."]);
    expect(toneOf(changing)).toBe("info");
  });
});

it("the generations of a view are told newest first, with what they are for", () => {
  const view = { active: { number: 2, state: "active" }, building: { number: 4, state: "building" }, previous: { number: 3, state: "previous" }, retiring: [1] } as unknown as View;
  expect(generationsOf(view).map(({ role, generation }) => [generation.number, role]))
    .toEqual([[4, "building"], [3, "previous"], [2, "active"], [1, "retiring"]]);
});

it("records are taken one a line, and the first that is none is named", () => {
  expect(recordsIn("customer/C-1\n\n  todo/call \n")).toEqual({ records: ["customer/C-1", "todo/call"], wrong: undefined });
  expect(recordsIn("customer/C-1\nLily")).toEqual({ records: ["customer/C-1"], wrong: "Lily" });
});

it("whole numbers are taken within their bounds", () => {
  expect(["", " ", "4", "64", "0", "65", "1.5", "four"].map((text) => wholeNumber(text, 1, 64)))
    .toEqual([undefined, undefined, 4, 64, "wrong", "wrong", "wrong", "wrong"]);
});
