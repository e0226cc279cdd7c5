// What the auditor's page says when there is nothing, too much, not yet all, or trouble.

import type { Page, Route } from "playwright-core";
import { expect } from "vitest";
import { change, changes } from "./support/audit";
import { look } from "./support/look";
import { heading, see, seeNoMore, signIn } from "./support/steps";
import { test } from "./support/test";

const COMMITS = /\/api\/v1\/audit\/commits/;

/** Answers a search with what somebody says instead. */
function searches(page: Page, answer: (route: Route, search: URLSearchParams) => Promise<void>): Promise<unknown> {
  return page.route(COMMITS, (route) => answer(route, new URL(route.request().url()).searchParams));
}

test("the audit is for those who may read it", async ({ visits }) => {
  const { page } = await visits();
  await signIn(page, "viewer", "/audit");
  await see(page.getByText("You do not have the right to read the audit"));
  await see(page.getByText(/An administrator of your workspace can grant it/));
  await expect.poll(() => page.getByRole("navigation", { name: "Records" }).getByRole("link", { name: "Audit" }).count()).toBe(0);
  await look(page, "audit-forbidden");
  await page.goto("/audit/exports");
  await see(page.getByText("You do not have the right to read the audit"));
});

test("more is shown on demand, and stays when somebody comes back", async ({ annals, visits }) => {
  for (let n = 1; n <= 60; n += 1) await annals.create("editor", "customers", { id: `C-${n}`, name: `Customer ${n}` });
  const { page } = await visits();
  await signIn(page, "auditor", "/audit?type=customer");
  await expect.poll(async () => {
    await page.getByRole("button", { name: "Look again" }).click();
    return changes(page).first().innerText();
  }).toContain("Customer 60");
  await expect.poll(() => changes(page).count()).toBe(50);
  await page.getByRole("button", { name: "Show more" }).click();
  await expect.poll(() => changes(page).count()).toBe(60);
  await see(page.getByText("60 changes, no more"));
  await change(page, "Customer 3").click();
  await page.getByRole("link", { name: "The record now" }).click();
  await see(heading(page, "Customer 3"));
  await page.goBack();
  await expect.poll(() => changes(page).count()).toBe(60);
});

test("pages that hold nothing are gone through, and not without end", async ({ annals, visits }) => {
  await annals.create("editor", "customers", { id: "lily", name: "Lily Ari" });
  const { page } = await visits();
  let pages = 0;
  await searches(page, async (route) => {
    pages += 1;
    const item = {
      kind: "commit", record: { type: "customer", id: "lily" }, version: 1, commit_id: "01KB0000000000000000000000", recorded_at: "2026-11-17T11:00:00.000Z",
      action: "customer.registered", actor: { kind: "app_user", id: "somebody", name: "Emil Editor" }, correlation_id: "01KB0000000000000000000000",
      events: ["registered"], fields: ["/name"], hash: "ab".repeat(32),
    };
    const complete_through = "2026-11-24T08:00:00.000Z";
    await route.fulfill({ json: pages < 11 ? { items: [], next_cursor: String(pages), complete_through } : { items: [item], complete_through } });
  });
  await signIn(page, "auditor", "/audit?field=%2Fname");
  await see(page.getByText("Nothing was found in what was searched so far."));
  expect(pages).toBeLessThan(11);
  await look(page, "audit-so-far");
  await page.getByRole("button", { name: "Search further" }).click();
  await see(change(page, "Lily Ari"));
  expect(pages).toBe(11);
});

test("nothing has happened, and nothing is known to be complete", async ({ visits }) => {
  const { page } = await visits();
  await searches(page, (route) => route.fulfill({ json: { items: [] } }));
  await signIn(page, "auditor", "/audit");
  await see(page.getByRole("heading", { name: "Nothing has happened yet" }));
  await see(page.getByText(/^Nothing is known to be complete yet\./));
  await look(page, "audit-empty");
  await page.unrouteAll();
  await searches(page, (route) => route.fulfill({ json: { items: [], complete_through: "2026-01-01T12:00:00.000Z" } }));
  await page.getByRole("button", { name: "Look again" }).click();
  await see(page.getByText(/That is a while ago: the service is behind/));
  await look(page, "audit-late");
});

test("while it takes long, the page says so; when it fails, it says why and what helps", async ({ annals, visits }) => {
  await annals.create("editor", "customers", { id: "lily", name: "Lily Ari" });
  const { page, guard } = await visits();
  guard.expect(503, 429);
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  let answer: "later" | "unavailable" | "too-many" | "real" = "later";
  await searches(page, async (route) => {
    if (answer === "later") await released;
    if (answer === "unavailable") return route.fulfill({ status: 503, contentType: "application/problem+json", json: { title: "The view cannot be read", status: 503, trace_id: "0af7651916cd43dd8448eb211c80319c" } });
    if (answer === "too-many") return route.fulfill({ status: 429, contentType: "application/problem+json", headers: { "retry-after": "2" }, json: { title: "Too many requests", status: 429 } });
    return route.fallback();
  });
  await signIn(page, "auditor", "/audit");
  await see(page.getByText("Loading…"));
  await look(page, "audit-loading");
  answer = "unavailable";
  release();
  await see(page.getByRole("alert").getByText("The view cannot be read"));
  await see(page.getByText("Trace 0af7651916cd43dd8448eb211c80319c"));
  await look(page, "audit-unavailable");
  answer = "too-many";
  await page.getByRole("button", { name: "Try again" }).click();
  await see(page.getByText(/You can try again in/));
  answer = "real";
  await page.getByRole("button", { name: "Try again" }).click();
  await see(change(page, "Lily Ari"));
});

test("without a connection, what was found stays", async ({ annals, visits }) => {
  await annals.create("editor", "customers", { id: "lily", name: "Lily Ari" });
  const { page, guard } = await visits();
  guard.expect(0);
  await signIn(page, "auditor", "/audit");
  await expect.poll(async () => {
    await page.getByRole("button", { name: "Look again" }).click();
    return page.getByRole("region", { name: "Changes" }).innerText();
  }).toContain("Lily Ari");
  await page.context().setOffline(true);
  await page.getByRole("button", { name: "Look again" }).click();
  await see(page.getByRole("region", { name: "Changes" }).getByText("The service cannot be reached"));
  await see(change(page, "Lily Ari"));
  await look(page, "audit-offline");
  await page.context().setOffline(false);
});

test("a change that was never there is told as one", async ({ annals, visits }) => {
  await annals.create("editor", "customers", { id: "lily", name: "Lily Ari" });
  const { page, guard } = await visits();
  guard.expect(404);
  await signIn(page, "auditor", "/audit?selected=customer%2Flily%4099");
  await see(page.getByText("This change is not there any more, or was never there."));
  await page.getByRole("button", { name: "Close" }).click();
  await seeNoMore(page.getByText("This change is not there any more, or was never there."));
});
