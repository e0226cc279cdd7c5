// Which changes a timeline shows, as the URL says it.

import { describe, expect, it } from "vitest";
import type { TypeDescriptor } from "../api/generated";
import { asked, changeable, chosen, named, timelineFilterOf, withTimelineFilter } from "./timeline-filters";

const params = (text: string) => new URLSearchParams(text);

describe("a timeline's filter", () => {
  it("is what the URL says of it, and nothing else that stands there", () => {
    const filter = timelineFilterOf(params("field=/email&since=2026-11-17T00:00:00Z&version=3&actor="));
    expect(filter).toEqual({ field: "/email", since: "2026-11-17T00:00:00Z" });
    expect(chosen(filter)).toBe(2);
  });

  it("goes into the URL and comes back as it was, and leaves the rest alone", () => {
    const filter = { field: "/address/city", actor: "p1", event: "moved", since: "2026-11-17T00:00:00Z", until: "2026-11-18T00:00:00Z" };
    const written = withTimelineFilter(params("version=3&field=/email"), filter);
    expect(timelineFilterOf(written)).toEqual(filter);
    expect(written.get("version")).toBe("3");
    expect(withTimelineFilter(written, { event: "  " }).toString()).toBe("version=3");
  });

  it("names a kind of change as it is named, however it was typed", () => {
    expect([named(" Contact changed "), named("moved"), named("")]).toEqual(["contact_changed", "moved", ""]);
  });

  it("asks the service for the reader by their id", () => {
    expect(asked({ actor: "me", field: "/email" }, "p1")).toEqual({ actor: "p1", field: "/email" });
    expect(asked({ actor: "p2" }, "p1")).toEqual({ actor: "p2" });
  });
});

describe("what can have changed", () => {
  it("is every field, groups and what is in them, status and owner", () => {
    const city = { name: "city", label: "City", kind: "line" };
    const fields = [{ name: "email", label: "E-mail", kind: "email" }, { name: "address", label: "Address", kind: "group", fields: [city] }];
    const offered = changeable({ fields, statuses: [] } as unknown as TypeDescriptor);
    expect(offered.map(({ pointer }) => pointer)).toEqual(["/email", "/address", "/address/city", "/status", "/owner"]);
    expect(offered[2]?.label).toBe("Address · City");
  });
});
