// Lists for those who live in them: columns, named views, many records at once, keys.

import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";
import type { Annals } from "./support/annals";
import { fits, look } from "./support/look";
import { dialog, message, see, seeNoMore, signIn } from "./support/steps";
import { test } from "./support/test";

const row = (page: Page, title: string) => page.getByRole("row").filter({ hasText: title });
const box = (page: Page, title: string) => page.getByRole("checkbox", { name: `Select ${title}`, exact: true });
const bar = (page: Page) => page.getByRole("region", { name: "Selected records" });
const hasFocus = (locator: Locator) => expect.poll(() => locator.evaluate((element) => element === document.activeElement)).toBe(true);
const query = (page: Page, name: string) => expect.poll(() => new URL(page.url()).searchParams.get(name));

async function some(annals: Annals, count = 4): Promise<void> {
  const names = ["Ann Archer", "Bob Baker", "Cleo Carver", "Dora Dyer"];
  for (let n = count; n > 0; n -= 1) {
    const name = names[n - 1] ?? `Customer ${String(n).padStart(2, "0")}`;
    await annals.create("editor", "customers", { id: `c${n}`, name, email: `c${n}@example.org`, tags: n === 2 ? ["vip", "old"] : ["old"] });
  }
}

test("columns are chosen, stand in the address, and go back to the usual ones", async ({ annals, visits }) => {
  await some(annals);
  const { page } = await visits();
  await signIn(page, "editor", "/r/customers");
  await see(page.getByRole("columnheader", { name: "E-mail" }));
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("checkbox", { name: "E-mail" }).uncheck();
  await page.getByRole("checkbox", { name: "Owner" }).check();
  await seeNoMore(page.getByRole("columnheader", { name: "E-mail" }));
  await see(page.getByRole("columnheader", { name: "Owner" }));
  await query(page, "columns").toBe("phone,company,tags,@status,@owner,@changed");
  await look(page, "list-columns");
  await page.reload();
  await see(page.getByRole("columnheader", { name: "Owner" }));
  await see(row(page, "Ann Archer").getByText("Emil Editor").first());
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("button", { name: "As usual" }).click();
  await see(page.getByRole("columnheader", { name: "E-mail" }));
  await query(page, "columns").toBeNull();
});

test("what is shown is kept under a name, found again, and removed", async ({ annals, visits }) => {
  await some(annals);
  await annals.send("editor", "POST", "/customers/c1/archive", { reason: "Moved" });
  const { page } = await visits();
  await signIn(page, "editor", "/r/customers?status=archived&columns=email");
  await see(row(page, "Ann Archer"));
  await page.getByRole("button", { name: "Views" }).click();
  await page.getByRole("textbox", { name: "Name for what is shown" }).fill("Gone");
  await page.getByRole("button", { name: "Keep as a view" }).click();
  await see(message(page, "The view “Gone” is kept in this browser."));
  await see(page.getByRole("button", { name: "View: Gone" }));
  await query(page, "view").toBe("Gone");
  // What is changed is that view no more.
  await page.getByRole("navigation", { name: "Status" }).getByRole("link", { name: /^Active/ }).click();
  await see(row(page, "Bob Baker"));
  await page.getByRole("button", { name: "Views" }).click();
  await look(page, "list-views");
  await page.getByRole("link", { name: "Gone", exact: true }).click();
  await see(row(page, "Ann Archer"));
  await see(page.getByRole("button", { name: "View: Gone" }));
  await seeNoMore(page.getByRole("columnheader", { name: "Status" }));
  // Another list has views of its own, and the address says which one is shown.
  await page.reload();
  await page.getByRole("button", { name: "View: Gone" }).click();
  await page.getByRole("button", { name: "Remove the view Gone" }).click();
  await seeNoMore(page.getByRole("link", { name: "Gone", exact: true }));
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByRole("button", { name: "View: Gone" }).click();
  await see(page.getByRole("link", { name: "Gone", exact: true }));
});

test("the address of what is shown is copied", async ({ annals, visits }) => {
  await some(annals);
  const { page } = await visits({ permissions: ["clipboard-read", "clipboard-write"] });
  await signIn(page, "editor", "/r/customers?owner=me");
  await page.getByRole("button", { name: "Copy link" }).click();
  await see(message(page, "The address of what is shown was copied."));
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(`${annals.url}/r/customers?owner=me`);
});

