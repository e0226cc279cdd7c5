// Things to be done: added in a line, ticked off in a row, by the day on which they are due.

import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";
import { dayOf, daysLater } from "../src/lib/zone";
import type { Annals } from "./support/annals";
import { fits, look } from "./support/look";
import { dialog, heading, message, see, seeNoMore, signIn } from "./support/steps";
import { test } from "./support/test";

const today = dayOf(Date.now(), Intl.DateTimeFormat().resolvedOptions().timeZone);
const group = (page: Page, name: string) => page.getByRole("region", { name: new RegExp(`^${name}`) });
const box = (page: Page, title: string) => page.getByRole("checkbox", { name: `Complete: ${title}` });
const hasFocus = (locator: Locator) => expect.poll(() => locator.evaluate((element) => element === document.activeElement)).toBe(true);

async function some(annals: Annals): Promise<void> {
  await annals.create("editor", "customers", { id: "lily", name: "Lily Ari" });
  const todo = (id: string, title: string, days?: number) =>
    annals.create("editor", "todos", { id, title, ...(days === undefined ? {} : { due_on: daysLater(today, days) }), ...(id === "call" ? { customer_id: "lily" } : {}) });
  await todo("thank", "Thank Noor for the referral", -2);
  await todo("call", "Call Lily back", 0);
  await todo("offer", "Write the offer for the bakery", 3);
  await todo("fair", "Book the stand for the fair", 30);
  await todo("tidy", "Tidy up the delivery notes");
}

test("to-dos stand by their days, and one is added in a line", async ({ annals, visits }) => {
  await some(annals);
  const { page } = await visits();
  await signIn(page, "editor", "/r/todos");
  await see(group(page, "Overdue").getByRole("link", { name: "Thank Noor for the referral" }));
  await see(group(page, "Today").getByRole("link", { name: "Call Lily back" }));
  await see(group(page, "Today").getByRole("link", { name: "Lily Ari" }));
  await expect.poll(() => group(page, "Later").getByRole("listitem").count()).toBe(2);
  await see(group(page, "No date").getByRole("link", { name: "Tidy up the delivery notes" }));
  await look(page, "todos");

  const line = page.getByRole("textbox", { name: "What is to be done?" });
  await line.fill("Order new labels");
  await page.getByLabel("Due", { exact: true }).fill(today);
  await look(page, "todos-adding");
  await line.press("Enter");
  await see(message(page, "Order new labels was added."));
  await see(group(page, "Today").getByRole("link", { name: "Order new labels" }));
  await expect.poll(() => line.inputValue()).toBe("");
  await hasFocus(line);
  // Whoever adds it does it, unless somebody else is chosen.
  await see(group(page, "Today").getByRole("listitem").filter({ hasText: "Order new labels" }).getByText("Emil Editor"));
});

test("a to-do is completed in its row and that is undone, each a change in its history", async ({ annals, visits }) => {
  await some(annals);
  const { page } = await visits();
  await signIn(page, "editor", "/r/todos");
  await box(page, "Call Lily back").click();
  await see(message(page, "Call Lily back is now completed."));
  await seeNoMore(page.getByRole("link", { name: "Call Lily back" }));
  await look(page, "todos-completed");
  await page.getByRole("button", { name: "Undo" }).click();
  await see(group(page, "Today").getByRole("link", { name: "Call Lily back" }));
  await page.getByRole("link", { name: "Call Lily back" }).click();
  const timeline = page.getByRole("region", { name: "Timeline" });
  await see(timeline.getByRole("listitem").first().getByText("reopened"));
  await see(timeline.getByRole("blockquote").getByText("Undone right away"));
  await see(timeline.getByRole("listitem").nth(1).getByText("completed", { exact: true }).first());
});

test("what is done is shown when asked for, and can be taken up again", async ({ annals, visits }) => {
  await some(annals);
  await annals.send("editor", "POST", "/todos/tidy/complete", {});
  const { page } = await visits();
  await signIn(page, "editor", "/r/todos");
  const done = page.getByRole("button", { name: /^Completed/ });
  await see(done);
  await done.click();
  await see(group(page, "Completed").getByRole("link", { name: "Tidy up the delivery notes" }));
  await look(page, "todos-done");
  await expect.poll(() => new URL(page.url()).searchParams.has("done")).toBe(true);
  await page.getByRole("checkbox", { name: "Reopen: Tidy up the delivery notes" }).click();
  await see(group(page, "No date").getByRole("link", { name: "Tidy up the delivery notes" }));
});

