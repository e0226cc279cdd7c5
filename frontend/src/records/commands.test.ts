// Commands against a small service of the test: lost answers, others who are faster, and actions.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Action, TypeDescriptor } from "../api/generated";
import { Unreachable } from "../api/problem";
import type { Fields } from "../lib/json";
import { act, create, newCreation, newIntent, save } from "./commands";
import { type Rec, valuesOf } from "./descriptor";

const field = (name: string, kind = "line") => ({ name, label: name, kind, required: false, listed: true });
const archive: Action = { name: "archive", label: "Archive", from: ["active"], reason: "optional", fields: [] };
const type = {
  name: "customer",
  plural: "customers",
  label: "Customer",
  plural_label: "Customers",
  title: "name",
  statuses: [{ name: "active", label: "Active", ended: false }, { name: "archived", label: "Archived", ended: true }],
  fields: [field("name"), field("phone"), field("tags", "tags")],
  actions: [archive],
  ending: "archive",
  keeping: "editors",
} as unknown as TypeDescriptor;

type Stored = { record: Rec; keys: Map<string, string> };
let records: Map<string, Stored>;
let made: Map<string, { body: string; id: string }>;
/** For the next requests: lose the answer after doing it, or before. */
let losses: ("after" | "before")[];
let requests: { method: string; key: string | null; body: string }[];

const instant = (version: number) => `2026-11-24T00:00:${String(version).padStart(2, "0")}Z`;

function stored(id: string, fields: Fields, version: number, by: string, status = "active"): Rec {
  return { id, type: "customer", version, status, owner: "me", created_at: instant(1), created_by: "me", changed_at: instant(version), changed_by: by, ...fields };
}

/** Somebody else changes a record. */
function other(id: string, changes: Fields): void {
  const found = records.get(id);
  if (!found) throw new Error("no such record");
  const { record } = found;
  found.record = { ...record, ...changes, version: record.version + 1, changed_at: instant(record.version + 1), changed_by: "other" };
}

function serve(method: string, path: string, headers: Headers, text: string): Response {
  const key = headers.get("idempotency-key");
  requests.push({ method, key, body: text });
  const [, , , , id = "", action] = (path.split("?")[0] ?? "").split("/");
  const body: Fields = text ? JSON.parse(text) : {};
  const answer = (status: number, document: Fields) => new Response(JSON.stringify(document), { status });
  const problem = (status: number, kind: string, more: Fields = {}) => answer(status, { type: `urn:annals:problem:${kind}`, title: kind, ...more });
  if (method === "POST" && id === "") {
    const known = key ? made.get(key) : undefined;
    if (known) return known.body === text ? answer(201, records.get(known.id)?.record ?? {}) : problem(422, "key-reused");
    const fresh = `r${records.size + 1}`;
    const { reason: _reason, ...fields } = body;
    records.set(fresh, { record: stored(fresh, fields, 1, "me"), keys: new Map() });
    if (key) made.set(key, { body: text, id: fresh });
    return answer(201, records.get(fresh)?.record ?? {});
  }
  const found = records.get(id);
  if (!found) return problem(404, "not-found");
  if (method === "GET") return answer(200, found.record);
  if (key && found.keys.has(key)) return found.keys.get(key) === text ? answer(200, found.record) : problem(422, "key-reused");
  const expected = Number(headers.get("if-match")?.replaceAll('"', ""));
  if (expected !== found.record.version) return problem(412, "version-mismatch", { current_version: found.record.version });
  const { reason: _reason, ...changes } = body;
  const next = { ...found.record, ...changes, ...(action === "archive" ? { status: "archived" } : {}) };
  for (const [name, value] of Object.entries(changes)) if (value === null) delete (next as { [name: string]: unknown })[name];
  found.record = { ...next, version: expected + 1, changed_at: instant(expected + 1), changed_by: "me" };
  if (key) found.keys.set(key, text);
  return answer(200, found.record);
}

beforeEach(() => {
  [records, made, losses, requests] = [new Map(), new Map(), [], []];
  // Nobody waits here: pauses between tries are over at once.
  vi.stubGlobal("setTimeout", (after: () => void) => queueMicrotask(after));
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    const loss = losses.shift();
    if (loss === "before") throw new TypeError("lost");
    const response = serve(init.method ?? "GET", url, new Headers(init.headers), String(init.body ?? ""));
    if (loss === "after") throw new TypeError("lost");
    return response;
  });
});

