// One call: what it sends, what it does when the token is refused, what errors it makes.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { atVersion, call, provideAccess, reasonHeader } from "./call";
import { ProblemError, SessionEnded, Unreachable, isPassing } from "./problem";

const record = { id: "lily", version: 2 };
let sent: { url: string; init: RequestInit }[];
let answers: (Response | Error)[];
let token: string | undefined;
let renewals: number;
let ended: number;

function json(status: number, body: unknown, headers: { [name: string]: string } = {}): Response {
  return new Response(JSON.stringify(body), { status, headers });
}

beforeEach(() => {
  [sent, answers, token, renewals, ended] = [[], [], "first", 0, 0];
  provideAccess({
    token: () => token,
    renew: async () => {
      renewals += 1;
      token = renewals === 1 ? "second" : undefined;
      return token !== undefined;
    },
    ended: () => {
      ended += 1;
    },
  });
  // The border of the page: what is beyond it is the service.
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    sent.push({ url, init });
    const answer = answers.shift();
    if (answer === undefined || answer instanceof Error) throw answer ?? new TypeError("no answer");
    return answer;
  });
});

afterEach(() => vi.unstubAllGlobals());

const header = (index: number, name: string) => new Headers(sent[index]?.init.headers).get(name);

describe("a call", () => {
  it("carries token, trace, condition and key, and encodes what comes from people", async () => {
    answers = [json(200, record)];
    const headers = { "Idempotency-Key": "k1", ...atVersion(1), ...reasonHeader(" sie ist um­gezogen ") };
    const found = await call("edit_record", { path: { plural: "customers", id: "a/b" }, headers, body: { phone: null } });
    expect(found).toEqual(record);
    expect(sent[0]?.url).toBe("/api/v1/customers/a%2Fb");
    expect(sent[0]?.init.method).toBe("PATCH");
    expect(sent[0]?.init.body).toBe('{"phone":null}');
    expect(header(0, "authorization")).toBe("Bearer first");
    expect(header(0, "idempotency-key")).toBe("k1");
    expect(header(0, "if-match")).toBe('"1"');
    expect(header(0, "x-change-reason")).toMatch(/^sie%20ist%20/);
    expect(header(0, "traceparent")).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  });

  it("leaves out what is not asked", async () => {
    answers = [json(200, { items: [] })];
    await call("list_records", { path: { plural: "todos" }, query: { status: "open", owner: undefined, cursor: "", seen: "a@1,b@2" } });
    expect(sent[0]?.url).toBe("/api/v1/todos?status=open&seen=a%401%2Cb%402");
  });

  it("renews a token that is refused, once, and tries again with the same key", async () => {
    answers = [json(401, {}), json(200, record)];
    const headers = { "Idempotency-Key": "k1" };
    expect(await call("create_record", { path: { plural: "customers" }, headers, body: {} })).toEqual(record);
    expect([header(0, "authorization"), header(1, "authorization")]).toEqual(["Bearer first", "Bearer second"]);
    expect([header(0, "idempotency-key"), header(1, "idempotency-key")]).toEqual(["k1", "k1"]);
  });

  it("says that the session has ended when the new token is refused as well", async () => {
    answers = [json(401, {}), json(401, {})];
    await expect(call("read_myself")).rejects.toBeInstanceOf(SessionEnded);
    expect([renewals, ended]).toEqual([1, 1]);
  });

  it("says so as well when there is no new token", async () => {
    renewals = 1;
    answers = [json(401, {})];
    await expect(call("read_myself")).rejects.toBeInstanceOf(SessionEnded);
    expect([sent.length, ended]).toEqual([1, 1]);
  });

  it("turns a problem document into an error that tells its kind", async () => {
    answers = [json(412, { type: "urn:annals:problem:version-mismatch", title: "Changed", status: 412, current_version: 7, trace_id: "T" })];
    const error: unknown = await call("read_myself").catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ProblemError);
    expect(error).toMatchObject({ kind: "version-mismatch", status: 412, currentVersion: 7, traceId: "T", errors: [] });
  });

  it("keeps only field errors that are some", async () => {
    answers = [json(400, { type: "urn:annals:problem:invalid-fields", errors: [{ pointer: "/name", detail: "must be a text" }, 7] })];
    await expect(call("read_myself")).rejects.toMatchObject({ errors: [{ pointer: "/name", detail: "must be a text" }] });
  });

  it("knows when trying again makes sense", async () => {
    answers = [json(429, { title: "Wait" }, { "retry-after": "3" })];
    const error = await call("read_myself").catch((caught: unknown) => caught);
    const left = error instanceof ProblemError ? (error.retryAt ?? 0) - Date.now() : 0;
    expect(left).toBeGreaterThan(2_000);
    expect(left).toBeLessThanOrEqual(3_000);
  });

  it("is unreachable when there is no answer, and that passes", async () => {
    answers = [new TypeError("network")];
    const error = await call("read_myself").catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(Unreachable);
    expect(isPassing(error)).toBe(true);
  });

  it("takes an answer that is no JSON for what its status says", async () => {
    answers = [new Response("<h1>Bad gateway</h1>", { status: 502 })];
    const error = await call("read_myself").catch((caught: unknown) => caught);
    expect(error).toMatchObject({ kind: "http-502", status: 502 });
    expect(isPassing(error)).toBe(true);
  });
});
