// Which changes are to be sent again.

import { expect, it } from "vitest";
import { paramsOf, replayOf } from "./replay";

it("what is asked for is in the address, and comes back from there", () => {
  const order = { type: "customer", since: "2026-11-01T00:00:00.000Z", rate: 50 };
  const params = new URLSearchParams(paramsOf(order, "01KB"));
  expect(params.get("counted")).toBe("01KB");
  expect(replayOf(params)).toEqual(order);
});

it("nothing is asked for by an empty address, and a rate that is none is left out", () => {
  expect(replayOf(new URLSearchParams())).toEqual({});
  expect(replayOf(new URLSearchParams("rate=fast&type="))).toEqual({});
  expect(paramsOf({})).toEqual({});
});