test("twenty are archived as one flow, two of which somebody changed meanwhile, and that is taken back", async ({ annals, visits }) => {
  await some(annals, 20);
  const { page, guard } = await visits();
  guard.expect(412);
  await signIn(page, "editor", "/r/customers");
  await see(page.getByText("All 20 shown"));
  await page.getByRole("checkbox", { name: "Select all that are shown" }).check();
  await see(bar(page).getByText("20 selected"));
  await look(page, "bulk-bar");
  await bar(page).getByRole("button", { name: "Archive" }).click();
  const ask = dialog(page, "Archive: 20 customers");
  await ask.getByRole("button", { name: "Archive" }).click();
  await see(ask.getByText("Please say why."));
  await ask.getByRole("textbox", { name: "Reason" }).fill("Spring cleaning");
  await look(page, "bulk-ask");
  const flows = new Set<string | undefined>();
  page.on("request", (request) => { if (request.url().endsWith("/archive")) flows.add(request.headers()["x-correlation-id"]); });
  // A colleague gives two of them to herself, and mends the telephone number of a third.
  const me = String((await annals.send("admin", "GET", "/me"))["id"]);
  for (const id of ["c1", "c2"]) await annals.send("admin", "POST", `/customers/${id}/hand_over`, { to: me });
  await annals.edit("admin", "/customers/c3", { phone: "+43 1 5550199" });
  await ask.getByRole("button", { name: "Archive" }).click();
  await see(page.getByRole("alert").getByText("18 saved, 2 changed meanwhile."));
  await see(page.getByRole("list", { name: "Not saved" }).getByRole("link", { name: "Ann Archer" }));
  await see(page.getByText("All 2 shown"));
  await look(page, "bulk-result");
  expect(flows.size).toBe(1);
  const flow = [...flows][0] ?? "";
  const commits = await annals.send("auditor", "GET", `/audit/correlations/${flow}?limit=100`);
  expect((commits["items"] as unknown[]).length).toBe(18);

  await page.getByRole("status").getByRole("button", { name: "Undo" }).click();
  await see(page.getByRole("status").getByText("18 taken back."));
  await see(page.getByText("All 20 shown"));
  // What was done is counted at once, though counts follow the log.
  await see(page.getByRole("navigation", { name: "Status" }).getByRole("link", { name: "Active 20" }));
  await look(page, "bulk-undone");
  await page.getByRole("link", { name: "Dora Dyer" }).click();
  const timeline = page.getByRole("region", { name: "Timeline" });
  await see(timeline.getByRole("listitem").first().getByRole("blockquote").getByText("Undone right away"));
  await see(timeline.getByRole("listitem").nth(1).getByRole("blockquote").getByText("Spring cleaning"));
});

test("tags are added and taken out, and owners changed, for several at once", async ({ annals, visits }) => {
  await some(annals);
  await signIn((await visits()).page, "admin");
  const { page } = await visits();
  await signIn(page, "editor", "/r/customers");
  await box(page, "Ann Archer").check();
  await box(page, "Bob Baker").check();
  await bar(page).getByRole("button", { name: "Tags…" }).click();
  const ask = dialog(page, "Tags: 2 customers");
  // Words that are in use are offered.
  await expect.poll(() => ask.locator("datalist").first().locator("option").evaluateAll((options) => options.map((option) => (option as HTMLOptionElement).value))).toEqual(["old", "vip"]);
  await ask.getByRole("combobox", { name: "Add" }).fill("fair");
  await ask.getByRole("combobox", { name: "Take out" }).fill("old");
  await look(page, "bulk-tags");
  await ask.getByRole("button", { name: "Save" }).click();
  await see(message(page, "2 saved."));
  for (const name of ["Ann Archer", "Bob Baker"]) {
    await see(row(page, name).getByText("fair"));
    await seeNoMore(row(page, name).getByText("old"));
  }
  await see(row(page, "Bob Baker").getByText("vip"));
  await see(row(page, "Cleo Carver").getByText("old"));

  await box(page, "Cleo Carver").check();
  await box(page, "Dora Dyer").check();
  await bar(page).getByRole("button", { name: "Hand over" }).click();
  const give = dialog(page, "Hand over: 2 customers");
  await give.getByRole("combobox", { name: "New owner" }).selectOption({ label: "Anna Admin" });
  await give.getByRole("button", { name: "Hand over" }).click();
  await see(message(page, "2 saved."));
  await page.getByRole("combobox", { name: "Owner" }).selectOption({ label: "Me" });
  await see(page.getByText("All 2 shown"));
  await page.getByRole("status").getByRole("button", { name: "Undo" }).click();
  await see(page.getByText("All 4 shown"));
});

