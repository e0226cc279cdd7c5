// The states of the pages where office people work: still coming, not allowed, too much, overtaken, ended.

import type { Page } from "playwright-core";
import { expect } from "vitest";
import type { Annals } from "./support/annals";
import { look } from "./support/look";
import { dialog, heading, message, see, seeNoMore, signIn } from "./support/steps";
import { test } from "./support/test";

const problem = (status: number, title: string, more = {}) => ({
  status, contentType: "application/problem+json", json: { type: "urn:annals:problem:x", title, status, trace_id: "0af7651916cd43dd8448eb211c80319c", ...more },
});
const row = (page: Page, title: string) => page.getByRole("listitem").filter({ hasText: title });

async function some(annals: Annals): Promise<void> {
  await annals.create("editor", "customers", { id: "lily", name: "Lily Ari" });
  await annals.create("editor", "customers", { id: "max", name: "Max Other" });
  await annals.create("editor", "todos", { id: "call", title: "Call Lily back", due_on: "2026-12-01" });
}

test("what is still coming is drawn in grey, and the rest of the page is there", async ({ annals, visits }) => {
  await some(annals);
  const { page } = await visits();
  let answer = () => {};
  const late = new Promise<void>((resolve) => { answer = resolve; });
  await page.route("**/api/v1/todos?**", async (route) => {
    await late;
    await route.fallback();
  });
  await signIn(page, "editor", "/r/todos");
  await see(page.getByText("Loading…").first());
  await see(page.getByRole("textbox", { name: "What is to be done?" }));
  await look(page, "todos-loading");
  answer();
  await see(page.getByRole("link", { name: "Call Lily back" }));
});

test("an operator, who may not read records, is told so on the page of to-dos", async ({ visits }) => {
  const { page, guard } = await visits();
  guard.expect(403);
  await signIn(page, "operator", "/r/todos");
  await see(page.getByText("You do not have the right to read records"));
  await look(page, "todos-forbidden");
});

test("who is asked to wait sees how long, at the row", async ({ annals, visits }) => {
  await some(annals);
  const { page, guard } = await visits();
  guard.expect(429);
  await signIn(page, "editor", "/r/todos");
  let refused = 0;
  await page.route("**/todos/call/complete", (route) => {
    refused += 1;
    return refused > 1 ? route.fallback() : route.fulfill({ ...problem(429, "Too many requests"), headers: { "Retry-After": "2" } });
  });
  await page.getByRole("checkbox", { name: "Complete: Call Lily back" }).click();
  await see(row(page, "Call Lily back").getByText(/You can try again in [12] seconds?/));
  await look(page, "todos-too-many");
  await seeNoMore(page.getByText(/You can try again in/));
  await row(page, "Call Lily back").getByRole("button", { name: "Try again" }).click();
  await see(message(page, "Call Lily back is now completed."));
});

test("a day that somebody else has changed stays as they left it, and that is told", async ({ annals, visits }) => {
  await some(annals);
  await signIn((await visits()).page, "admin");
  const { page, guard } = await visits();
  guard.expect(412);
  await signIn(page, "editor", "/r/todos");
  await row(page, "Call Lily back").getByRole("button", { name: /^Due of/ }).click();
  await row(page, "Call Lily back").getByLabel(/^Due of/).fill("2026-12-24");
  await annals.edit("admin", "/todos/call", { due_on: "2027-01-07" });
  await page.keyboard.press("Enter");
  await see(message(page, "Anna Admin has changed due meanwhile; it stays as they left it."));
  await see(row(page, "Call Lily back").getByText("7 Jan 2027"));
  await look(page, "todos-overtaken");
  // Another field is no conflict.
  await row(page, "Call Lily back").getByRole("button", { name: /^Due of/ }).click();
  await row(page, "Call Lily back").getByLabel(/^Due of/).fill("2026-12-24");
  await annals.edit("admin", "/todos/call", { notes: "At the new number." });
  await page.keyboard.press("Enter");
  await see(row(page, "Call Lily back").getByText("24 Dec 2026"));
});

