// What is kept of a person at sign-in, and when nothing is to be kept.

import { expect, it } from "vitest";
import type { Myself } from "../api/generated";
import { wanted } from "./keep-myself";

const me = (person?: object): Myself =>
  ({ id: "p1", tenant: "t.demo", own_workspace: false, rights: ["read"], ...(person ? { person } : {}) }) as Myself;
const claims = { sub: "p1", email: "lily@example.org", name: "Lily Ari" };

it("somebody new is kept with the name and address that the provider says", () => {
  expect(wanted(me(), claims, "de-AT", "Europe/Vienna")).toEqual({
    display_name: "Lily Ari",
    email: "lily@example.org",
    locale: "de-AT",
    time_zone: "Europe/Vienna",
  });
});

it("somebody without a name is called as their address begins", () => {
  expect(wanted(me(), { sub: "p1", email: "lily@example.org" }, "en", "UTC")?.display_name).toBe("lily");
});

it("who was invited says who they are, and keeps the name that they were invited by", () => {
  const invited = { display_name: "Lily", email: "lily@example.org", status: "invited" };
  const kept = { display_name: "Lily Ari", email: "lily@example.org", locale: "de-AT", time_zone: "Europe/Vienna" };
  expect(wanted(me(invited), claims, "de-AT", "Europe/Vienna")).toEqual(kept);
  const unnamed = { sub: "p1", email: "lily@example.org" };
  expect(wanted(me(invited), unnamed, "en", "UTC")?.display_name).toBe("Lily");
});

it("who is kept already is left as they are", () => {
  expect(wanted(me({ display_name: "L.", email: "lily@example.org" }), claims, "en", "UTC")).toBeUndefined();
  expect(wanted(me({ display_name: "L." }), { sub: "p1" }, "en", "UTC")).toBeUndefined();
});

it("a new address is kept with all the rest as it was", () => {
  const person = { display_name: "L.", email: "old@example.org", locale: "de", time_zone: "UTC" };
  expect(wanted(me(person), claims, "en", "Europe/Vienna")).toEqual({ ...person, email: "lily@example.org" });
});
