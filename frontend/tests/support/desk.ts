// An operator's API that is played: what a test says is answered, and what is ordered is noted.

import type { Page, Route } from "playwright-core";
import type { Answer } from "./annals";

const OPERATIONS = /\/api\/v1\/operations\//;

export const NOW = "2026-11-24T12:00:00.000Z";
/** Who asked, where somebody did. */
export const OTTO = { kind: "app_user", id: "otto", name: "Otto Operator" };
const NOTHING = { commits: 0, records: 0, written: 0, repaired: 0, parked: 0, lag: 0, drift: 0, read_units: 0 };
export const ALL = { ...NOTHING, commits: 5_000, records: 1_000, written: 1_000, read_units: 640 };
const ALWAYS = ["rebuild", "verify", "repair"];

/** A view of which nothing is built. */
export function view(name = "records", change: Answer = {}): Answer {
  return {
    view: name, epoch: 1, active: { number: 1, state: "active", since: "2026-11-01T08:00:00.000Z" }, retiring: [], outdated: false,
    lag: { behind: 0, lag_ms: 0, looked_at: 120 }, parked: 0, skipped: 0, verified_through: NOW, can: ALWAYS,
    drift_watch: { at: NOW, records: 50, drift: 0, lag: 0 }, ...change,
  };
}

/** A rebuild that has just begun. */
export function rebuild(change: Answer = {}): Answer {
  return {
    id: "01KBREBUILD0000000000000000", view: "records", kind: "full", generation: 2, state: "building", paused: false, parallel: 4, promote: false,
    reason: "Rules for customers changed", requested_by: OTTO, requested_at: NOW, phase: "read", totals: NOTHING, ...change,
  };
}

/** Four segments, as far as they are. */
export function segments(...states: ("waiting" | "running" | "done")[]): Answer[] {
  return states.map((state, number) => ({ phase: "read", number, state, commits: state === "waiting" ? 0 : 1_250, records: state === "waiting" ? 0 : 250, ...(state === "waiting" ? {} : { updated_at: NOW }) }));
}

/** A record that a view cannot follow. */
export function parked(id: string, error: string, change: Answer = {}): Answer {
  return {
    view: "records", generation: 1, tenant: "t.demo", record: { type: "customer", id }, version: 3, cause: "poison", error, tries: 4,
    first_at: "2026-11-24T09:00:00.000Z", last_at: NOW, build: "0.4.0", ...change,
  };
}

/** Something that was ordered. */
export type Order = { path: string; body: Answer; key: string | undefined };

/** The desk: change what it answers at any time. */
export class Desk {
  views: Answer[] = [view(), view("counts"), view("audit")];
  rebuilds: Answer[] = [];
  parked: Answer = { items: [], groups: [] };
  failures: Answer[] = [];
  alarms: Answer[] = [];
  replays: Answer[] = [];
  log: Answer = { state: "open", verified_through: NOW };
  readonly orders: Order[] = [];
  /** What an order changes and answers; without it, orders answer an empty object. */
  onOrder: (order: Order) => Answer | Problem = () => ({});
  /** Answered in place of everything else, as long as it is there. */
  instead: ((route: Route) => Promise<void>) | undefined;

  static async at(page: Page): Promise<Desk> {
    const desk = new Desk();
    await page.route(OPERATIONS, (route) => (desk.instead ? desk.instead(route) : desk.#answer(route)));
    return desk;
  }

  async #answer(route: Route): Promise<void> {
    const request = route.request();
    const { pathname, searchParams } = new URL(request.url());
    const path = pathname.replace("/api/v1/operations", "");
    if (request.method() === "POST") {
      const order = { path, body: request.postDataJSON() as Answer, key: request.headers()["idempotency-key"] };
      this.orders.push(order);
      const answer = this.onOrder(order);
      return answer instanceof Problem ? answer.at(route) : route.fulfill({ status: 202, json: answer });
    }
    const found = this.#found(path, searchParams);
    return found ? route.fulfill({ json: found }) : new Problem(404, "not-found", "There is no such thing").at(route);
  }

  #found(path: string, search: URLSearchParams): Answer | undefined {
    const [, what = "", id] = path.split("/");
    const lists: Record<string, Answer[]> = { views: this.views, rebuilds: this.rebuilds, failures: this.failures, alarms: this.alarms, replays: this.replays };
    if (what === "log") return this.log;
    if (what === "parked") return { ...this.parked, items: (this.parked["items"] as Answer[]).filter((item) => [item["view"], null].includes(search.get("view"))) };
    const list = lists[what] ?? [];
    return id === undefined ? { items: list } : list.find((each) => each["id"] === id || each["view"] === id);
  }
}

/** What is answered where something is refused. */
export class Problem {
  constructor(readonly status: number, readonly kind: string, readonly title: string, readonly headers: Record<string, string> = {}) {}

  at(route: Route): Promise<void> {
    const json = { type: `urn:annals:problem:${this.kind}`, title: this.title, status: this.status, trace_id: "0af7651916cd43dd8448eb211c80319c" };
    return route.fulfill({ status: this.status, contentType: "application/problem+json", headers: this.headers, json });
  }
}
