// What clocks on the wall show, and when, in zones with all their habits.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dayOf, daysLater, instantAt, startOfDay, wallTime } from "./zone";

const iso = (instant: number | undefined) => instant !== undefined && new Date(instant).toISOString();
const ZONES = ["UTC", "Europe/Vienna", "America/New_York", "Asia/Kolkata", "Pacific/Apia", "Pacific/Chatham", "America/St_Johns", "Africa/Cairo", "Australia/Lord_Howe"];

describe("a clock on the wall", () => {
  it("shows the time of its zone", () => {
    const noon = Date.parse("2026-11-17T12:00:00Z");
    expect(wallTime(noon, "UTC")).toBe("2026-11-17T12:00:00");
    expect(wallTime(noon, "Europe/Vienna")).toBe("2026-11-17T13:00:00");
    expect(wallTime(noon, "Pacific/Auckland")).toBe("2026-11-18T01:00:00");
    expect(dayOf(noon, "Pacific/Auckland")).toBe("2026-11-18");
  });

  it("shows midnight as the beginning of a day", () => {
    expect(wallTime(Date.parse("2026-11-16T23:00:00Z"), "Europe/Vienna")).toBe("2026-11-17T00:00:00");
  });

  it("shows a time that comes twice at its first instant", () => {
    expect(iso(instantAt("2026-10-25T02:30", "Europe/Vienna"))).toBe("2026-10-25T00:30:00.000Z");
    expect(iso(instantAt("2026-11-01T01:30", "America/New_York"))).toBe("2026-11-01T05:30:00.000Z");
  });

  it("never shows a time that is skipped; as much later is meant", () => {
    expect(iso(instantAt("2026-03-29T02:30", "Europe/Vienna"))).toBe("2026-03-29T01:30:00.000Z");
    expect(wallTime(instantAt("2026-03-29T02:30", "Europe/Vienna") ?? 0, "Europe/Vienna")).toBe("2026-03-29T03:30:00");
  });

  it("takes seconds, and refuses what is no time", () => {
    expect(iso(instantAt("2026-11-17T09:30:15", "UTC"))).toBe("2026-11-17T09:30:15.000Z");
    for (const wrong of ["", "2026-11-17", "2026-13-01T00:00", "yesterday"]) expect(instantAt(wrong, "UTC"), wrong).toBeUndefined();
  });

  it("comes back to the instant that it was read at", () => {
    const seconds = fc.integer({ min: Date.parse("2000-01-01T00:00:00Z") / 1000, max: Date.parse("2040-01-01T00:00:00Z") / 1000 });
    fc.assert(fc.property(seconds, fc.constantFrom(...ZONES), (at, zone) => {
      const shown = wallTime(at * 1000, zone);
      const back = instantAt(shown, zone) ?? Number.NaN;
      // The same, or the first of two instants that show the same.
      expect(wallTime(back, zone)).toBe(shown);
      expect(back).toBeLessThanOrEqual(at * 1000);
    }));
  });
});

describe("a day", () => {
  it("begins at its midnight, or at its first moment where that is skipped", () => {
    expect(iso(startOfDay("2026-11-17", "Europe/Vienna"))).toBe("2026-11-16T23:00:00.000Z");
    expect(iso(startOfDay("2026-07-17", "Europe/Vienna"))).toBe("2026-07-16T22:00:00.000Z");
    // Egypt's clocks go from 23:59 to 1:00.
    const cairo = startOfDay("2026-04-24", "Africa/Cairo");
    expect(wallTime(cairo, "Africa/Cairo")).toBe("2026-04-24T01:00:00");
    expect(wallTime(cairo - 1000, "Africa/Cairo")).toBe("2026-04-23T23:59:59");
  });

  it("has 23, 24 or 25 hours", () => {
    const hours = (day: string) => (startOfDay(daysLater(day, 1), "Europe/Vienna") - startOfDay(day, "Europe/Vienna")) / 3_600_000;
    expect([hours("2026-03-29"), hours("2026-11-17"), hours("2026-10-25")]).toEqual([23, 24, 25]);
  });

  it("is followed by the next, over months and leap days", () => {
    expect(daysLater("2026-12-31", 1)).toBe("2027-01-01");
    expect(daysLater("2028-03-01", -1)).toBe("2028-02-29");
  });
});