test("what cannot go on stops, says so, and goes on when asked", async ({ annals, visits }) => {
  await some(annals);
  const { page, guard } = await visits();
  guard.expect(503);
  await signIn(page, "editor", "/r/customers");
  await page.getByRole("checkbox", { name: "Select all that are shown" }).check();
  await page.route("**/customers/c3/archive", (route) => route.fulfill({ status: 503, contentType: "application/problem+json", json: { title: "The service is not available", status: 503 } }));
  await bar(page).getByRole("button", { name: "Archive" }).click();
  await dialog(page, "Archive: 4 customers").getByRole("textbox", { name: "Reason" }).fill("Moved");
  await dialog(page, "Archive: 4 customers").getByRole("button", { name: "Archive" }).click();
  await see(page.getByText("It stopped before its end"));
  await look(page, "bulk-stopped");
  await page.unrouteAll();
  await page.getByRole("button", { name: "Try again" }).click();
  await see(page.getByRole("status").getByText("4 saved."));
});

test("rows are gone through, selected and edited by keyboard", async ({ annals, visits }) => {
  await some(annals);
  const { page } = await visits();
  await signIn(page, "editor", "/r/customers");
  const link = (name: string) => page.getByRole("link", { name, exact: true });
  await see(link("Ann Archer"));
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await hasFocus(link("Bob Baker"));
  await page.keyboard.press("x");
  await expect.poll(() => box(page, "Bob Baker").isChecked()).toBe(true);
  await look(page, "list-keys");
  await page.keyboard.press("x");
  await expect.poll(() => box(page, "Bob Baker").isChecked()).toBe(false);
  await page.keyboard.press("e");
  const form = dialog(page, "Edit Bob Baker");
  await form.getByRole("textbox", { name: "Phone" }).fill("+43 1 5550122");
  await page.keyboard.press("Enter");
  await seeNoMore(form);
  await see(row(page, "Bob Baker").getByText("+43 1 5550122"));
});

test("many are archived and taken back by keyboard alone", async ({ annals, visits }) => {
  await some(annals);
  const { page } = await visits();
  await signIn(page, "editor", "/r/customers");
  await see(page.getByRole("link", { name: "Ann Archer" }));
  for (const key of ["j", "x", "j", "x"]) await page.keyboard.press(key);
  await see(bar(page).getByText("2 selected"));
  const archive = bar(page).getByRole("button", { name: "Archive" });
  await archive.focus();
  await page.keyboard.press("Enter");
  const reason = dialog(page, "Archive: 2 customers").getByRole("textbox", { name: "Reason" });
  await hasFocus(reason);
  await page.keyboard.type("Moved");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await see(page.getByRole("status").getByText("2 saved."));
  // What became of it has the focus: the way back is one step away.
  const outcome = page.getByRole("group", { name: "What became of it" });
  await hasFocus(outcome);
  await page.keyboard.press("Tab");
  await hasFocus(outcome.getByRole("button", { name: "Undo" }));
  await page.keyboard.press("z");
  await see(outcome.getByText("2 taken back."));
  await page.keyboard.press("Escape");
  await outcome.getByRole("button", { name: "Dismiss" }).press("Enter");
  await hasFocus(page.getByRole("heading", { name: "Customers", level: 1 }));
});

