// @vitest-environment happy-dom
// Named views: what belongs to them, and that they are kept for each workspace.

import { beforeEach, describe, expect, it } from "vitest";
import { keepViews, paramsOf, queryOf, readViews, withView } from "./views";

beforeEach(() => localStorage.clear());

describe("a view", () => {
  it("is what is shown, without pages and open forms", () => {
    const params = new URLSearchParams("status=archived&pages=3&new=&owner=me&view=Old&columns=email");
    expect(queryOf(params)).toBe("status=archived&owner=me&columns=email");
    expect(paramsOf({ name: "Gone & mine", query: "status=archived&owner=me" })).toBe("status=archived&owner=me&view=Gone+%26+mine");
  });

  it("takes the place of the one of the same name", () => {
    const views = withView(withView([], { name: "b", query: "x=1" }), { name: "a", query: "" });
    expect(withView(views, { name: "b", query: "x=2" })).toEqual([{ name: "a", query: "" }, { name: "b", query: "x=2" }]);
  });

  it("is kept for one list of one workspace, and what cannot be read is none", () => {
    const views = [{ name: "Mine", query: "owner=me" }];
    keepViews("t.acme", "customers", views);
    expect(readViews("t.acme", "customers")).toEqual(views);
    expect([...readViews("t.acme", "todos"), ...readViews("t.other", "customers")]).toEqual([]);
    localStorage.setItem("annals.views.t.acme.customers", "{");
    expect(readViews("t.acme", "customers")).toEqual([]);
    localStorage.setItem("annals.views.t.acme.customers", '[{"name":1},{"name":"x","query":""}]');
    expect(readViews("t.acme", "customers")).toEqual([{ name: "x", query: "" }]);
  });
});
