// The operator's first page: where operators land, what a card tells, what is alarming.

import { expect } from "vitest";
import { Desk, NOW, Problem, rebuild, view } from "./support/desk";
import { look } from "./support/look";
import { dialog, heading, message, see, seeNoMore, signIn } from "./support/steps";
import { test } from "./support/test";

test("an operator lands at the desk, and sees no records", async ({ visits }) => {
  const { page } = await visits();
  await Desk.at(page);
  await signIn(page, "operator");
  await see(heading(page, "Operations"));
  expect(new URL(page.url()).pathname).toBe("/operations");
  const rail = page.getByRole("navigation", { name: "Records" });
  await see(rail.getByRole("link", { name: "Operations" }));
  await expect.poll(() => rail.getByRole("listitem").count()).toBe(1);
  await see(page.getByRole("article", { name: "records" }).getByText("Up to date"));
  await look(page, "operations");
});

test("operating is for operators and administrators", async ({ visits }) => {
  const viewer = await visits();
  await signIn(viewer.page, "viewer", "/operations/parked");
  await see(viewer.page.getByText("You do not have the right to operate the deployment"));
  await expect.poll(() => viewer.page.getByRole("link", { name: "Operations" }).count()).toBe(0);
  await look(viewer.page, "operations-forbidden");
  const admin = await visits();
  await Desk.at(admin.page);
  await signIn(admin.page, "admin", "/");
  await admin.page.getByRole("link", { name: "Operations" }).click();
  await see(heading(admin.page, "Operations"));
});

test("a card tells lag, parked records, drift and what is being built; the lag is followed", async ({ visits }) => {
  const { page } = await visits();
  const desk = await Desk.at(page);
  const building = rebuild({ progress: 0.42, totals: { ...(rebuild()["totals"] as object), commits: 2_100, records: 420 } });
  desk.rebuilds = [building];
  desk.views = [
    view("records", { building: { number: 2, state: "building" }, rebuild: building["id"], parked: 3, lag: { behind: 12, lag_ms: 3_200, looked_at: 120 } }),
    view("counts", { outdated: true, outdated_types: ["customer"], active: { number: 4, state: "outdated" }, drift_watch: { at: NOW, records: 50, drift: 2, lag: 1 } }),
    view("audit", { verified_through: undefined, drift_watch: undefined, lag: { behind: 0, lag_ms: 0, looked_at: 0 } }),
  ];
  await signIn(page, "operator", "/operations");
  const records = page.getByRole("article", { name: "records" });
  await see(records.getByText("12 commits behind, the oldest for 3.2 s"));
  await see(records.getByRole("link", { name: "3 parked" }));
  await see(records.getByText("Building generation 2"));
  await see(records.getByText("42 %"));
  await see(page.getByRole("article", { name: "counts" }).getByText("2 rows of 50 differ from a fresh fold"));
  await see(page.getByRole("article", { name: "audit" }).getByText("Not verified yet"));
  await look(page, "operations-busy");
  desk.views = [view("records"), ...desk.views.slice(1)];
  await see(records.getByText("Up to date"));
  await see(records.getByRole("img", { name: "Lag in the last 2 readings: at most 3.2 s, now 0 s" }));
  await look(page, "operations-followed");
});

test("alarms are told above everything, the first few at once", async ({ visits }) => {
  const { page } = await visits();
  const desk = await Desk.at(page);
  const alarm = (kind: string, id: string) => ({ kind, tenant: "t.demo", record: { type: "customer", id, tenant: "t.demo" }, version: 3, detail: "the stored hash is another one", at: NOW });
  desk.alarms = [alarm("tamper", "lily"), alarm("drift", "max"), alarm("diverged", "ines"), alarm("drift", "otto")];
  await signIn(page, "operator", "/operations");
  const banner = page.getByRole("alert").filter({ hasText: "4 alarms" });
  await see(banner.getByText("Stored history was changed"));
  await expect.poll(() => banner.getByRole("listitem").count()).toBe(3);
  await look(page, "operations-alarms");
  await banner.getByRole("button", { name: "Show all 4" }).click();
  await see(banner.getByText("customer/otto"));
});