test("a list says how old it is, and still shows what it could not read anew", async ({ annals, visits }) => {
  await some(annals);
  const { page, guard } = await visits();
  guard.expect(503);
  await signIn(page, "editor", "/r/customers");
  await see(page.getByText(/^As of \d+:\d\d:\d\d$/));
  await annals.edit("admin", "/customers/c1", { name: "Ann Renamed" });
  await expect.poll(async () => {
    await page.getByRole("button", { name: "Refresh" }).click();
    return page.getByRole("link", { name: "Ann Renamed" }).isVisible();
  }).toBe(true);
  await page.route("**/api/v1/customers?**", (route) => route.fulfill({ status: 503, contentType: "application/problem+json", json: { title: "The service is not available", status: 503 } }));
  await page.getByRole("button", { name: "Refresh" }).click();
  await see(page.getByText("It could not be read anew; what is shown is older"));
  await see(page.getByRole("link", { name: "Ann Renamed" }));
  await look(page, "list-old");
});

test("a viewer selects nothing, and has views, columns and keys", async ({ annals, visits }) => {
  await some(annals);
  const { page } = await visits();
  await signIn(page, "viewer", "/r/customers");
  await see(page.getByRole("link", { name: "Ann Archer" }));
  await expect.poll(() => page.getByRole("checkbox").count()).toBe(0);
  await look(page, "list-viewer");
});

for (const [shape, options] of Object.entries({
  phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 },
  enlarged: { viewport: { width: 600, height: 400 }, deviceScaleFactor: 2 },
  dark: { colorScheme: "dark" },
  "forced-colours": { forcedColors: "active" },
} as const)) {
  test(`selected rows and the menus fit: ${shape}`, async ({ annals, visits }) => {
    await some(annals);
    const { page } = await visits(options);
    await signIn(page, "editor", "/r/customers");
    await box(page, "Ann Archer").check();
    await see(bar(page).getByText("1 selected"));
    await fits(page);
    await look(page, `${shape}-list-selected`);
    await page.getByRole("button", { name: "Views" }).click();
    await see(page.getByRole("textbox", { name: "Name for what is shown" }));
    await fits(page);
    await look(page, `${shape}-list-views`);
  });
}

test("to-dos of a table get a day, lose it, and are completed together", async ({ annals, visits }) => {
  for (const n of [1, 2, 3]) await annals.create("editor", "todos", { id: `t${n}`, title: `Task ${n}`, due_on: "2026-12-01" });
  await annals.send("editor", "POST", "/todos/t3/complete", {});
  const { page, guard } = await visits();
  guard.expect(422);
  await signIn(page, "editor", "/r/todos?layout=table");
  await see(row(page, "Task 3").getByText("Completed"));
  await page.getByRole("checkbox", { name: "Select all that are shown" }).check();
  await bar(page).getByRole("button", { name: "Due…" }).click();
  // A rule decides what can be changed of what is done: it is refused, and said.
  const ask = dialog(page, "Due: 3 to-dos");
  await ask.getByLabel("Due").fill("2026-12-24");
  await look(page, "bulk-day");
  await ask.getByRole("button", { name: "Save" }).click();
  await see(page.getByRole("alert").getByText("2 saved, 1 refused."));
  await see(row(page, "Task 1").getByText("24 Dec 2026"));
  await page.getByRole("alert").getByRole("button", { name: "Dismiss" }).click();

  await box(page, "Task 1").check();
  await box(page, "Task 2").check();
  await bar(page).getByRole("button", { name: "Due…" }).click();
  await dialog(page, "Due: 2 to-dos").getByRole("button", { name: "Save" }).click();
  await see(message(page, "2 saved."));
  await seeNoMore(row(page, "Task 1").getByText("24 Dec 2026"));

  await page.getByRole("checkbox", { name: "Select all that are shown" }).check();
  await bar(page).getByRole("button", { name: "Complete", exact: true }).click();
  const complete = dialog(page, "Complete: 2 to-dos");
  await see(complete.getByText("1 of the selected is left out: its status does not allow it."));
  await look(page, "bulk-left");
  await complete.getByRole("button", { name: "Complete" }).click();
  await see(message(page, "2 saved."));
  await see(row(page, "Task 1").getByText("Completed"));
  await page.getByRole("status").getByRole("button", { name: "Undo" }).click();
  await see(row(page, "Task 1").getByText("Open"));
});
