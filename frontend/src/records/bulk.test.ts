// The same for many records, against a small service of the test: one flow, what became of each, and back.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Action, TypeDescriptor } from "../api/generated";
import type { Fields } from "../lib/json";
import { type Bulk, backFrom, isReversible, newBulk, offeredFor, possibleFor, run, runBack, takingOut } from "./bulk";
import type { Rec } from "./descriptor";

const field = (name: string, kind = "line", more: object = {}) => ({ name, label: name, kind, required: false, listed: true, ...more });
const action = (name: string, from: string[], more: object = {}): Action => ({ name, label: name, from, reason: "optional", fields: [], ...more });
const archive = action("archive", ["active"]);
const handOver = action("hand_over", ["active"], { fields: [field("to", "person", { required: true })] });
const type = {
  name: "customer", plural: "customers", label: "Customer", plural_label: "Customers", title: "name",
  statuses: [{ name: "active", label: "Active", ended: false }, { name: "archived", label: "Archived", ended: true }],
  fields: [field("name", "line", { required: true }), field("notes", "text", { listed: false }), field("tags", "tags"), field("due_on", "date")],
  actions: [archive, action("reinstate", ["archived"]), handOver],
  ending: "archive", keeping: "editors",
} as unknown as TypeDescriptor;

let records: Map<string, Rec>;
let requests: { path: string; flow: string | null; key: string | null; body: Fields }[];
let refuse: Map<string, Response[]>;

function record(id: string, more: Fields = {}): Rec {
  const instant = "2026-11-24T00:00:00Z";
  return { id, type: "customer", version: 1, status: "active", owner: "me", name: id, created_at: instant, created_by: "me", changed_at: instant, changed_by: "me", ...more };
}

const problem = (status: number, kind: string, more: Fields = {}, headers = {}) =>
  new Response(JSON.stringify({ type: `urn:annals:problem:${kind}`, title: kind, ...more }), { status, headers });

function serve(method: string, path: string, headers: Headers, body: Fields): Response {
  const [, , , , id = "", name] = path.split("?")[0]?.split("/") ?? [];
  const found = records.get(id);
  if (!found) return problem(404, "not-found");
  if (method === "GET") return new Response(JSON.stringify(found));
  requests.push({ path, flow: headers.get("x-correlation-id"), key: headers.get("idempotency-key"), body });
  const refused = refuse.get(id)?.shift();
  if (refused) return refused;
  if (headers.get("if-match") !== `"${found.version}"`) return problem(412, "version-mismatch", { current_version: found.version });
  const { reason: _reason, to, ...changes } = body;
  const status = name === "archive" ? "archived" : name === "reinstate" ? "active" : found.status;
  const next = { ...found, ...changes, status, ...(to ? { owner: String(to) } : {}), version: found.version + 1 };
  records.set(id, next);
  return new Response(JSON.stringify(next));
}

beforeEach(() => {
  [records, requests, refuse] = [new Map(), [], new Map()];
  vi.stubGlobal("setTimeout", (after: () => void) => queueMicrotask(after));
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) =>
    serve(init.method ?? "GET", url, new Headers(init.headers), typeof init.body === "string" ? JSON.parse(init.body) : {}));
});
afterEach(() => vi.unstubAllGlobals());

const some = (n: number) => Array.from({ length: n }, (_, index) => record(`r${index}`));
const put = (list: Rec[]) => list.forEach((each) => records.set(each.id, each));
const kinds = (bulk: Bulk) => bulk.items.map(({ result }) => result?.kind);
const archived = (list: Rec[]) => newBulk({ kind: "action", action: archive }, { values: {}, reason: "Spring" }, list);
const nothing = () => {};

