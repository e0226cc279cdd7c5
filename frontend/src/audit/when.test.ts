// How days and times are told on the auditor's pages.

import { describe, expect, it } from "vitest";
import { timeZone } from "../lib/format";
import { spansOf } from "./presets";
import { longDay, spanLabel, timeAsked } from "./when";

const now = Date.parse("2026-11-25T12:00:00Z");
const spans = spansOf(now, timeZone);

describe("a span of days", () => {
  it("is called by its weekday, with its date where several could be meant", () => {
    const labels = spans.map(spanLabel);
    expect(labels[0]).toBe("Today");
    expect(labels[1]).toBe("Yesterday, Tuesday");
    expect(labels[2]).toMatch(/^Last Monday, .*23/);
    expect(labels[7]).toMatch(/^Last Wednesday, .*18/);
    expect(labels.slice(8)).toEqual(["Last 7 days", "Last 30 days"]);
    expect(new Set(labels).size).toBe(labels.length);
  });
});

describe("the time that is asked for", () => {
  it("is told in whole days where it is whole days", () => {
    const [, yesterday, , , , , , , week] = spans;
    expect(timeAsked(yesterday?.since, yesterday?.until)).toBe(longDay("2026-11-24"));
    expect(longDay("2026-11-24")).toMatch(/^Tuesday, .*2026/);
    expect(timeAsked(week?.since, week?.until)).toMatch(/19.* – .*25/);
  });

  it("is told by the clock otherwise", () => {
    expect(timeAsked(undefined, undefined)).toBeUndefined();
    expect(timeAsked("2026-11-17T10:30:05.000Z", undefined)).toMatch(/^From .*2026/);
    expect(timeAsked(undefined, "2026-11-17T10:30:05.000Z")).toMatch(/^Before .*2026/);
    expect(timeAsked("2026-11-17T10:30:05.000Z", "2026-11-17T10:40:05.000Z")).toMatch(/^From .*, Before .*2026/);
  });
});
