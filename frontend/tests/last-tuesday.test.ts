// What somebody asks who finds a wrong e-mail: who changed it last Tuesday, why, and how was it before?

import type { Page } from "playwright-core";
import { expect } from "vitest";
import { daysLater, instantAt } from "../src/lib/zone";
import { look } from "./support/look";
import { ZONE, lastTuesday, sinceLastWeek } from "./support/past";
import { see, signIn } from "./support/steps";
import { test } from "./support/test";

test.override({ settings: sinceLastWeek });

const VIENNA = { timezoneId: ZONE };
const details = (page: Page) => page.getByRole("region", { name: "Details" });
const commits = (page: Page) => page.getByRole("region", { name: "Timeline" }).getByRole("article");
const instant = (day: string, time: string) => new Date(instantAt(`${day}T${time}`, ZONE) ?? 0).toISOString();

test("who changed an e-mail last Tuesday is found, with the reason", async ({ visits }) => {
  const { page } = await visits(VIENNA);
  await signIn(page, "viewer", "/r/customers/lily");
  await page.getByText("Filter", { exact: true }).click();
  await page.getByRole("combobox", { name: "What changed" }).selectOption({ label: "E-mail" });
  const tuesday = lastTuesday();
  await page.getByLabel("Since").fill(`${tuesday}T00:00`);
  await page.getByLabel("Until").fill(`${daysLater(tuesday, 1)}T00:00`);
  await page.getByRole("button", { name: "Apply" }).click();
  await see(page.getByText("Filter (3)"));
  await expect.poll(() => commits(page).count()).toBe(1);
  await see(commits(page).getByText("Anna Admin"));
  await see(commits(page).getByRole("blockquote").getByText("The customer called"));
  await see(commits(page).getByRole("deletion").getByText("lily@ari.example"));
  await see(commits(page).getByRole("insertion").getByText("office@ari.example"));
  // The address means the same day to a reader in another zone.
  await expect.poll(() => new URL(page.url()).searchParams.get("since")).toBe(instant(tuesday, "00:00"));
  await look(page, "last-tuesday");
});

test("the record is seen as it was on the evening before, in the reader's own zone", async ({ visits }) => {
  const { page } = await visits(VIENNA);
  await signIn(page, "viewer", "/r/customers/lily");
  const monday = daysLater(lastTuesday(), -1);
  await page.getByLabel("As it was on", { exact: true }).fill(`${monday}T18:00`);
  await page.getByRole("button", { name: "Show", exact: true }).click();
  const banner = page.getByRole("region", { name: "Looking back" });
  await see(banner.getByText(/^As it was on .*: version 1$/));
  await see(details(page).getByRole("link", { name: "lily@ari.example" }));
  await see(details(page).getByText(/now:\s*office@ari\.example/));
  // A week later nothing can come in from before any more.
  await expect.poll(() => banner.getByText(/less than a minute ago/).count()).toBe(0);
  await expect.poll(() => new URL(page.url()).searchParams.get("at")).toBe(instant(monday, "18:00"));
  await look(page, "monday-evening");
});
