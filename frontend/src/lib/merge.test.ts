// The rules of the three-way merge, by example and for whatever people do.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Fields, names, same } from "./json";
import { merge, mergePatch } from "./merge";

const value = fc.oneof(
  fc.constant(""),
  fc.string({ minLength: 1, maxLength: 3 }),
  fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 3 }).map((items) => [...new Set(items)]),
  fc.record({ city: fc.constantFrom("", "Wien", "Graz"), line1: fc.constantFrom("", "Ring 1") }),
);
const fields = fc.dictionary(fc.constantFrom("name", "phone", "tags", "address", "notes"), value);

/** What RFC 7386 says a merge patch does. */
function patched(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const into = typeof target === "object" && target !== null && !Array.isArray(target) ? { ...(target as Fields) } : {};
  const out: { [name: string]: unknown } = into;
  for (const [name, part] of Object.entries(patch)) {
    if (part === null) delete out[name];
    else out[name] = patched(out[name], part);
  }
  return out;
}

describe("a merge", () => {
  it("keeps what each changed alone, and says so", () => {
    const merged = merge({ name: "Lily", phone: "1" }, { name: "Lily Ari", phone: "1" }, { name: "Lily", phone: "2" });
    expect(merged).toEqual({ values: { name: "Lily Ari", phone: "2" }, conflicts: [], theirs: ["phone"], mine: ["name"] });
  });

  it("asks where both changed the same field to different values", () => {
    expect(merge({ phone: "1" }, { phone: "2" }, { phone: "3" }).conflicts).toEqual(["phone"]);
  });

  it("asks nothing where both changed it to the same", () => {
    expect(merge({ phone: "1" }, { phone: "2" }, { phone: "2" }).conflicts).toEqual([]);
  });

  it("takes a group as a whole: a street of mine and a city of theirs are no address", () => {
    const base = { address: { line1: "Ring 1", city: "Wien" } };
    const merged = merge(base, { address: { line1: "Gasse 2", city: "Wien" } }, { address: { line1: "Ring 1", city: "Graz" } });
    expect(merged.conflicts).toEqual(["address"]);
  });

  it("unites sets: what each added stays, what either removed goes", () => {
    const merged = merge({ tags: ["a", "b"] }, { tags: ["b", "mine"] }, { tags: ["a", "b", "theirs"] }, () => "unite");
    expect(merged.values).toEqual({ tags: ["b", "theirs", "mine"] });
    expect(merged.conflicts).toEqual([]);
  });

  it("loses no change of anybody, whatever they did", () => {
    fc.assert(
      fc.property(fields, fields, fields, (original, mine, theirs) => {
        const { values, conflicts } = merge(original, mine, theirs);
        for (const name of names(original, mine, theirs)) {
          const [base, left, right, out] = [original[name], mine[name], theirs[name], values[name]];
          const both = !same(base, left) && !same(base, right) && !same(left, right);
          expect(conflicts.includes(name)).toBe(both);
          if (!same(base, left)) expect(same(out, left)).toBe(true);
          else expect(same(out, right)).toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it("changes nothing when only one of them changed something", () => {
    fc.assert(
      fc.property(fields, fields, (original, changed) => {
        const all = names(original, changed);
        for (const merged of [merge(original, changed, original), merge(original, original, changed)]) {
          expect(merged.conflicts).toEqual([]);
          expect(all.every((name) => same(merged.values[name], changed[name]))).toBe(true);
        }
      }),
    );
  });

  it("does not depend on who was first, where nobody has to choose", () => {
    fc.assert(
      fc.property(fields, fields, fields, (original, mine, theirs) => {
        const [one, other] = [merge(original, mine, theirs), merge(original, theirs, mine)];
        expect([...one.conflicts].sort()).toEqual([...other.conflicts].sort());
        const agreed = names(original, mine, theirs).filter((name) => !one.conflicts.includes(name));
        expect(agreed.every((name) => same(one.values[name], other.values[name]))).toBe(true);
      }),
    );
  });

  it("of sets keeps every addition and no removal, whatever they did", () => {
    const set = fc.array(fc.constantFrom(..."abcdefgh"), { maxLength: 8 }).map((items) => [...new Set(items)]);
    fc.assert(
      fc.property(set, set, set, (original, mine, theirs) => {
        const { values, conflicts } = merge({ tags: original }, { tags: mine }, { tags: theirs }, () => "unite");
        const out = (values["tags"] ?? []) as string[];
        const expected = [..."abcdefgh"].filter((item) =>
          original.includes(item) ? mine.includes(item) && theirs.includes(item) : mine.includes(item) || theirs.includes(item),
        );
        expect(conflicts).toEqual([]);
        expect([...out].sort()).toEqual(expected);
      }),
    );
  });
});

describe("a merge patch", () => {
  it("names only what changes, and removes what is empty", () => {
    const before = { name: "Lily", phone: "1", address: { city: "Wien", line1: "Ring 1" }, tags: ["a"] };
    const after = { name: "Lily", phone: "", address: { city: "Graz", line1: "" }, tags: ["a", "b"] };
    expect(mergePatch(before, after)).toEqual({ phone: null, address: { city: "Graz", line1: null }, tags: ["a", "b"] });
  });

  it("leads from before to after, whatever they are", () => {
    fc.assert(
      fc.property(fields, fields, (before, after) => {
        const result = patched(before, mergePatch(before, after)) as Fields;
        expect(names(before, after).every((name) => same(result[name], after[name]))).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it("of equal values is empty", () => {
    fc.assert(
      fc.property(fields, (before) => {
        expect(mergePatch(before, before)).toEqual({});
      }),
    );
  });
});