test("what somebody else has completed meanwhile is told, and not done twice", async ({ annals, visits }) => {
  await some(annals);
  const { page, guard } = await visits();
  guard.expect(412);
  await signIn(page, "editor", "/r/todos");
  await see(page.getByRole("link", { name: "Call Lily back" }));
  await annals.send("admin", "POST", "/todos/call/complete", {});
  await page.getByRole("checkbox", { name: "Complete: Call Lily back" }).click();
  await see(message(page, /“Complete” is not possible any more/));
  await seeNoMore(page.getByRole("link", { name: "Call Lily back" }));
  const history = await annals.send("editor", "GET", "/todos/call/history");
  expect((history["items"] as unknown[]).length).toBe(2);
});

test("who is offline is told, and what was typed in the line is added when the line is back", async ({ annals, visits }) => {
  await some(annals);
  const { page, guard } = await visits();
  guard.expect(0);
  await signIn(page, "editor", "/r/todos");
  await see(page.getByRole("link", { name: "Call Lily back" }));
  await page.waitForLoadState("networkidle");
  await page.context().setOffline(true);
  const line = page.getByRole("textbox", { name: "What is to be done?" });
  await line.fill("Order labels");
  await line.press("Enter");
  await see(page.getByText("The service cannot be reached"));
  await look(page, "todos-offline");
  await page.context().setOffline(false);
  await expect.poll(() => line.inputValue()).toBe("Order labels");
  await line.press("Enter");
  await see(message(page, "Order labels was added."));
  await expect.poll(() => page.getByRole("link", { name: "Order labels" }).count()).toBe(1);
});

test("a session that ends takes nothing with it that was typed in the line", async ({ annals, visits }) => {
  await some(annals);
  const { page, guard } = await visits();
  guard.expect(400, 401);
  await signIn(page, "editor", "/r/todos");
  const line = page.getByRole("textbox", { name: "What is to be done?" });
  await line.fill("Order labels");
  await page.waitForLoadState("networkidle");
  await page.route("**/api/v1/**", (route) => route.fulfill({ status: 401, contentType: "application/problem+json", body: "{}" }));
  await page.route("**/oauth2/token", (route) => route.fulfill({ status: 400, json: { error: "invalid_grant" } }));
  await page.context().clearCookies();
  await line.press("Enter");
  await see(page.getByText(/Your session has ended/));
  await page.unrouteAll();
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: /Emil Editor/ }).click();
  await expect.poll(() => line.inputValue()).toBe("Order labels");
});

test("a rule that some of many break is told of each of them", async ({ annals, visits }) => {
  await some(annals);
  const { page, guard } = await visits();
  guard.expect(422);
  await signIn(page, "editor", "/r/customers");
  await page.getByRole("checkbox", { name: "Select all that are shown" }).check();
  await page.route("**/customers/max/archive", (route) => route.fulfill(problem(422, "A rule does not allow it", { detail: "this customer has open invoices" })));
  await page.getByRole("region", { name: "Selected records" }).getByRole("button", { name: "Archive" }).click();
  await dialog(page, "Archive: 2 customers").getByRole("textbox", { name: "Reason" }).fill("Moved");
  await dialog(page, "Archive: 2 customers").getByRole("button", { name: "Archive" }).click();
  await see(page.getByRole("alert").getByText("1 saved, 1 refused."));
  await see(page.getByRole("list", { name: "Not saved" }).getByText("This customer has open invoices."));
  await look(page, "bulk-refused");
});

test("people of another language see days and numbers as they write them", async ({ annals, visits }) => {
  await some(annals);
  const { page } = await visits({ locale: "de-AT" });
  await signIn(page, "editor", "/r/todos");
  await see(row(page, "Call Lily back").getByText("01.12.2026"));
  await look(page, "todos-german");
  await page.goto("/import/customers");
  await page.getByLabel("CSV file").setInputFiles({ name: "many.csv", mimeType: "text/csv", buffer: Buffer.from(`name\n${"x\n".repeat(12_345)}`) });
  await see(page.getByText(/^many\.csv: 12.345 rows/));
});

test("nothing moves on the pages of to-dos and of importing, for those who asked for that", async ({ annals, visits }) => {
  await some(annals);
  const { page } = await visits({ reducedMotion: "reduce" });
  for (const path of ["/r/todos", "/import/customers"]) {
    if (path === "/r/todos") await signIn(page, "editor", path);
    else await page.goto(path);
    await see(heading(page, path === "/r/todos" ? "To-dos" : "Import customers"));
    const moving = () => page.evaluate(() => document.getAnimations().filter(({ playState }) => playState === "running").length);
    await expect.poll(moving).toBe(0);
  }
});
