// The tree of one operation.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Branch, treeOf } from "./tree";

type Item = { commit_id: string; causation_id?: string };
const item = (commit_id: string, causation_id?: string): Item => ({ commit_id, ...(causation_id ? { causation_id } : {}) });
const told = (branches: Branch<Item>[]): string =>
  branches.map(({ item, caused }) => (caused.length > 0 ? `${item.commit_id}(${told(caused)})` : item.commit_id)).join(" ");
const all = (branches: Branch<Item>[]): string[] => branches.flatMap(({ item, caused }) => [item.commit_id, ...all(caused)]);

describe("the tree of an operation", () => {
  it("puts each change under the one that caused it", () => {
    expect(told(treeOf([item("a"), item("b", "a"), item("c", "a"), item("d", "b")]))).toBe("a(b(d) c)");
  });

  it("takes an event of a commit for a cause", () => {
    expect(told(treeOf([item("a"), item("b", "a.0"), item("c", "b.12")]))).toBe("a(b(c))");
  });

  it("has a root for what was caused from outside", () => {
    expect(told(treeOf([item("a", "elsewhere"), item("b", "a"), item("c", "elsewhere")]))).toBe("a(b) c");
  });

  it("does not mind that a cause comes later in the list", () => {
    expect(told(treeOf([item("b", "a"), item("a")]))).toBe("a(b)");
  });

  it("shows circles, which callers can make, once", () => {
    expect(told(treeOf([item("a", "a")]))).toBe("a");
    const circle = treeOf([item("a", "c"), item("b", "a"), item("c", "b")]);
    expect(all(circle).sort()).toEqual(["a", "b", "c"]);
  });

  it("holds every change exactly once, whoever caused whom", () => {
    const count = 12;
    const causes = fc.array(fc.option(fc.integer({ min: 0, max: count }), { nil: undefined }), { minLength: count, maxLength: count });
    fc.assert(fc.property(causes, (found) => {
      const items = found.map((cause, index) => item(String(index), cause === undefined ? undefined : String(cause)));
      expect(all(treeOf(items)).sort()).toEqual(items.map(({ commit_id }) => commit_id).sort());
    }));
  });
});
