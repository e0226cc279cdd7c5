// Finding things on the auditor's page, by what auditors see.

import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";
import type { Annals } from "./annals";
import { see } from "./steps";

/** The changes that are listed, newest first. */
export function changes(page: Page): Locator {
  return page.getByRole("region", { name: "Changes" }).locator("ol > li");
}

/** The change that is listed with this text. */
export function change(page: Page, text: string | RegExp): Locator {
  return page.getByRole("region", { name: "Changes" }).getByRole("link").filter({ hasText: text }).first();
}

/** The chosen change of something that is called so. */
export function chosen(page: Page, name: string): Locator {
  return page.getByRole("region", { name, exact: true });
}

/** Chooses the day or days that are offered under a name with this in it. */
export async function chooseWhen(page: Page, text: string): Promise<void> {
  const when = page.getByRole("combobox", { name: "When" });
  await see(when);
  const label = await when.locator("option").filter({ hasText: text }).first().textContent();
  await when.selectOption({ label: label ?? "" });
}

/** Chooses a person by the beginning of their name, by keyboard. */
export async function choosePerson(page: Page, typed: string, name: string): Promise<void> {
  const person = page.getByRole("combobox", { name: "Person" });
  await person.click();
  await page.keyboard.type(typed);
  await see(page.getByRole("option", { name }));
  await page.keyboard.press("Enter");
}

/** Waits until the log has been checked since the start, after all that the folder has told before. */
export async function checked(server: Annals): Promise<void> {
  await expect.poll(async () => {
    const through = (await server.send("auditor", "GET", "/audit/commits?limit=1"))["complete_through"];
    return typeof through === "string" && Date.now() - Date.parse(through) < 60 * 60_000;
  }).toBe(true);
}

/** Looks again until the log has been checked beyond what is asked for. */
export async function seeComplete(page: Page): Promise<void> {
  await expect.poll(async () => {
    await page.getByRole("button", { name: "Look again" }).click();
    return page.getByText("Complete: nothing that belongs here is missing.").isVisible();
  }).toBe(true);
}
