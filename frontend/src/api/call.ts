// One way to call the service: with token, trace and idempotency key, answered by a body or an error.

import { isFields } from "../lib/json";
import { randomHex, traceparent } from "../lib/random";
import { BASE, OPERATIONS, type Operations } from "./generated";
import { ProblemError, SessionEnded, Unreachable } from "./problem";

/** Where tokens come from. Whoever signs people in provides it. */
export type Access = {
  /** The access token, if there is one. */
  token: () => string | undefined;
  /** Gets a fresh one without asking the person; says whether it could. */
  renew: () => Promise<boolean>;
  /** The session is over: whoever is there has to sign in again. */
  ended: () => void;
};

/** What goes into a call besides what its operation takes. */
export type Input<N extends keyof Operations> = {
  path?: Operations[N]["path"];
  query?: Partial<Operations[N]["query"]>;
  headers?: Partial<Operations[N]["headers"]>;
  body?: Operations[N]["body"];
  signal?: AbortSignal;
  /** Gets what an answer says besides its body. */
  answered?: (headers: Headers) => void;
};

let access: Access = { token: () => undefined, renew: async () => false, ended: () => {} };

/** Says where tokens come from from now on. */
export function provideAccess(provided: Access): void {
  access = provided;
}

/** A key for one thing that somebody means to do: the same for all tries, another for something else. */
export function newKey(): string {
  return randomHex(16);
}

/**
 * Calls an operation. An access token that is refused is renewed once.
 *
 * Throws `ProblemError` for what the service refused, `Unreachable` when there was no answer,
 * `SessionEnded` when somebody has to sign in again.
 */
export async function call<N extends keyof Operations>(name: N, input: Input<N> = {}): Promise<Operations[N]["answer"]> {
  let response = await attempt(name, input);
  if (response.status === 401) {
    if (await access.renew()) response = await attempt(name, input);
    if (response.status === 401) {
      access.ended();
      throw new SessionEnded();
    }
  }
  const body = await json(response);
  if (!response.ok) {
    throw new ProblemError(response.status, isFields(body) ? body : {}, response.headers.get("retry-after"));
  }
  input.answered?.(response.headers);
  return body as Operations[N]["answer"];
}

/** Percent-encoded, as `X-Change-Reason` wants it; nothing for a blank one. */
export function reasonHeader(reason: string): { "X-Change-Reason"?: string } {
  const text = reason.trim();
  return text === "" ? {} : { "X-Change-Reason": encodeURIComponent(text) };
}

/** The condition that the record is still at the version that was seen. */
export function atVersion(version: number): { "If-Match": string } {
  return { "If-Match": `"${version}"` };
}

async function attempt<N extends keyof Operations>(name: N, input: Input<N>): Promise<Response> {
  const { method, path } = OPERATIONS[name];
  const headers = new Headers({ accept: "application/json", traceparent: traceparent() });
  for (const [header, value] of Object.entries(input.headers ?? {})) {
    if (typeof value === "string") headers.set(header, value);
  }
  const token = access.token();
  if (token) headers.set("authorization", `Bearer ${token}`);
  const init: RequestInit = { method, headers };
  if (input.body !== undefined) {
    headers.set("content-type", "application/json");
    init.body = JSON.stringify(input.body);
  }
  if (input.signal) init.signal = input.signal;
  try {
    return await fetch(BASE + filled(path, input.path ?? {}) + search(input.query ?? {}), init);
  } catch (error) {
    // A call that nobody waits for any more is no failure of the service.
    if (input.signal?.aborted) throw error;
    throw new Unreachable();
  }
}

async function json(response: Response): Promise<unknown> {
  let text: string;
  try {
    text = await response.text();
  } catch {
    throw new Unreachable();
  }
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // What is in front of the service may answer a page; its status says enough.
    return undefined;
  }
}

function filled(path: string, parameters: { readonly [name: string]: string }): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(parameters[name] ?? ""));
}

function search(query: { readonly [name: string]: unknown }): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text === "" ? "" : `?${text}`;
}
