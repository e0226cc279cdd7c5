// Times and days as they are shown.

import { describe, expect, it } from "vitest";
import { calendarDay, characters, fieldTime, instantOf, relativeTime, sentence, utcTime, verb } from "./format";

describe("a time", () => {
  const at = "2026-11-24T05:04:46.327Z";
  const later = (seconds: number) => Date.parse(at) + seconds * 1000;

  it("is told from now", () => {
    expect(relativeTime(at, later(10))).toBe("just now");
    expect(relativeTime(at, later(90))).toBe("1 minute ago");
    expect(relativeTime(at, later(2 * 86_400))).toBe("2 days ago");
  });

  it("is never in the future, though clocks differ", () => {
    expect(relativeTime(at, later(-30))).toBe("just now");
  });

  it("can be read in UTC", () => {
    expect(utcTime(at)).toBe("2026-11-24 05:04:46 UTC");
  });

  it("that is none is shown as it is", () => {
    expect(utcTime("soon")).toBe("soon");
    expect(calendarDay("2026-13-40")).toBe("2026-13-40");
  });
});

describe("a date-time field", () => {
  it("shows an instant in the reader's zone, and means the same instant", () => {
    const local = fieldTime("2026-11-24T05:04:46.327Z");
    expect(local).toMatch(/^2026-11-2[345]T\d\d:\d\d:46$/);
    expect(instantOf(local)).toBe("2026-11-24T05:04:46.000Z");
    // A summer's day has another offset in many places.
    expect(instantOf(fieldTime("2026-07-01T12:00:00.000Z"))).toBe("2026-07-01T12:00:00.000Z");
  });

  it("that is empty or half filled in means no instant", () => {
    expect([instantOf(""), instantOf("2026-11-24T"), fieldTime("")]).toEqual([undefined, undefined, ""]);
  });
});

describe("a text", () => {
  it("has as many characters as people see code points", () => {
    expect(characters("Grüße 👋")).toBe(7);
  });

  it("of the service becomes a sentence", () => {
    expect(sentence("must be a text")).toBe("Must be a text.");
    expect(sentence("Try again!")).toBe("Try again!");
  });
});

describe("an event", () => {
  it("is told as what somebody did", () => {
    const told = ["contact_changed", "handed_over", "moved", "due_date_set_back"].map(verb);
    expect(told).toEqual(["changed contact", "handed over", "moved", "due date set back"]);
  });
});
