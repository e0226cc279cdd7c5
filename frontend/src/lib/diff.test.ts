// The word diff: it must give back both texts, whatever they are.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { wordDiff } from "./diff";

describe("a word diff", () => {
  it("names the words that changed", () => {
    expect(wordDiff("call in the morning", "call in the afternoon")).toEqual([
      { kind: "kept", text: "call in the " },
      { kind: "removed", text: "morning" },
      { kind: "added", text: "afternoon" },
    ]);
  });

  it("contains both texts, whatever they are", () => {
    const text = fc.array(fc.constantFrom("a", "b", " ", "\n", "word "), { maxLength: 30 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(text, text, (before, after) => {
        const runs = wordDiff(before, after);
        const said = (without: string) => runs.filter((run) => run.kind !== without).map((run) => run.text).join("");
        expect(said("added")).toBe(before);
        expect(said("removed")).toBe(after);
      }),
    );
  });

  it("of texts that are too long to compare shows both whole", () => {
    const long = "word ".repeat(2_000);
    expect(wordDiff(long, `${long}more`)).toEqual([{ kind: "removed", text: long }, { kind: "added", text: `${long}more` }]);
  });
});