test("a closed log says why, and is recovered with a reason", async ({ visits }) => {
  const { page, guard } = await visits();
  guard.expect(409);
  const desk = await Desk.at(page);
  desk.log = { state: "closed", since: NOW, why: "none of the 5 commits that were verified last is in the log" };
  let refused = true;
  desk.onOrder = () => {
    if (refused) return new Problem(409, "log-open", "The log is open");
    desk.log = { ...desk.log, recovery: ["01KBA", "01KBB", "01KBC"] };
    return desk.log;
  };
  await signIn(page, "operator", "/operations");
  const closed = page.getByRole("alert").filter({ hasText: "The log is closed: every change is refused" });
  await see(closed.getByText("None of the 5 commits that were verified last is in the log."));
  await look(page, "operations-log-closed");
  await closed.getByRole("button", { name: "Recover…" }).click();
  const ask = dialog(page, "Recover from a log that is shorter");
  await ask.getByRole("button", { name: "Recover" }).click();
  await see(ask.getByText("Please say why."));
  await look(page, "operations-log-recover");
  await ask.getByRole("textbox", { name: "Reason" }).fill("Restored from last night’s backup");
  await ask.getByRole("button", { name: "Recover" }).click();
  await see(ask.getByRole("alert").getByText("The log is open"));
  await look(page, "operations-refused");
  refused = false;
  await ask.getByRole("button", { name: "Recover" }).click();
  await see(message(page, "The recovery was started."));
  await see(closed.getByRole("link", { name: "Rebuild 3" }));
  // Tried again, it is the same order.
  expect(new Set(desk.orders.map(({ key }) => key)).size).toBe(1);
});

test("views are reconciled: quickly, or the whole log", async ({ visits }) => {
  const { page } = await visits();
  const desk = await Desk.at(page);
  desk.onOrder = ({ body }) => ({ items: body["full"] ? [rebuild({ kind: "pass" }), rebuild({ kind: "pass" }), rebuild({ kind: "pass" })] : [] });
  await signIn(page, "operator", "/operations");
  for (const [choice, said] of [[/^Quick/, "The reconciler was told to run."], [/^Full/, "3 passes were started."]] as const) {
    await page.getByRole("button", { name: "Reconcile…" }).click();
    const ask = dialog(page, "Reconcile views with the log");
    await ask.getByRole("radio", { name: choice }).check();
    await ask.getByRole("textbox", { name: "Reason" }).fill("After the outage");
    await look(page, "operations-reconcile");
    await ask.getByRole("button", { name: "Reconcile" }).click();
    await see(message(page, said));
  }
  expect(desk.orders.map(({ body }) => body)).toEqual([{ reason: "After the outage" }, { reason: "After the outage", full: true }]);
});

test("loading, empty, unavailable, too many, offline: each is said, and what was read stays", async ({ visits }) => {
  const { page, guard } = await visits();
  guard.expect(503, 429, 0);
  const desk = await Desk.at(page);
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  desk.instead = async (route) => {
    await released;
    await new Problem(503, "unavailable", "The service cannot answer right now").at(route);
  };
  await signIn(page, "operator", "/operations");
  await see(page.getByText("Loading…"));
  await look(page, "operations-loading");
  release();
  await see(page.getByText("The views cannot be told"));
  await see(page.getByText("Whether the log is open cannot be told"));
  await see(page.getByText("Trace 0af7651916cd43dd8448eb211c80319c").first());
  await look(page, "operations-unavailable");
  desk.instead = (route) => new Problem(429, "too-many-requests", "Too many requests", { "retry-after": "4" }).at(route);
  await page.getByRole("button", { name: "Try again" }).first().click();
  await see(page.getByText(/You can try again in/).first());
  await look(page, "operations-too-many");
  desk.views = [];
  desk.instead = undefined;
  await see(page.getByRole("heading", { name: "There are no views" }));
  await look(page, "operations-none");
  desk.views = [view()];
  await see(page.getByRole("article", { name: "records" }));
  // What is played is played offline as well.
  desk.instead = (route) => route.abort();
  await page.context().setOffline(true);
  await see(page.getByText("You are offline."));
  await see(page.getByText("The service cannot be reached").first());
  await see(page.getByRole("article", { name: "records" }));
  await look(page, "operations-offline");
  desk.instead = undefined;
  await page.context().setOffline(false);
  await seeNoMore(page.getByText("The service cannot be reached").first());
});

test("nothing is asked of the service while nobody looks", async ({ visits }) => {
  const { page } = await visits();
  await page.clock.install();
  const desk = await Desk.at(page);
  await signIn(page, "operator", "/operations");
  await see(page.getByRole("article", { name: "records" }));
  let asked = 0;
  await page.evaluate(() => {
    Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  // What was asked before may still be under way.
  await page.waitForLoadState("networkidle");
  desk.instead = async (route) => {
    asked += 1;
    await route.fulfill({ json: { items: [] } });
  };
  await page.clock.fastForward(30_000);
  await page.waitForLoadState("networkidle");
  expect(asked).toBe(0);
  await page.evaluate(() => {
    Object.defineProperty(document, "visibilityState", { value: "visible", configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await expect.poll(() => asked).toBeGreaterThan(0);
});