test("day and person are changed where they stand, and that is undone", async ({ annals, visits }) => {
  await some(annals);
  await signIn((await visits()).page, "admin");
  const { page } = await visits();
  await signIn(page, "editor", "/r/todos");
  const row = page.getByRole("listitem").filter({ hasText: "Tidy up the delivery notes" });
  await row.getByRole("button", { name: /^Due of Tidy up/ }).click();
  await row.getByLabel(/^Due of Tidy up/).fill(today);
  await look(page, "todos-inline");
  await page.keyboard.press("Enter");
  await see(message(page, "Tidy up the delivery notes: due was changed."));
  await see(group(page, "Today").getByRole("link", { name: "Tidy up the delivery notes" }));
  await page.getByRole("button", { name: "Undo" }).click();
  await see(group(page, "No date").getByRole("link", { name: "Tidy up the delivery notes" }));

  await row.getByRole("button", { name: /^Assignee of Tidy up/ }).click();
  await row.getByRole("combobox").selectOption({ label: "Anna Admin" });
  await page.keyboard.press("Escape");
  await see(row.getByText("Emil Editor"));
  await row.getByRole("button", { name: /^Assignee of Tidy up/ }).click();
  await row.getByRole("combobox").selectOption({ label: "Anna Admin" });
  await page.keyboard.press("Enter");
  await see(row.getByRole("button", { name: /Anna Admin/ }));
});

test("everything is done by keyboard alone", async ({ annals, visits }) => {
  await some(annals);
  const { page } = await visits();
  await signIn(page, "editor", "/r/todos");
  const link = (name: string) => page.getByRole("link", { name, exact: true });
  await see(link("Call Lily back"));
  await page.keyboard.press("?");
  await see(dialog(page, "Keyboard"));
  await look(page, "keys");
  await page.keyboard.press("Escape");
  await seeNoMore(dialog(page, "Keyboard"));
  await page.keyboard.press("j");
  await hasFocus(link("Thank Noor for the referral"));
  await page.keyboard.press("j");
  await hasFocus(link("Call Lily back"));
  await look(page, "todos-focus");
  await page.keyboard.press("x");
  await see(message(page, "Call Lily back is now completed."));
  // The next row comes in its place.
  await hasFocus(link("Write the offer for the bakery"));
  await page.keyboard.press("z");
  await see(link("Call Lily back"));
  await page.keyboard.press("k");
  await hasFocus(link("Call Lily back"));
  await page.keyboard.press("e");
  const form = dialog(page, "Edit Call Lily back");
  await form.getByRole("textbox", { name: "Title" }).fill("Call Lily at noon");
  await page.keyboard.press("Enter");
  await seeNoMore(form);
  await see(link("Call Lily at noon"));
  await page.keyboard.press("/");
  await hasFocus(page.getByRole("searchbox", { name: "Find" }));
  await page.keyboard.type("offer");
  await seeNoMore(link("Call Lily at noon"));
  await look(page, "todos-find");
  await expect.poll(() => new URL(page.url()).searchParams.get("find")).toBe("offer");
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type("nothing like it");
  await see(page.getByText("Nothing of this is called so"));
  await look(page, "todos-find-none");
  await page.getByRole("button", { name: "Show all of them again" }).press("Enter");
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  await page.keyboard.press("n");
  await page.keyboard.type("Ring the bell");
  await page.keyboard.press("Enter");
  await see(link("Ring the bell"));
  // Enter opens, and does nothing else.
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await see(heading(page, "Thank Noor for the referral"));
});

test("whose they are, and what is looked for, is kept under a name", async ({ annals, visits }) => {
  await some(annals);
  const { page } = await visits();
  await signIn(page, "editor", "/r/todos");
  await page.getByRole("combobox", { name: "Owner" }).selectOption({ label: "Me" });
  await page.getByRole("searchbox", { name: "Find" }).fill("call");
  await seeNoMore(page.getByRole("link", { name: "Tidy up the delivery notes" }));
  await page.getByRole("button", { name: "Views" }).click();
  await page.getByRole("textbox", { name: "Name for what is shown" }).fill("My calls");
  await page.getByRole("button", { name: "Keep as a view" }).click();
  await see(message(page, "The view “My calls” is kept in this browser."));
  await page.getByRole("navigation", { name: "Layout" }).getByRole("link", { name: "Table" }).click();
  await see(page.getByRole("table", { name: "To-dos" }));
  await page.getByRole("button", { name: "Views" }).click();
  await page.getByRole("link", { name: "My calls" }).click();
  await see(group(page, "Today").getByRole("link", { name: "Call Lily back" }));
  await expect.poll(() => page.getByRole("searchbox", { name: "Find" }).inputValue()).toBe("call");
  await look(page, "todos-view");
});

