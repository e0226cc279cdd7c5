// Restoring against a small service of the test: what is sent, others who are faster, and lost answers.

import { beforeEach, afterEach, describe, expect, it, vi } from "vitest";
import type { TypeDescriptor } from "../api/generated";
import type { Fields } from "../lib/json";
import { newIntent } from "./commands";
import type { Rec } from "./descriptor";
import { preview, reinstating, restorable, restore, touched } from "./restore";

const field = (name: string) => ({ name, label: name, kind: "line", required: false, listed: true });
const reinstate = { name: "reinstate", label: "Reinstate", from: ["archived"], reason: "required", fields: [] };
const type = {
  name: "customer",
  plural: "customers",
  label: "Customer",
  title: "name",
  statuses: [{ name: "active", label: "Active", ended: false }, { name: "archived", label: "Archived", ended: true }],
  fields: [field("name"), field("phone"), field("email"), { ...field("seen_on"), read_only: true }],
  actions: [{ ...reinstate, name: "archive", from: ["active"] }, reinstate],
  ending: "archive",
  reinstating: "reinstate",
  keeping: "editors",
} as unknown as TypeDescriptor;

function rec(version: number, fields: Fields, status = "active"): Rec {
  const at = `2026-11-24T00:00:${String(version).padStart(2, "0")}Z`;
  return { id: "lily", type: "customer", version, status, owner: "me", created_at: at, created_by: "me", changed_at: at, changed_by: "other", ...fields };
}

type Request = { url: string; match: string | null; key: string | null; body: Fields };
let requests: Request[];
/** The record of the service. */
let now: Rec;
/** For the next requests: the answer is lost. */
let losses: number;

beforeEach(() => {
  [requests, now, losses] = [[], rec(5, { name: "Lily", phone: "5", email: "b" }), 0];
  vi.stubGlobal("setTimeout", (after: () => void) => queueMicrotask(after));
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    if (init.method === "GET") return new Response(JSON.stringify(now));
    const headers = new Headers(init.headers);
    const [match, key] = [headers.get("if-match"), headers.get("idempotency-key")];
    const body = JSON.parse(String(init.body)) as Fields;
    requests.push({ url, match, key, body });
    if (url.includes("dry_run") && match === `"${now.version}"`) return new Response(JSON.stringify({ record: now, changes: [{ path: "/phone", op: "replace", from: "5", to: "1" }] }));
    if (losses > 0) {
      losses -= 1;
      throw new TypeError("no answer");
    }
    if (match !== `"${now.version}"`) return new Response(JSON.stringify({ type: "urn:annals:problem:version-mismatch", current_version: now.version }), { status: 412 });
    now = rec(now.version + 1, { ...now, version: now.version + 1, phone: "1" });
    return new Response(JSON.stringify(now));
  });
});
afterEach(() => vi.unstubAllGlobals());

const whole = { version: 1, fields: undefined };
const phone = { version: 1, fields: ["phone"] };

describe("what can be restored", () => {
  it("is what people fill in, and was different", () => {
    expect(restorable(type, now, rec(1, { name: "Lily", phone: "1", email: "", seen_on: "x" }))).toEqual(["phone", "email"]);
  });

  it("of a record that has ended begins with the action that brings it back, when it is restored whole", () => {
    const [ended, then] = [rec(5, { phone: "5" }, "archived"), rec(1, { phone: "1" })];
    expect(reinstating(type, ended, then, whole)?.name).toBe("reinstate");
    expect(reinstating(type, ended, then, phone)).toBeUndefined();
    expect(reinstating(type, now, then, whole)).toBeUndefined();
    // It had ended then, and nothing is different: there is nothing to bring back.
    expect(reinstating(type, ended, rec(4, { phone: "5" }, "archived"), whole)).toBeUndefined();
    expect(reinstating({ ...type, reinstating: undefined }, ended, then, whole)).toBeUndefined();
  });
});

describe("restoring", () => {
  it("says which version and fields, why, and on top of what", async () => {
    const outcome = await restore(type, now, phone, " Wrong number ", newIntent());
    expect(outcome).toMatchObject({ kind: "kept", record: { version: 6 }, alsoChanged: [] });
    expect(requests).toMatchObject([{ match: '"5"', body: { to_version: 1, fields: ["phone"], reason: "Wrong number" } }]);
  });

  it("of everything names no fields, and a preview stores nothing", async () => {
    const found = await preview(type, now, whole, "", new AbortController().signal);
    expect(found).toMatchObject({ changes: [{ path: "/phone" }] });
    expect(requests).toMatchObject([{ match: '"5"', key: null, body: { to_version: 1 } }]);
    expect(requests[0]?.body).toEqual({ to_version: 1 });
    expect(now.version).toBe(5);
  });

  it("goes on when a colleague changed something else, and says so", async () => {
    const seen = now;
    now = rec(6, { ...seen, version: 6, email: "c" });
    const outcome = await restore(type, seen, phone, "", newIntent());
    expect(outcome).toMatchObject({ kind: "kept", alsoChanged: ["email"], by: "other" });
    expect(requests.map((request) => request.match)).toEqual(['"5"', '"6"']);
    expect(new Set(requests.map((request) => request.key)).size).toBe(2);
  });

  it("asks when a colleague changed the same, or whether it has ended", async () => {
    const seen = now;
    now = rec(6, { ...seen, version: 6, phone: "6" });
    expect(await restore(type, seen, phone, "", newIntent())).toMatchObject({ kind: "conflict", theirs: { version: 6 }, merged: { conflicts: ["phone"] } });
    expect(now.version).toBe(6);
    expect(touched(type, seen, rec(6, { ...seen, email: "c" }), whole)).toEqual(["email"]);
    expect(touched(type, seen, { ...seen, status: "archived" }, phone)).toEqual(["status"]);
  });

  it("is not looked at on top of what is no longer so", async () => {
    const seen = now;
    now = rec(6, { ...seen, version: 6, phone: "6" });
    expect(await preview(type, seen, whole, "", new AbortController().signal)).toEqual({ theirs: now });
  });

  it("is sent again under the same key when an answer is lost", async () => {
    losses = 2;
    await restore(type, now, whole, "", newIntent());
    expect(requests.length).toBe(3);
    expect(new Set(requests.map((request) => request.key)).size).toBe(1);
  });
});
