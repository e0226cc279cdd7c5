// The same screens on a phone, enlarged, dark, without motion, in forced colours.

import type { BrowserContextOptions } from "playwright-core";
import { expect } from "vitest";
import type { Annals } from "./support/annals";
import { lily } from "./support/lily";
import { fits, look } from "./support/look";
import { dialog, heading, see, seeNoMore, signIn } from "./support/steps";
import { test, WINDOW } from "./support/test";

async function some(annals: Annals): Promise<void> {
  const address = { line1: "Mariahilfer Straße 1", postal_code: "1060", city: "Wien", country: "Austria" };
  const lily = { id: "lily", name: "Lily Ari", email: "lily.ari.with.a.long.name@department.example.org", company: "Ari GmbH", tags: ["vip", "newsletter"], address };
  await annals.create("editor", "customers", lily);
  await annals.edit("admin", "/customers/lily", { phone: "+43 1 5550199", notes: "A customer since the first day.\nPrefers to be called in the morning." });
  await annals.create("admin", "customers", { name: "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" });
  await annals.create("editor", "customers", { name: "Max Other", email: "max@example.org" });
  await annals.create("editor", "todos", { title: "Call Lily back", customer_id: "lily", due_on: "2026-12-01" });
}

const SHAPES: Record<string, BrowserContextOptions> = {
  phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 },
  // What a browser does at 200 %: half as many, twice as large.
  enlarged: { viewport: { width: WINDOW.width / 2, height: WINDOW.height / 2 }, deviceScaleFactor: 2 },
  dark: { colorScheme: "dark" },
  "forced-colours": { forcedColors: "active" },
  still: { reducedMotion: "reduce" },
};

for (const [shape, options] of Object.entries(SHAPES)) {
  test(`list, record, form and sign-in fit: ${shape}`, async ({ annals, visits }) => {
    await some(annals);
    const { page } = await visits(options);
    await page.goto("/");
    await see(page.getByRole("button", { name: "Sign in" }));
    await fits(page);
    await look(page, `${shape}-sign-in`);
    await signIn(page, "admin", "/r/customers");
    await see(page.getByRole("link", { name: "Lily Ari" }));
    await fits(page);
    await look(page, `${shape}-list`);
    await page.getByRole("link", { name: "Lily Ari" }).click();
    await see(heading(page, "Lily Ari"));
    await see(page.getByRole("region", { name: "Timeline" }).getByRole("listitem").nth(1));
    await fits(page);
    await look(page, `${shape}-record`);
    await page.getByRole("button", { name: "Edit", exact: true }).click();
    await see(dialog(page, "Edit Lily Ari"));
    await fits(page);
    await look(page, `${shape}-edit`);
    await page.goto("/r/todos");
    await see(page.getByRole("link", { name: "Call Lily back" }));
    await fits(page);
    await look(page, `${shape}-to-dos`);
  });
}

for (const [shape, options] of Object.entries(SHAPES)) {
  test(`filter, past, comparison and restoring fit: ${shape}`, async ({ annals, visits }) => {
    await lily(annals);
    const { page } = await visits(options);
    await signIn(page, "admin", "/r/customers/lily?field=/email&since=2020-01-01T00:00:00.000Z");
    await see(page.getByRole("region", { name: "Timeline" }).getByRole("article").nth(2));
    await fits(page);
    await look(page, `${shape}-history`);
    await page.goto("/r/customers/lily?version=2");
    await see(page.getByText("As of version 2"));
    await fits(page);
    await look(page, `${shape}-past`);
    await page.getByRole("button", { name: "Restore…" }).click();
    await dialog(page, /^Restore/).getByRole("radio", { name: "Only what I choose" }).check();
    await dialog(page, /^Restore/).getByRole("checkbox", { name: /^Notes/ }).check();
    await see(dialog(page, /^Restore/).getByRole("region", { name: "What will change" }).getByRole("insertion"));
    await fits(page);
    await look(page, `${shape}-restore`);
    await page.goto("/r/customers/lily/compare?from=1&to=5&all");
    await see(page.getByRole("table").getByText("hello@ari.example"));
    await fits(page);
    await look(page, `${shape}-compare`);
  });
}

test("the rail opens and closes on a phone", async ({ annals, visits }) => {
  await some(annals);
  const { page } = await visits(SHAPES["phone"]);
  await signIn(page, "editor", "/r/customers");
  const menu = page.getByRole("button", { name: "Menu" });
  const todos = page.getByRole("navigation", { name: "Records" }).getByRole("link", { name: "To-dos" });
  await seeNoMore(todos);
  await menu.click();
  await see(todos);
  await expect.poll(() => menu.getAttribute("aria-expanded")).toBe("true");
  await look(page, "phone-menu");
  await todos.click();
  await see(heading(page, "To-dos"));
  await seeNoMore(todos);
});

test("nothing moves for those who asked for that", async ({ annals, visits }) => {
  await some(annals);
  const { page } = await visits(SHAPES["still"]);
  await signIn(page, "editor", "/r/customers/lily");
  await page.getByRole("button", { name: "Edit", exact: true }).click();
  await see(dialog(page, "Edit Lily Ari"));
  const moving = await page.evaluate(() => document.getAnimations().filter(({ playState }) => playState === "running").length);
  expect(moving).toBe(0);
});

test("the chosen theme stays", async ({ annals, visits }) => {
  await some(annals);
  const { page } = await visits({ colorScheme: "light" });
  await signIn(page, "editor", "/r/customers");
  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await ground();
  await page.getByRole("button", { name: /^Account of/ }).click();
  await page.getByRole("radio", { name: "Dark" }).check();
  await expect.poll(ground).not.toBe(light);
  await page.reload();
  await see(heading(page, "Customers"));
  await expect.poll(() => ground()).not.toBe(light);
});