afterEach(() => vi.unstubAllGlobals());

const base = (id: string) => {
  const record = records.get(id)?.record;
  if (!record) throw new Error("no such record");
  return { record, version: record.version, values: valuesOf(type.fields, record) };
};

describe("a new record", () => {
  it("is made once, though the answer is lost", async () => {
    losses = ["after", "before"];
    const record = await create(type, { name: "Lily", phone: "", tags: [] }, "", newCreation());
    expect(record["name"]).toBe("Lily");
    expect(records.size).toBe(1);
    expect(new Set(requests.map((request) => request.key)).size).toBe(1);
  });

  it("is made once, though somebody gives up, types something else, and saves again", async () => {
    const creation = newCreation();
    losses = ["after", "after", "after"];
    await expect(create(type, { name: "Lily", tags: [] }, "", creation)).rejects.toBeInstanceOf(Unreachable);
    const record = await create(type, { name: "Lily Ari", phone: "1", tags: [] }, "", creation);
    expect(records.size).toBe(1);
    expect([record["name"], record["phone"], record.version]).toEqual(["Lily Ari", "1", 2]);
  });
});

describe("an edit", () => {
  beforeEach(() => {
    records.set("a", { record: stored("a", { name: "Lily", phone: "1", tags: ["x"] }, 1, "me"), keys: new Map() });
  });

  it("says only what changes", async () => {
    const from = base("a");
    await save(type, "a", from, { ...from.values, phone: " 2 " }, "moved", newIntent());
    expect(requests.map((request) => request.body)).toEqual(['{"phone":"2","reason":"moved"}']);
  });

  it("goes with what others changed elsewhere, and says what that was", async () => {
    const from = base("a");
    other("a", { phone: "9", tags: ["x", "theirs"] });
    const outcome = await save(type, "a", from, { ...from.values, name: "Lily Ari", tags: ["x", "mine"] }, "", newIntent());
    expect(outcome).toMatchObject({ kind: "kept", alsoChanged: ["phone", "tags"], by: "other" });
    expect(records.get("a")?.record).toMatchObject({ name: "Lily Ari", phone: "9", tags: ["x", "theirs", "mine"], version: 3 });
  });

  it("asks where others changed the same field, and writes nothing before", async () => {
    const from = base("a");
    other("a", { phone: "9", name: "Lilith" });
    const outcome = await save(type, "a", from, { ...from.values, phone: "2" }, "", newIntent());
    expect(outcome).toMatchObject({ kind: "conflict", merged: { conflicts: ["phone"], theirs: ["name"] } });
    expect(records.get("a")?.record.version).toBe(2);
  });

  it("is done once, though the answer is lost and somebody else writes in between", async () => {
    const from = base("a");
    losses = ["after"];
    const outcome = await save(type, "a", from, { ...from.values, phone: "2" }, "", newIntent());
    expect(outcome).toMatchObject({ kind: "kept", alsoChanged: [] });
    expect(records.get("a")?.record.version).toBe(2);
  });
});

describe("an action", () => {
  beforeEach(() => {
    records.set("a", { record: stored("a", { name: "Lily", phone: "1" }, 1, "me"), keys: new Map() });
  });

  it("is done though others changed what does not matter to it", async () => {
    const { record } = base("a");
    other("a", { phone: "9" });
    const outcome = await act(type, record, archive, {}, "gone", newIntent());
    expect(outcome).toMatchObject({ kind: "kept", alsoChanged: ["phone"], by: "other", record: { status: "archived" } });
  });

  it("is asked about when the record has another owner by now", async () => {
    const { record } = base("a");
    other("a", { owner: "other" });
    const outcome = await act(type, record, archive, {}, "gone", newIntent());
    expect(outcome).toMatchObject({ kind: "conflict", merged: { conflicts: ["owner"] } });
    expect(records.get("a")?.record.status).toBe("active");
  });

  it("is not done when it is not possible any more", async () => {
    const { record } = base("a");
    other("a", { status: "archived" });
    expect(await act(type, record, archive, {}, "gone", newIntent())).toMatchObject({ kind: "gone" });
  });
});
