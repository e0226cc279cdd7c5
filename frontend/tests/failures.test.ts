// What people are told when something is not there, not allowed, wrong, or not answering.

import type { Page } from "playwright-core";
import { expect } from "vitest";
import type { Annals } from "./support/annals";
import { look } from "./support/look";
import { dialog, heading, see, seeNoMore, signIn } from "./support/steps";
import { test } from "./support/test";

const lily = (annals: Annals) => annals.create("editor", "customers", { id: "lily", name: "Lily Ari", phone: "+43 1 5550100" });

function problem(status: number, kind: string, title: string): { status: number; contentType: string; body: string } {
  const body = JSON.stringify({ type: `urn:annals:problem:${kind}`, title, status, trace_id: "0af7651916cd43dd8448eb211c80319c" });
  return { status, contentType: "application/problem+json", body };
}

async function editPhone(page: Page, phone: string): Promise<void> {
  const form = dialog(page, "Edit Lily Ari");
  await form.getByRole("textbox", { name: "Phone" }).fill(phone);
  await form.getByRole("button", { name: "Save" }).click();
}

test("a viewer sees everything and can change nothing", async ({ annals, visits }) => {
  await lily(annals);
  const { page } = await visits();
  await signIn(page, "viewer", "/r/customers");
  await see(page.getByRole("link", { name: "Lily Ari" }));
  await expect.poll(() => page.getByRole("button", { name: "New customer" }).count()).toBe(0);
  await page.goto("/r/customers/lily?edit");
  await see(heading(page, "Lily Ari"));
  for (const name of ["Edit", "Archive", "Hand over", "Save"]) {
    await expect.poll(() => page.getByRole("button", { name, exact: true }).count(), { message: name }).toBe(0);
  }
  await look(page, "viewer");
});

test("an operator, who may not read records, is told so", async ({ visits }) => {
  const { page, guard } = await visits();
  guard.expect(403);
  await signIn(page, "operator", "/r/customers");
  await see(page.getByText("You do not have the right to read records"));
  await look(page, "operator");
});

test("what is not there is told as that", async ({ visits }) => {
  const { page, guard } = await visits();
  guard.expect(404);
  await signIn(page, "editor", "/r/customers/nobody");
  await see(page.getByRole("heading", { name: "There is no such customer" }));
  await look(page, "record-not-found");
  await page.goto("/nowhere");
  await see(page.getByRole("heading", { name: "There is nothing here" }));
  await look(page, "page-not-found");
  await page.getByRole("link", { name: "Go to the start page" }).click();
  await see(heading(page, "Customers"));
});

test("a wrong value is told at its field, which gets the focus", async ({ visits }) => {
  const { page, guard } = await visits();
  guard.expect(400);
  await signIn(page, "editor", "/r/customers?new");
  const form = dialog(page, "New customer");
  const [name, email] = [form.getByRole("textbox", { name: "Name", exact: true }), form.getByRole("textbox", { name: "E-mail" })];
  await email.fill("nonsense");
  await form.getByRole("button", { name: "Save" }).click();
  await expect.poll(() => name.getAttribute("aria-invalid")).toBe("true");
  await expect.poll(() => name.evaluate((field) => field === document.activeElement)).toBe(true);
  await look(page, "field-missing");
  await name.fill("Lily Ari");
  await form.getByRole("button", { name: "Save" }).click();
  await expect.poll(() => email.getAttribute("aria-invalid")).toBe("true");
  await expect.poll(() => email.evaluate((field) => field === document.activeElement)).toBe(true);
  const about = await email.evaluate((field) => document.getElementById(field.getAttribute("aria-describedby") ?? "")?.textContent);
  expect(about).toMatch(/e-mail/i);
  await look(page, "field-wrong");
  await email.fill("lily@example.org");
  await form.getByRole("button", { name: "Save" }).click();
  await see(heading(page, "Lily Ari"));
});

test("what a rule forbids is told in the form, and nothing typed is lost", async ({ annals, visits }) => {
  await lily(annals);
  const { page, guard } = await visits();
  guard.expect(412, 422);
  await signIn(page, "editor", "/r/customers/lily?edit");
  await see(dialog(page, "Edit Lily Ari"));
  await annals.send("admin", "POST", "/customers/lily/archive", { reason: "Moved abroad" });
  await editPhone(page, "+43 1 5550199");
  await see(dialog(page, "Edit Lily Ari").getByRole("alert"));
  await look(page, "rule");
  await expect.poll(() => dialog(page, "Edit Lily Ari").getByRole("textbox", { name: "Phone" }).inputValue()).toBe("+43 1 5550199");
});

