// @vitest-environment happy-dom
// Drafts: found again as they were, forgotten when they should be, harmless when they cannot be read.

import { beforeEach, expect, it } from "vitest";
import { draftName, forgetDrafts, keepDraft, readDraft } from "./drafts";

const name = draftName("p1", "customers", "lily");

beforeEach(() => sessionStorage.clear());

it("a draft is found again as it was", () => {
  const draft = { values: { name: "Lily", tags: ["a"] }, reason: "why", base: { version: 3, values: { name: "L" } }, creation: { key: "k", unknown: [{ name: "L" }] } };
  keepDraft(name, draft);
  expect(readDraft(name)).toEqual(draft);
  keepDraft(name, undefined);
  expect(readDraft(name)).toBeUndefined();
});

it("each person, record and new record has its own", () => {
  const all = [name, draftName("p2", "customers", "lily"), draftName("p1", "todos", "lily"), draftName("p1", "customers", undefined)];
  expect(new Set(all).size).toBe(4);
});

it("what cannot be read is none", () => {
  sessionStorage.setItem(name, "{");
  expect(readDraft(name)).toBeUndefined();
  sessionStorage.setItem(name, '{"values":7}');
  expect(readDraft(name)).toBeUndefined();
});

it("who signs out leaves none behind, and nothing else is touched", () => {
  keepDraft(name, { values: {}, reason: "" });
  sessionStorage.setItem("other", "kept");
  forgetDrafts();
  expect(Object.keys(sessionStorage)).toEqual(["other"]);
});
