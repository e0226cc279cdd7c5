// What the URL says of a list, and which choices are offered above it.

import { describe, expect, it } from "vitest";
import type { TypeDescriptor } from "../api/generated";
import { changedParams, chipsOf, filterOf, pagesOf } from "./filters";

const status = (name: string, ended: boolean) => ({ name, label: name.toUpperCase(), ended });
const type = (...statuses: ReturnType<typeof status>[]) => ({ name: "thing", plural: "things", statuses }) as unknown as TypeDescriptor;
const todo = type(status("open", false), status("done", false), status("dropped", true));
const customer = type(status("active", false), status("archived", true));

describe("a filter", () => {
  it("is what the URL says, as far as that can be meant", () => {
    const params = new URLSearchParams("status=dropped&owner=me&sort=changed_at");
    expect(filterOf(todo, params, "p1")).toEqual({ status: "dropped", owner: "p1", sort: "changed_at" });
    expect(filterOf(todo, new URLSearchParams("status=weird&sort=weird"), "p1")).toEqual({ sort: "-changed_at" });
  });

  it("begins at the first page when it changes", () => {
    const params = new URLSearchParams("status=open&pages=4");
    expect(changedParams(params, { status: "" }).toString()).toBe("");
    expect(changedParams(params, { pages: "5" }).toString()).toBe("status=open&pages=5");
  });

  it("asks for a number of pages that can be read", () => {
    expect([pagesOf(new URLSearchParams("pages=3")), pagesOf(new URLSearchParams("pages=-1"))]).toEqual([3, 1]);
    expect(pagesOf(new URLSearchParams("pages=1000000"))).toBeLessThanOrEqual(20);
  });
});

describe("the chips of a type", () => {
  it("begin with all that has not ended, where that is several", () => {
    expect(chipsOf(todo, "Current").map((chip) => chip.status)).toEqual(["", "open", "done", "dropped"]);
    expect(chipsOf(todo, "Current")[0]?.counted).toEqual(["open", "done"]);
  });

  it("are one for each status otherwise", () => {
    expect(chipsOf(customer, "Current").map((chip) => chip.status)).toEqual(["", "archived"]);
  });

  it("are none where there is nothing to choose", () => {
    expect(chipsOf(type(status("active", false)), "Current")).toEqual([]);
  });
});
