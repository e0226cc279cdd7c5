// What belongs to a customer: their to-dos, on their page.

import { expect } from "vitest";
import type { Annals } from "./support/annals";
import { fits, look } from "./support/look";
import { dialog, heading, message, see, seeNoMore, signIn } from "./support/steps";
import { test } from "./support/test";

async function some(annals: Annals): Promise<void> {
  await annals.create("editor", "customers", { id: "lily", name: "Lily Ari", tags: ["vip"] });
  await annals.create("editor", "customers", { id: "max", name: "Max Other" });
  await annals.create("editor", "todos", { id: "call", title: "Call Lily back", customer_id: "lily", due_on: "2026-12-01" });
  await annals.create("editor", "todos", { title: "Write to Max", customer_id: "max" });
  await annals.create("editor", "todos", { title: "Tidy up" });
}

test("a customer's to-dos are on their page, and one is added there", async ({ annals, visits }) => {
  await some(annals);
  const { page } = await visits();
  await signIn(page, "editor", "/r/customers/lily");
  const todos = page.getByRole("region", { name: /^To-dos/ });
  await see(todos.getByRole("link", { name: "Call Lily back" }));
  await expect.poll(() => todos.getByRole("listitem").count()).toBe(1);
  await look(page, "linked");
  await todos.getByRole("button", { name: "New to-do" }).click();
  const form = dialog(page, "New to-do");
  await expect.poll(() => form.getByRole("combobox", { name: "Customer" }).inputValue()).toBe("Lily Ari");
  await form.getByRole("textbox", { name: "Title" }).fill("Send Lily the prices");
  await look(page, "linked-new");
  await form.getByRole("button", { name: "Save" }).click();
  await see(message(page, "Send Lily the prices was created."));
  await see(todos.getByRole("link", { name: "Send Lily the prices" }));
  await see(heading(page, "Lily Ari"));
  await todos.getByRole("link", { name: "Call Lily back" }).click();
  await see(heading(page, "Call Lily back"));
  await page.goBack();
  await see(todos.getByRole("link", { name: "Call Lily back" }));
});

test("nothing that belongs to them is told as that, and what cannot be read can be tried again", async ({ annals, visits }) => {
  await annals.create("editor", "customers", { id: "lily", name: "Lily Ari" });
  const { page, guard } = await visits();
  guard.expect(503);
  await signIn(page, "viewer", "/r/customers/lily");
  await see(page.getByText("No to-dos belong to it."));
  await look(page, "linked-none");
  await page.route("**/api/v1/todos?**", (route) => route.fulfill({ status: 503, contentType: "application/problem+json", json: { title: "The service is not available", status: 503 } }));
  await page.reload();
  const todos = page.getByRole("region", { name: /^To-dos/ });
  await see(todos.getByRole("button", { name: "Try again" }));
  await look(page, "linked-unavailable");
  await page.unrouteAll();
  await todos.getByRole("button", { name: "Try again" }).click();
  await see(page.getByText("No to-dos belong to it."));
  await seeNoMore(todos.getByRole("alert"));
});

test("it is told how far they were looked for, where there are many", async ({ annals, visits }) => {
  await some(annals);
  const { page } = await visits();
  // More than are gone through unasked, as pages of the service would be.
  const todo = (n: number) => ({ id: `t${n}`, type: "todo", version: 1, status: "open", title: `Other ${n}`, created_at: "2026-11-01T00:00:00Z", created_by: "x", changed_at: "2026-11-01T00:00:00Z", changed_by: "x" });
  let pages = 0;
  await page.route("**/api/v1/todos?**", (route) => {
    pages += 1;
    const last = pages === 3;
    const items = Array.from({ length: 100 }, (_, n) => ({ ...todo(pages * 100 + n), ...(last && n === 0 ? { title: "Found at last", customer_id: "lily" } : {}) }));
    return route.fulfill({ json: { items, ...(last ? {} : { next_cursor: `c${pages}` }) } });
  });
  await signIn(page, "viewer", "/r/customers/lily");
  await see(page.getByText("Looked for among the 200 to-dos that were changed last."));
  await look(page, "linked-many");
  await page.getByRole("button", { name: "Look further" }).click();
  await see(page.getByRole("link", { name: "Found at last" }));
});

test("the page of a customer with to-dos fits on a phone", async ({ annals, visits }) => {
  await some(annals);
  const { page } = await visits({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 });
  await signIn(page, "editor", "/r/customers/lily");
  await page.getByRole("link", { name: "Call Lily back" }).scrollIntoViewIfNeeded();
  await fits(page);
  await look(page, "phone-linked");
});