test("single keys can be turned off, and stay off", async ({ annals, visits }) => {
  await some(annals);
  const { page } = await visits();
  await signIn(page, "editor", "/r/todos");
  await page.getByRole("button", { name: "Keyboard" }).click();
  await dialog(page, "Keyboard").getByRole("checkbox").uncheck();
  await dialog(page, "Keyboard").getByRole("button", { name: "Close" }).click();
  await page.reload();
  await see(page.getByRole("link", { name: "Call Lily back" }));
  await page.keyboard.press("?");
  await page.keyboard.press("j");
  await page.getByRole("button", { name: "Keyboard" }).click();
  await expect.poll(() => dialog(page, "Keyboard").getByRole("checkbox").isChecked()).toBe(false);
  await page.keyboard.press("Escape");
  await dialog(page, "Keyboard").waitFor({ state: "hidden" });
});

test("what cannot be saved is told at its row, and tried again with the same key", async ({ annals, visits }) => {
  await some(annals);
  const { page, guard } = await visits();
  guard.expect(503);
  await signIn(page, "editor", "/r/todos");
  const keys = new Set<string | undefined>();
  page.on("request", (request) => { if (request.url().endsWith("/todos/call/complete")) keys.add(request.headers()["idempotency-key"]); });
  const unavailable = { status: 503, contentType: "application/problem+json", json: { title: "The service is not available", status: 503, trace_id: "0af7651916cd43dd8448eb211c80319c" } };
  await page.route("**/todos/call/complete", (route) => route.fulfill(unavailable));
  await box(page, "Call Lily back").click();
  const row = page.getByRole("listitem").filter({ hasText: "Call Lily back" });
  await see(row.getByRole("alert").getByText("Call Lily back was not changed"));
  await look(page, "todos-not-saved");
  await page.unrouteAll();
  await row.getByRole("button", { name: "Try again" }).click();
  await see(message(page, "Call Lily back is now completed."));
  await seeNoMore(page.getByRole("link", { name: "Call Lily back" }));
  expect(keys.size).toBe(1);
});

test("a title that is too long is told at the line, and stays there through a reload", async ({ annals, visits }) => {
  await some(annals);
  const { page } = await visits();
  await signIn(page, "editor", "/r/todos");
  const line = page.getByRole("textbox", { name: "What is to be done?" });
  await line.fill("x".repeat(201));
  await line.press("Enter");
  await see(page.getByText("1 character too long"));
  await look(page, "todos-too-long");
  page.on("dialog", (asked) => void asked.accept());
  await page.reload();
  await expect.poll(() => line.inputValue()).toBe("x".repeat(201));
});

test("a list that cannot be read can be tried again, and one that cannot be read anew is still shown", async ({ annals, visits }) => {
  await some(annals);
  const { page, guard } = await visits();
  guard.expect(503);
  const unavailable = { status: 503, contentType: "application/problem+json", json: { title: "The service is not available", status: 503 } };
  await page.route("**/api/v1/todos?**", (route) => route.fulfill(unavailable));
  await signIn(page, "editor", "/r/todos");
  await see(page.getByRole("alert").getByRole("button", { name: "Try again" }));
  await look(page, "todos-unavailable");
  await page.unroute("**/api/v1/todos?**");
  await page.getByRole("button", { name: "Try again" }).click();
  await see(page.getByRole("link", { name: "Call Lily back" }));
  await page.route("**/api/v1/todos?**", (route) => route.fulfill(unavailable));
  await page.getByRole("button", { name: "Refresh" }).click();
  await see(page.getByText("It could not be read anew; what is shown is older"));
  await see(page.getByRole("link", { name: "Call Lily back" }));
  await look(page, "todos-old");
});

test("a viewer sees them and can change nothing, and nothing to do is told as that", async ({ annals, visits }) => {
  const { page } = await visits();
  await signIn(page, "viewer", "/r/todos");
  await see(page.getByRole("heading", { name: "Nothing is to be done" }));
  await look(page, "todos-empty");
  await some(annals);
  await page.getByRole("button", { name: "Refresh" }).click();
  await see(page.getByRole("link", { name: "Call Lily back" }));
  await expect.poll(() => page.getByRole("checkbox").count()).toBe(0);
  await expect.poll(() => page.getByRole("textbox").count()).toBe(0);
  await look(page, "todos-viewer");
});

for (const [shape, options] of Object.entries({
  phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 },
  enlarged: { viewport: { width: 600, height: 400 }, deviceScaleFactor: 2 },
  dark: { colorScheme: "dark" },
  "forced-colours": { forcedColors: "active" },
} as const)) {
  test(`the page of to-dos fits: ${shape}`, async ({ annals, visits }) => {
    await some(annals);
    const { page } = await visits(options);
    await signIn(page, "editor", "/r/todos");
    await see(page.getByRole("link", { name: "Call Lily back" }));
    await page.getByRole("textbox", { name: "What is to be done?" }).fill("Order labels");
    await fits(page);
    await look(page, `${shape}-todos-page`);
  });
}
