// Where a view stands on the way of a rebuild.

import { expect, it } from "vitest";
import type { View } from "./shapes";
import { stepsOf } from "./steps";

const states = (view: object, last?: { kind: "full" | "dry_run"; state: "verified" | "failed" | "building" | "cancelled" }) =>
  Object.fromEntries(stepsOf({ outdated: false, ...view } as View, last).map(({ step, state }) => [step, state]));
const generation = (state: string) => ({ number: 2, state });

it("a view of which nothing is built begins with what would change", () => {
  expect(states({})).toEqual({ changes: "now", dry_run: "optional", build: "next", verify: "next", promote: "next", after: "next" });
});

it("a generation is built, verified and promoted, one after the other", () => {
  expect(states({ building: generation("building") })).toMatchObject({ changes: "done", dry_run: "optional", build: "now", verify: "next" });
  expect(states({ building: generation("caught_up") })).toMatchObject({ build: "done", verify: "now", promote: "next" });
  expect(states({ building: generation("verified") })).toMatchObject({ verify: "done", promote: "now", after: "next" });
  expect(states({ previous: generation("previous") })).toMatchObject({ promote: "done", after: "now" });
});

it("a dry run is a step of its own, and builds nothing that could be promoted", () => {
  expect(states({ building: generation("trial") })).toMatchObject({ changes: "done", dry_run: "now", build: "next" });
});

it("what failed is told as failed where it failed", () => {
  expect(states({ building: generation("failed") })).toMatchObject({ build: "done", verify: "failed", promote: "next" });
  expect(states({}, { kind: "full", state: "failed" })).toMatchObject({ build: "failed", verify: "next" });
});

it("a view that is outdated again begins anew, though a generation before is kept", () => {
  expect(states({ previous: generation("previous"), outdated: true })).toMatchObject({ changes: "now", build: "next" });
});
