// What people do again and again, by the names that they see.

import type { Locator, Page } from "playwright-core";
import type { Username } from "./annals";

/** The names of the demo people. */
export const NAMES: Record<Username, string> = {
  viewer: "Vera Viewer",
  editor: "Emil Editor",
  auditor: "Ada Auditor",
  operator: "Otto Operator",
  admin: "Anna Admin",
  outsider: "Oskar Outsider",
};

/** Waits until it can be seen. */
export function see(locator: Locator): Promise<void> {
  return locator.waitFor({ state: "visible" });
}

/** Waits until it cannot be seen any more. */
export function seeNoMore(locator: Locator): Promise<void> {
  return locator.waitFor({ state: "hidden" });
}

export function heading(page: Page, name: string | RegExp): Locator {
  return page.getByRole("heading", { name, level: 1 });
}

export function dialog(page: Page, name: string | RegExp): Locator {
  return page.getByRole("dialog", { name });
}

/** The one place where the application says what it has done. */
export function message(page: Page, text: string | RegExp): Locator {
  return page.getByRole("status").getByText(text);
}

/** Opens a path as one of the demo people, through the pages of the provider, and waits for the screen. */
export async function signIn(page: Page, username: Username, path = "/"): Promise<void> {
  await page.goto(path);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: new RegExp(NAMES[username]) }).click();
  await seeShell(page, NAMES[username]);
}

/** Waits for the frame of the application; on a phone the menu hides who is signed in. */
export async function seeShell(page: Page, name: string): Promise<void> {
  const frame = page.getByRole("button", { name: "Menu" }).or(page.getByRole("button", { name: `Account of ${name}` }));
  await see(frame.first());
}

/** Opens the record that has this title from its list. */
export async function open(page: Page, title: string): Promise<void> {
  await page.getByRole("link", { name: title, exact: true }).click();
  await see(heading(page, title));
}

/** A password that the provider takes. */
export const PASSWORD = "quite-a-long-passphrase";

/** Signs up on the provider's pages, with the code that on one machine stands on the page itself. */
export async function signUp(page: Page, email: string, name: string): Promise<void> {
  await page.goto("/");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("link", { name: "Create an account" }).click();
  await page.getByRole("textbox", { name: "Name", exact: true }).fill(name);
  await page.getByRole("textbox", { name: "E-mail address" }).fill(email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Create account" }).click();
  const code = await page.getByRole("code").first().innerText();
  await page.getByRole("textbox", { name: "Confirmation code" }).fill(code);
  await page.getByRole("button", { name: "Confirm" }).click();
  await seeShell(page, name);
}
