// A record as it was: at a version, at an instant, and back to now.

import type { Page } from "playwright-core";
import { expect } from "vitest";
import { lily } from "./support/lily";
import { look } from "./support/look";
import { dialog, heading, see, seeNoMore, signIn } from "./support/steps";
import { test } from "./support/test";

const details = (page: Page) => page.getByRole("region", { name: "Details" });
const banner = (page: Page) => page.getByRole("region", { name: "Looking back" });
const slider = (page: Page) => page.getByRole("slider", { name: "Version" });
const asked = (page: Page, name: string) => new URL(page.url()).searchParams.get(name);

test("a record is shown as it was in a version, with what it holds now beside it, and nothing can be written there", async ({ annals, visits }) => {
  await lily(annals);
  const { page } = await visits();
  await signIn(page, "editor", "/r/customers/lily");
  await page.getByRole("region", { name: "Timeline" }).getByRole("link", { name: /Version 2$/ }).click();
  await see(banner(page).getByText("As of version 2"));
  expect(asked(page, "version")).toBe("2");
  await see(details(page).getByRole("link", { name: "lily@ari.example" }));
  await see(details(page).getByText(/now:\s*hello@ari\.example/));
  await see(page.getByText("Version 2", { exact: true }));
  await see(banner(page).getByText(/It was so from .* until /));
  for (const name of ["Edit", "Archive", "Hand over"]) await expect.poll(() => page.getByRole("button", { name, exact: true }).count(), { message: name }).toBe(0);
  await see(banner(page).getByRole("button", { name: "Restore…" }));
  await look(page, "past-version");
  await banner(page).getByRole("button", { name: "Back to now" }).click();
  await see(page.getByRole("button", { name: "Edit", exact: true }));
  await seeNoMore(banner(page));
  await expect.poll(() => new URL(page.url()).search).toBe("");
  // An address that asks for the form of the past shows the past.
  await page.goto("/r/customers/lily?version=2&edit");
  await see(banner(page));
  await expect.poll(() => dialog(page, /^Edit/).count()).toBe(0);
});

test("the versions are gone through by keyboard alone", async ({ annals, visits }) => {
  await lily(annals);
  const { page } = await visits();
  await signIn(page, "viewer", "/r/customers/lily");
  await slider(page).focus();
  await page.keyboard.press("ArrowLeft");
  await see(banner(page).getByText("As of version 4"));
  await expect.poll(() => slider(page).getAttribute("aria-valuetext")).toBe("Version 4 of 5");
  await page.keyboard.press("Home");
  await see(banner(page).getByText("As of version 1"));
  await see(details(page).getByText("+43 1 5550100"));
  await page.keyboard.press("ArrowRight");
  await see(banner(page).getByText("As of version 2"));
  await look(page, "past-slider");
  await page.keyboard.press("End");
  await seeNoMore(banner(page));
  await expect.poll(() => slider(page).evaluate((element) => element === document.activeElement)).toBe(true);
  // One look is one step of the way back, however many versions it saw.
  await page.getByRole("button", { name: "One version back" }).click();
  await see(banner(page).getByText("As of version 4"));
  await page.getByRole("button", { name: "One version back" }).click();
  await see(banner(page).getByText("As of version 3"));
  await page.goBack();
  await seeNoMore(banner(page));
  await see(heading(page, "Lily Ari"));
});

test("a record is shown as it was at an instant, which the reader gives in their own zone", async ({ annals, visits }) => {
  const versions = await lily(annals);
  const { page, guard } = await visits({ timezoneId: "America/New_York" });
  guard.expect(404);
  await signIn(page, "editor", `/r/customers/lily?at=${String(versions[2]?.["changed_at"])}`);
  await see(banner(page).getByText(/^As it was on .*: version 3$/));
  await see(details(page).getByRole("link", { name: "office@ari.example" }));
  await see(banner(page).getByText(/less than a minute ago/));
  await look(page, "past-instant");

  await page.getByLabel("As it was on", { exact: true }).fill("2020-06-01T08:00");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await see(page.getByText(/^There was nothing on/));
  expect(asked(page, "at")).toBe("2020-06-01T12:00:00.000Z");
  await look(page, "past-before");
  await page.getByRole("button", { name: "Back to now" }).click();
  await see(page.getByRole("button", { name: "Edit", exact: true }));

  await page.getByLabel("As it was on", { exact: true }).fill("2099-06-01T08:00");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await see(page.getByText("That is still to come."));
  await look(page, "past-future");
  expect(asked(page, "at")).toBeNull();
});

test("a version that there is not is told, with the way back", async ({ annals, visits }) => {
  await lily(annals);
  const { page, guard } = await visits();
  guard.expect(404, 400);
  await signIn(page, "viewer", "/r/customers/lily?version=12");
  await see(page.getByText("There is no version 12"));
  await look(page, "past-no-version");
  await page.goto("/r/customers/lily?version=twelve");
  await see(page.getByRole("alert"));
  await look(page, "past-nonsense");
  await page.getByRole("button", { name: "Back to now" }).click();
  await see(details(page).getByRole("link", { name: "hello@ari.example" }));
});

test("a viewer looks back like everybody, and is offered no restoring", async ({ annals, visits }) => {
  await lily(annals);
  const { page } = await visits();
  await signIn(page, "viewer", "/r/customers/lily?version=1");
  await see(banner(page).getByText("As of version 1"));
  await expect.poll(() => page.getByRole("button", { name: /Restore/ }).count()).toBe(0);
});

test("the past that cannot be read can be tried again", async ({ annals, visits }) => {
  await lily(annals);
  const { page, guard } = await visits();
  guard.expect(503);
  await page.route("**/api/v1/customers/lily?version=2", (route) =>
    route.fulfill({ status: 503, contentType: "application/problem+json", json: { title: "The service is not available", status: 503 } }));
  await signIn(page, "viewer", "/r/customers/lily?version=2");
  await see(page.getByRole("button", { name: "Try again" }));
  await look(page, "past-unavailable");
  await page.unrouteAll();
  await page.getByRole("button", { name: "Try again" }).click();
  await see(banner(page).getByText("As of version 2"));
});

test("who is offline is told so, and looks back when the line is there again", async ({ annals, visits }) => {
  await lily(annals);
  const { page, guard } = await visits();
  guard.expect(0);
  await signIn(page, "viewer", "/r/customers/lily");
  await see(page.getByRole("region", { name: "Timeline" }).getByRole("article").nth(4));
  await page.context().setOffline(true);
  await slider(page).press("Home");
  await see(page.getByText("The service cannot be reached"));
  await see(page.getByText(/You are offline/));
  await look(page, "past-offline");
  await page.context().setOffline(false);
  await page.getByRole("button", { name: "Try again" }).click();
  await see(banner(page).getByText("As of version 1"));
});
