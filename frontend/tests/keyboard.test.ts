// Everything without a mouse.

import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";
import { lily } from "./support/lily";
import { dialog, heading, see, seeNoMore, signIn } from "./support/steps";
import { test } from "./support/test";

/** Presses Tab until something has the focus, as somebody would who looks for it. */
async function tabTo(page: Page, wanted: Locator): Promise<void> {
  await see(wanted);
  for (let pressed = 0; pressed < 80; pressed += 1) {
    if (await wanted.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`the focus never comes to ${String(wanted)}`);
}

async function typeInto(page: Page, field: Locator, text: string): Promise<void> {
  await tabTo(page, field);
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type(text);
}

test("a customer is created, edited and saved over a conflict by keyboard alone", async ({ annals, visits }) => {
  await signIn((await visits()).page, "admin");
  const { page, guard } = await visits();
  guard.expect(412);
  await page.goto("/r/customers");
  await tabTo(page, page.getByRole("button", { name: "Sign in" }));
  await page.keyboard.press("Enter");
  await tabTo(page, page.getByRole("button", { name: /Emil Editor/ }));
  await page.keyboard.press("Enter");

  // Create.
  await tabTo(page, page.getByRole("button", { name: "New customer" }));
  await page.keyboard.press("Enter");
  const fresh = dialog(page, "New customer");
  await typeInto(page, fresh.getByRole("textbox", { name: "Name", exact: true }), "Lily Ari");
  await typeInto(page, fresh.getByRole("textbox", { name: "Phone" }), "+43 1 5550100");
  await tabTo(page, fresh.getByRole("button", { name: "Save" }));
  await page.keyboard.press("Enter");
  await see(heading(page, "Lily Ari"));
  // Where we are now is where reading goes on.
  await expect.poll(() => heading(page, "Lily Ari").evaluate((title) => title === document.activeElement)).toBe(true);

  // Edit, while a colleague does.
  const edit = page.getByRole("button", { name: "Edit", exact: true });
  await tabTo(page, edit);
  await page.keyboard.press("Enter");
  const form = dialog(page, "Edit Lily Ari");
  await see(form);
  const path = new URL(page.url()).pathname.replace("/r", "");
  await annals.edit("admin", path, { phone: "+43 1 5550111" });
  await typeInto(page, form.getByRole("textbox", { name: "Phone" }), "+43 1 5550122");
  await page.keyboard.press("Enter");

  // Choose theirs, then mine, and save.
  const choice = dialog(page, "Lily Ari was changed meanwhile");
  const mine = choice.getByRole("radio", { name: /^Yours/ });
  await tabTo(page, mine);
  await page.keyboard.press("ArrowUp");
  await expect.poll(() => choice.getByRole("radio", { name: /^Anna Admin’s/ }).isChecked()).toBe(true);
  await page.keyboard.press("ArrowDown");
  await expect.poll(() => mine.isChecked()).toBe(true);
  await tabTo(page, choice.getByRole("button", { name: "Save" }));
  await page.keyboard.press("Enter");
  await seeNoMore(form);
  await see(page.getByRole("region", { name: "Details" }).getByText("+43 1 5550122"));
  await see(page.getByText("Version 3", { exact: true }));
  await expect.poll(() => edit.evaluate((button) => button === document.activeElement)).toBe(true);
});

test("a record is looked at as it was, and a field of it restored, by keyboard alone", async ({ annals, visits }) => {
  await lily(annals);
  const { page } = await visits();
  await signIn(page, "editor", "/r/customers/lily");
  await tabTo(page, page.getByRole("slider", { name: "Version" }));
  await page.keyboard.press("Home");
  await see(page.getByText("As of version 1"));
  await tabTo(page, page.getByRole("button", { name: "Restore…" }));
  await page.keyboard.press("Enter");
  const ask = dialog(page, "Restore Lily Ari as of version 1");
  await tabTo(page, ask.getByRole("radio", { name: "Everything" }));
  await page.keyboard.press("ArrowDown");
  await tabTo(page, ask.getByRole("checkbox", { name: /^Phone/ }));
  await page.keyboard.press("Space");
  await see(ask.getByRole("region", { name: "What will change" }).getByRole("insertion").getByText("+43 1 5550100"));
  await tabTo(page, ask.getByRole("button", { name: "Restore", exact: true }));
  await page.keyboard.press("Enter");
  await seeNoMore(ask);
  await see(page.getByRole("region", { name: "Details" }).getByText("+43 1 5550100"));
  // What was pressed is gone with the past; reading goes on where the record is named.
  await expect.poll(() => heading(page, "Lily Ari").evaluate((title) => title === document.activeElement)).toBe(true);
});

test("the first Tab leads past the navigation", async ({ visits }) => {
  const { page } = await visits();
  await signIn(page, "editor", "/r/customers");
  await see(heading(page, "Customers"));
  await page.reload();
  await see(heading(page, "Customers"));
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  await page.keyboard.press("Tab");
  const skip = page.getByRole("link", { name: "Skip to the content" });
  await expect.poll(() => skip.evaluate((link) => link === document.activeElement)).toBe(true);
  await see(skip);
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await expect.poll(() => page.getByRole("main").evaluate((main) => main.contains(document.activeElement))).toBe(true);
});

test("a to-do gets its customer from the picker by keyboard alone", async ({ annals, visits }) => {
  await annals.create("editor", "customers", { id: "lily", name: "Lily Ari" });
  await annals.create("editor", "customers", { id: "max", name: "Max Other" });
  const { page } = await visits();
  await signIn(page, "editor", "/r/todos?new");
  const form = dialog(page, "New to-do");
  await typeInto(page, form.getByRole("textbox", { name: "Title" }), "Call Lily back");
  await tabTo(page, form.getByRole("combobox", { name: "Customer" }));
  await page.keyboard.type("Lil");
  await see(page.getByRole("option", { name: /Lily Ari/ }));
  await page.keyboard.press("Enter");
  await seeNoMore(page.getByRole("option", { name: /Lily Ari/ }));
  await tabTo(page, form.getByRole("button", { name: "Save" }));
  await page.keyboard.press("Enter");
  await see(page.getByRole("region", { name: "Details" }).getByRole("link", { name: "Lily Ari" }));
});
