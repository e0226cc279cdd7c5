// Two versions of a record side by side.

import type { Page } from "playwright-core";
import { expect } from "vitest";
import { lily } from "./support/lily";
import { look } from "./support/look";
import { dialog, heading, see, seeNoMore, signIn } from "./support/steps";
import { test } from "./support/test";

const table = (page: Page) => page.getByRole("table", { name: "The two versions" });
const row = (page: Page, name: string | RegExp) => table(page).getByRole("row").filter({ has: page.getByRole("rowheader", { name }) });

test("any two versions are compared: what differs, and if asked all there is with who set it", async ({ annals, visits }) => {
  await lily(annals);
  await signIn((await visits()).page, "admin");
  const { page } = await visits();
  await signIn(page, "viewer", "/r/customers/lily");
  // From the second version's card to the comparison with now.
  await page.getByRole("region", { name: "Timeline" }).getByRole("article").nth(3).getByRole("link", { name: "Compare with now" }).click();
  await see(heading(page, "Compare versions of Lily Ari"));
  await see(row(page, "E-mail").getByText("lily@ari.example"));
  await see(row(page, "E-mail").getByText("hello@ari.example"));
  await see(row(page, "Notes").getByRole("deletion").filter({ hasText: "morning" }));
  await expect.poll(() => row(page, "Company").count()).toBe(0);
  await look(page, "compare");

  await page.getByLabel("From version").fill("3");
  await page.getByLabel("To version").fill("4");
  await page.getByRole("button", { name: "Compare", exact: true }).click();
  await see(row(page, "Address · City").getByText("Wien"));
  await expect.poll(() => row(page, "E-mail").count()).toBe(0);
  await expect.poll(() => new URL(page.url()).search).toBe("?from=3&to=4");

  await page.getByLabel("Show all fields, and who set them").check();
  const company = row(page, "Company");
  await see(company.getByText(/since version 1/).first());
  await see(row(page, "E-mail").getByText(/Anna Admin,.*since version 3/).first());
  await see(row(page, "E-mail").getByText("She changed her provider").first());
  await look(page, "compare-all");
  await page.reload();
  await see(row(page, "Company"));
  await page.getByLabel("Show all fields, and who set them").uncheck();
  await seeNoMore(row(page, "Company"));

  await page.getByRole("button", { name: "Swap" }).click();
  await expect.poll(() => new URL(page.url()).search).toBe("?from=4&to=3");
  await page.getByRole("navigation", { name: "Breadcrumb" }).getByRole("link", { name: "Lily Ari" }).click();
  await see(heading(page, "Lily Ari"));
});

test("a comparison begins with the newest change, and goes back to before the record existed", async ({ annals, visits }) => {
  await lily(annals);
  const { page } = await visits();
  await signIn(page, "viewer", "/r/customers/lily/compare");
  await see(row(page, "Tags").getByText("press"));
  await expect.poll(() => table(page).getByRole("row").count()).toBe(3);
  await page.goto("/r/customers/lily/compare?from=0&to=1");
  await see(table(page).getByRole("columnheader", { name: "Before it existed" }));
  await see(row(page, "Company").getByText("Ari GmbH"));
  await page.goto("/r/customers/lily/compare?from=2&to=2");
  await see(page.getByText("Nothing differs between them."));
  await look(page, "compare-same");
});

test("what cannot be compared is told", async ({ annals, visits }) => {
  await lily(annals);
  const { page, guard } = await visits();
  guard.expect(404);
  await signIn(page, "viewer", "/r/customers/lily/compare?from=2&to=99");
  await see(page.getByRole("alert"));
  await look(page, "compare-no-version");
  await page.getByRole("button", { name: "Compare the newest change" }).click();
  await see(row(page, "Tags").getByText("press"));
  await page.goto("/r/customers/nobody/compare");
  await see(page.getByRole("heading", { name: "There is no such customer" }));
});

test("a page whose code cannot be loaded says so, and can be tried again", async ({ annals, visits }) => {
  await lily(annals);
  const { page, guard } = await visits();
  guard.expect(0);
  await page.route("**/assets/ComparePage-*.js", (route) => route.abort("connectionreset"));
  await signIn(page, "viewer", "/r/customers/lily/compare?from=2");
  await see(page.getByRole("alert").getByText("The service cannot be reached"));
  await look(page, "compare-not-loaded");
  await page.unrouteAll();
  await page.getByRole("button", { name: "Try again" }).click();
  await see(row(page, "E-mail"));
});

test("an older version is restored from the comparison", async ({ annals, visits }) => {
  await lily(annals);
  const { page } = await visits();
  await signIn(page, "editor", "/r/customers/lily/compare?from=4");
  await see(row(page, "E-mail"));
  await page.getByRole("button", { name: "Restore version 4…" }).click();
  const ask = dialog(page, "Restore Lily Ari as of version 4");
  await see(ask.getByRole("insertion").getByText("office@ari.example"));
  await ask.getByRole("button", { name: "Restore", exact: true }).click();
  await seeNoMore(ask);
  // The comparison goes on with what is the newest now.
  await see(page.getByText("Nothing differs between them."));
});
