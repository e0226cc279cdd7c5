// Two states side by side: what differs, and who set what.

import { describe, expect, it } from "vitest";
import type { Blamed, TypeDescriptor } from "../api/generated";
import { differing, everything, versionsOf } from "./compare";

const field = (name: string) => ({ name, label: name, kind: "line" });
const address = { ...field("address"), kind: "group", fields: [field("line1"), field("city")] };
const type = { fields: [field("name"), field("email"), address], statuses: [] } as unknown as TypeDescriptor;
const set = (path: string, value: unknown, version: number) => ({ path, value, version, recorded_at: "", actor: { id: "p1", kind: "app_user" }, commit_id: "" }) as Blamed;

describe("a comparison", () => {
  it("shows what differs in the order in which the page shows fields", () => {
    const rows = differing(type, [
      { path: "/status", op: "replace", from: "active", to: "archived" },
      { path: "/email", op: "add", to: "a@b.c" },
      { path: "/name", op: "replace", from: "Lily", to: "Lila" },
    ]);
    expect(rows.map((row) => row.pointer)).toEqual(["/name", "/email", "/status"]);
    expect(rows[1]).toEqual({ pointer: "/email", differs: true, from: { value: undefined }, to: { value: "a@b.c" } });
  });

  it("shows a group that came as a whole member by member, and one that was erased as a whole", () => {
    const came = differing(type, [{ path: "/address", op: "add", to: { city: "Wien", line1: "Ring 1" } }]);
    expect(came.map((row) => [row.pointer, row.from.value, row.to.value])).toEqual([
      ["/address/line1", undefined, "Ring 1"],
      ["/address/city", undefined, "Wien"],
    ]);
    const erased = differing(type, [{ path: "/address", op: "replace", from: { city: "Wien" }, to: { redacted: "erased" } }]);
    expect(erased.map((row) => row.pointer)).toEqual(["/address"]);
  });

  it("of everything shows what stands in either, what differs, and who set it", () => {
    const [before, after] = [[set("/name", "Lily", 1), set("/address/city", "Wien", 2)], [set("/name", "Lily", 1), set("/email", "a@b.c", 5)]];
    const rows = everything(type, before, after);
    expect(rows.map((row) => [row.pointer, row.differs, row.from.set?.version, row.to.set?.version])).toEqual([
      ["/name", false, 1, 1],
      ["/email", true, undefined, 5],
      ["/address/city", true, 2, undefined],
    ]);
  });
});

describe("the versions to compare", () => {
  it("are those of the URL, and otherwise the newest and the one before", () => {
    expect(versionsOf(new URLSearchParams("from=2&to=7"), 9)).toEqual({ from: 2, to: 7 });
    expect(versionsOf(new URLSearchParams("from=2"), 9)).toEqual({ from: 2, to: 9 });
    expect(versionsOf(new URLSearchParams(""), 9)).toEqual({ from: 8, to: 9 });
    expect(versionsOf(new URLSearchParams("from=0&to=1"), 9)).toEqual({ from: 0, to: 1 });
  });

  it("are never what cannot be one", () => {
    expect(versionsOf(new URLSearchParams("from=-1&to=x"), 9)).toEqual({ from: 8, to: 9 });
  });
});
