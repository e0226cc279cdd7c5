// What is granted and revoked, so that somebody may do what was ticked.

import { expect, it } from "vitest";
import { difference } from "./rights";

it("only what differs is granted and revoked", () => {
  expect(difference(["editors", "auditors"], ["editors", "admins"])).toEqual({ grant: ["admins"], revoke: ["auditors"] });
  expect(difference(["editors"], ["editors"])).toEqual({ grant: [], revoke: [] });
});
