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

  it("finds the one word that was changed in a text of any length", () => {
    const long = "word ".repeat(20_000);
    expect(wordDiff(`${long}old ${long}`, `${long}new ${long}`)).toEqual([
      { kind: "kept", text: long },
      { kind: "removed", text: "old " },
      { kind: "added", text: "new " },
      { kind: "kept", text: long },
    ]);
  });

  it("of texts that differ in too much to compare shows both whole", () => {
    const [before, after] = ["a b ".repeat(1_000), "c d ".repeat(1_000)];
    expect(wordDiff(before, after)).toEqual([{ kind: "removed", text: before }, { kind: "added", text: after }]);
  });
});