test("who is asked to wait sees how long, and can then save", async ({ annals, visits }) => {
  await lily(annals);
  const { page, guard } = await visits();
  guard.expect(429);
  await signIn(page, "editor", "/r/customers/lily?edit");
  let refused = 0;
  await page.route("**/api/v1/customers/lily", async (route) => {
    if (route.request().method() !== "PATCH" || refused > 0) return route.fallback();
    refused += 1;
    return route.fulfill({ ...problem(429, "too-many-requests", "Too many requests"), headers: { "Retry-After": "2" } });
  });
  await editPhone(page, "+43 1 5550199");
  await see(page.getByText(/You can try again in [12] seconds?/));
  await look(page, "too-many");
  await seeNoMore(page.getByText(/You can try again in/));
  await dialog(page, "Edit Lily Ari").getByRole("button", { name: "Save" }).click();
  await see(page.getByText("Version 2", { exact: true }));
});

test("a service that does not answer keeps what was typed, and saving again saves it once", async ({ annals, visits }) => {
  await lily(annals);
  const { page, guard } = await visits();
  guard.expect(0, 503);
  await signIn(page, "editor", "/r/customers/lily?edit");
  const keys = new Set<string | undefined>();
  let answering = false;
  await page.route("**/api/v1/customers/lily", async (route) => {
    if (route.request().method() !== "PATCH") return route.fallback();
    keys.add(route.request().headers()["idempotency-key"]);
    if (answering) return route.fallback();
    // It is done, but the answer is lost.
    await route.fetch();
    return route.abort("connectionreset");
  });
  await editPhone(page, "+43 1 5550199");
  await see(dialog(page, "Edit Lily Ari").getByRole("alert"));
  await look(page, "no-answer");
  answering = true;
  await dialog(page, "Edit Lily Ari").getByRole("button", { name: "Save" }).click();
  await seeNoMore(dialog(page, "Edit Lily Ari"));
  await see(page.getByText("Version 2", { exact: true }));
  expect(keys.size).toBe(1);
});

test("a list that cannot be read can be tried again", async ({ annals, visits }) => {
  await lily(annals);
  const { page, guard } = await visits();
  guard.expect(503);
  await page.route("**/api/v1/customers?**", (route) => route.fulfill(problem(503, "unavailable", "The service is not available")));
  await signIn(page, "editor", "/r/customers");
  await see(page.getByRole("alert").getByRole("button", { name: "Try again" }));
  await look(page, "unavailable");
  await page.unroute("**/api/v1/customers?**");
  await page.getByRole("button", { name: "Try again" }).click();
  await see(page.getByRole("link", { name: "Lily Ari" }));
});

test("who is offline is told, and told no more when the line is back", async ({ annals, visits }) => {
  await lily(annals);
  const { page, guard } = await visits();
  guard.expect(0);
  await signIn(page, "editor", "/r/customers");
  await see(page.getByRole("link", { name: "Lily Ari" }));
  await page.context().setOffline(true);
  await see(page.getByText(/You are offline/));
  await look(page, "offline");
  await page.context().setOffline(false);
  await seeNoMore(page.getByText(/You are offline/));
});

test("what cannot be undone is told with its cause, and can be tried again", async ({ annals, visits }) => {
  await lily(annals);
  const { page, guard } = await visits();
  guard.expect(429);
  await signIn(page, "editor", "/r/customers/lily");
  await page.getByRole("button", { name: "Archive" }).click();
  const ask = dialog(page, "Archive Lily Ari");
  await ask.getByRole("textbox", { name: "Reason" }).fill("Moved abroad");
  await page.route("**/customers/lily/reinstate", (route) =>
    route.fulfill({ status: 429, contentType: "application/problem+json", json: { title: "Too many requests; wait a little", status: 429 } }));
  await ask.getByRole("button", { name: "Archive" }).click();
  await page.getByRole("button", { name: "Undo" }).click();
  await see(page.getByText("It could not be undone. Too many requests; wait a little."));
  await see(page.getByRole("button", { name: "Reinstate" }));
  await page.unrouteAll();
  await page.getByRole("button", { name: "Try again" }).click();
  await see(page.getByRole("button", { name: "Archive" }));
  await see(page.getByText("Version 3", { exact: true }));
});