describe("many records", () => {
  it("get a command each, all in one flow, each with a key of its own", async () => {
    const list = some(20);
    put(list);
    const bulk = archived(list);
    let steps = 0;
    await run(type, bulk, () => { steps += 1; });
    expect([...records.values()].every(({ status }) => status === "archived")).toBe(true);
    expect(new Set(requests.map(({ flow }) => flow))).toEqual(new Set([bulk.flow]));
    expect(new Set(requests.map(({ key }) => key)).size).toBe(20);
    expect([steps, requests[0]?.body]).toEqual([20, { reason: "Spring" }]);
  });

  it("are told apart: saved, changed meanwhile, refused; one does not stop the others", async () => {
    const list = some(5);
    put(list);
    records.set("r1", record("r1", { version: 2, owner: "somebody" }));
    records.set("r2", record("r2", { version: 2, name: "renamed", changed_by: "somebody" }));
    refuse.set("r3", [problem(422, "rule")]);
    const bulk = archived(list);
    await run(type, bulk, nothing);
    // That another field was changed is no reason not to do it.
    expect(kinds(bulk)).toEqual(["saved", "meanwhile", "saved", "refused", "saved"]);
    expect(records.get("r1")?.status).toBe("active");
  });

  it("wait where that is asked for, and go on with the same key", async () => {
    put(some(1));
    refuse.set("r0", [problem(429, "too-many-requests", {}, { "retry-after": "1" }), problem(429, "too-many-requests")]);
    const bulk = archived(some(1));
    await run(type, bulk, nothing);
    expect(kinds(bulk)).toEqual(["saved"]);
    expect(new Set(requests.map(({ key }) => key)).size).toBe(1);
  });

  it("stop where it would go wrong for all, and go on from there", async () => {
    const list = some(9);
    put(list);
    refuse.set("r2", [problem(403, "forbidden")]);
    const bulk = archived(list);
    await expect(run(type, bulk, nothing)).rejects.toMatchObject({ status: 403 });
    expect(kinds(bulk)).toContain(undefined);
    await run(type, bulk, nothing);
    expect(kinds(bulk)).toEqual(Array(9).fill("saved"));
    expect([...records.values()].every(({ version }) => version === 2)).toBe(true);
  });

  it("can be taken back, but for what somebody changed since", async () => {
    const list = some(4);
    put(list);
    const bulk = archived(list);
    await run(type, bulk, nothing);
    expect(isReversible(type, bulk)).toBe(true);
    records.set("r3", { ...record("r3"), status: "active", version: 3 });
    const back = backFrom(bulk);
    await runBack(type, bulk, back, "Undone", nothing);
    expect(back.map(({ result }) => result?.kind)).toEqual(["saved", "saved", "saved", "meanwhile"]);
    expect([...records.values()].map(({ version, status }) => `${version} ${status}`)).toEqual(["3 active", "3 active", "3 active", "3 active"]);
    expect(new Set(requests.slice(-3).map(({ flow }) => flow))).toEqual(new Set([`undo-${bulk.flow}`]));
  });

  it("go back to whom each of them was of", async () => {
    const list = [record("a", { owner: "ann" }), record("b", { owner: "bob" })];
    put(list);
    const bulk = newBulk({ kind: "action", action: handOver }, { values: { to: "eve" }, reason: "" }, list);
    await run(type, bulk, nothing);
    expect([...records.values()].map(({ owner }) => owner)).toEqual(["eve", "eve"]);
    await runBack(type, bulk, backFrom(bulk), "Undone", nothing);
    expect([...records.values()].map(({ owner }) => owner)).toEqual(["ann", "bob"]);
  });

  it("get and lose words, each beside its own, and have them back", async () => {
    const list = [record("a", { tags: ["vip"] }), record("b", { tags: ["new", "old"] }), record("c", {})];
    put(list);
    const tags = type.fields.find(({ kind }) => kind === "tags");
    if (!tags) throw new Error("no tags");
    const bulk = newBulk({ kind: "tags", field: tags }, { values: { tags: ["new"], [takingOut("tags")]: ["old"] }, reason: "" }, list);
    await run(type, bulk, nothing);
    expect([...records.values()].map((each) => each["tags"])).toEqual([["vip", "new"], ["new"], ["new"]]);
    // What a list does not show of a record is left alone.
    expect(requests.every(({ body }) => Object.keys(body).join() === "tags")).toBe(true);
    await runBack(type, bulk, backFrom(bulk), "", nothing);
    expect([...records.values()].map((each) => each["tags"])).toEqual([["vip"], ["new", "old"], null]);
  });
});

describe("what is offered", () => {
  it("is what can be done to one of them at least, and what lists know", () => {
    const both = [record("a"), record("b", { status: "archived" })];
    const named = (list: Rec[]) => offeredFor(type, list).map((operation) => (operation.kind === "action" ? operation.action.name : operation.field.name));
    expect(named(both)).toEqual(["archive", "reinstate", "hand_over", "due_on", "tags"]);
    expect(named([both[1] as Rec])).toEqual(["reinstate"]);
    expect(possibleFor(type, { kind: "action", action: archive }, both).map(({ id }) => id)).toEqual(["a"]);
  });
});
