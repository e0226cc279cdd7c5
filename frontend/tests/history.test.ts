// The timeline of a record: who changed what, when and why, and how that is kept.

import type { Page } from "playwright-core";
import { expect } from "vitest";
import { edited, lily } from "./support/lily";
import { look } from "./support/look";
import { heading, message, see, seeNoMore, signIn } from "./support/steps";
import { test } from "./support/test";

const commits = (page: Page) => page.getByRole("region", { name: "Timeline" }).getByRole("article");

test("who changed an e-mail is found, with the reason, by an address that can be sent on", async ({ annals, visits }) => {
  await lily(annals);
  await signIn((await visits()).page, "admin");
  const { page } = await visits();
  await signIn(page, "viewer", "/r/customers/lily");
  await see(commits(page).nth(4));
  await page.getByText("Filter", { exact: true }).click();
  await page.getByRole("combobox", { name: "What changed" }).selectOption({ label: "E-mail" });
  await look(page, "history-filter");
  await page.getByRole("button", { name: "Apply" }).click();
  await see(page.getByText("Filter (1)"));
  await expect.poll(() => commits(page).count()).toBe(3);
  const change = commits(page).nth(1);
  await see(change.getByText("Anna Admin"));
  await see(change.getByRole("blockquote").getByText("She changed her provider"));
  await see(change.getByRole("deletion").getByText("lily@ari.example"));
  await see(change.getByRole("insertion").getByText("office@ari.example"));
  await look(page, "history-email");
  await expect.poll(() => new URL(page.url()).searchParams.get("field")).toBe("/email");

  await page.getByRole("combobox", { name: "Who" }).selectOption({ label: "Anna Admin" });
  await page.getByRole("button", { name: "Apply" }).click();
  await expect.poll(() => commits(page).count()).toBe(2);
  await page.reload();
  await see(heading(page, "Lily Ari"));
  await expect.poll(() => commits(page).count()).toBe(2);
  await page.getByRole("button", { name: "Clear filters" }).click();
  await expect.poll(() => commits(page).count()).toBe(5);
  await expect.poll(() => new URL(page.url()).search).toBe("");
});

test("what happened between two instants is found, in the reader's own zone", async ({ annals, visits }) => {
  const versions = await lily(annals);
  const [since, until] = [versions[1]?.["changed_at"], versions[3]?.["changed_at"]].map(String);
  const { page } = await visits({ timezoneId: "Asia/Kathmandu" });
  await signIn(page, "viewer", `/r/customers/lily?since=${since}&until=${until}`);
  // The first instant belongs to it, the last does not.
  await expect.poll(() => commits(page).count()).toBe(2);
  await see(page.getByText("Times are shown in Asia/Katmandu").or(page.getByText("Times are shown in Asia/Kathmandu")).last());
  await page.getByLabel("Since").fill("2031-06-01T12:00");
  await page.getByLabel("Until").fill("");
  await page.getByRole("button", { name: "Apply" }).click();
  await see(page.getByText("No change matches this filter"));
  await look(page, "history-no-match");
  await expect.poll(() => new URL(page.url()).searchParams.get("since")).toBe("2031-06-01T06:15:00.000Z");
  await page.getByRole("button", { name: "Clear filters" }).last().click();
  await expect.poll(() => commits(page).count()).toBe(5);
});

test("the kind of a change is offered as far as it was read, and can be typed", async ({ annals, visits }) => {
  await lily(annals);
  await annals.send("admin", "POST", "/customers/lily/archive", { reason: "Moved abroad" });
  const { page } = await visits();
  await signIn(page, "viewer", "/r/customers/lily?event=moved");
  await expect.poll(() => commits(page).count()).toBe(1);
  await page.getByLabel("Kind of change").fill("archived");
  await page.getByLabel("Kind of change").press("Enter");
  await see(commits(page).getByText("Moved abroad"));
  await expect.poll(() => commits(page).count()).toBe(1);
});

test("a long text is compared word by word", async ({ annals, visits }) => {
  await lily(annals);
  const { page } = await visits();
  await signIn(page, "viewer", "/r/customers/lily?field=/notes");
  const change = commits(page).first();
  await see(change.getByRole("deletion").filter({ hasText: "morning" }));
  expect((await change.getByRole("deletion").allInnerTexts()).join("")).not.toContain("Prefers");
  await see(change.getByRole("insertion").filter({ hasText: "afternoon" }));
  await look(page, "history-words");
});

test("an auditor sees what is stored, that its hash fits, and copies the call without a token", async ({ annals, visits }) => {
  await lily(annals);
  const { page } = await visits({ permissions: ["clipboard-read", "clipboard-write"] });
  await signIn(page, "auditor", "/r/customers/lily");
  const change = commits(page).first();
  await change.getByText("How it is kept").click();
  const stored = change.getByLabel("The text that is stored");
  await see(stored);
  const { hash, correlation_id: correlation } = await annals.send("auditor", "GET", "/customers/lily/history/5");
  expect(JSON.parse(await stored.innerText())).toMatchObject({ events: [{ type: "contact_changed" }, { type: "tagged" }] });
  await see(change.getByText(String(hash), { exact: true }));
  await see(change.getByText("Its hash was computed here, and is the one that the chain holds."));
  await change.getByRole("button", { name: "Copy as API call" }).click();
  await see(message(page, /^Copied/));
  await look(page, "history-raw");
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toBe(`curl -H "Authorization: Bearer $ANNALS_TOKEN" '${annals.url}/api/v1/customers/lily/history/5?include=stored'`);
  const way = change.getByRole("link", { name: "All that belongs to it" });
  await expect.poll(() => way.getAttribute("href")).toBe(`/audit?correlation_id=${String(correlation)}`);
});

test("who may not audit is told that the stored text is not for them", async ({ annals, visits }) => {
  await lily(annals);
  const { page } = await visits();
  await signIn(page, "viewer", "/r/customers/lily");
  const change = commits(page).first();
  await change.getByText("How it is kept").click();
  await see(change.getByText("You may not see this."));
  await expect.poll(() => page.getByRole("link", { name: "All that belongs to it" }).count()).toBe(0);
  await look(page, "history-raw-viewer");
});

test("UTC stands beside the reader's own time, by mouse and by keyboard", async ({ annals, visits }) => {
  const versions = await lily(annals);
  const { page } = await visits({ timezoneId: "Asia/Tokyo" });
  await signIn(page, "viewer", "/r/customers/lily");
  const when = commits(page).first().getByRole("link", { name: /Version 5/ });
  await see(when);
  const utc = `${String(versions[4]?.["changed_at"]).slice(0, 19).replace("T", " ")} UTC`;
  const shown = () => when.evaluate((link) => getComputedStyle(link, "::after").content);
  await expect.poll(() => shown()).not.toContain(utc);
  await when.focus();
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Tab");
  await expect.poll(shown).toContain(utc);
  await look(page, "history-utc");
});

test("older changes are shown when they are asked for", async ({ annals, visits }) => {
  await annals.create("editor", "customers", { id: "lily", name: "Lily Ari" });
  for (let number = 1; number <= 30; number += 1) await edited(annals, "editor", number, { phone: `+43 1 55501${String(number).padStart(2, "0")}` });
  const { page } = await visits();
  await signIn(page, "viewer", "/r/customers/lily");
  await expect.poll(() => commits(page).count()).toBe(25);
  await page.getByRole("button", { name: "Show older changes" }).click();
  await expect.poll(() => commits(page).count()).toBe(31);
  await seeNoMore(page.getByRole("button", { name: "Show older changes" }));
});

test("pages without a match are read over, up to one that has some", async ({ annals, visits }) => {
  await lily(annals);
  const { page } = await visits();
  let asked = 0;
  // The service reads a bounded number of changes for each page, and may find none among them.
  await page.route("**/customers/lily/history?**", async (route) => {
    asked += 1;
    if (asked > 3) return route.fallback({ url: route.request().url().replace(/&?cursor=[^&]*/, "") });
    return route.fulfill({ json: { items: [], next_cursor: `empty-${asked}` } });
  });
  await signIn(page, "viewer", "/r/customers/lily?field=/email");
  await expect.poll(() => commits(page).count()).toBe(3);
});

test("what is still to come is grey lines, and what is there stays", async ({ annals, visits }) => {
  await lily(annals);
  const { page } = await visits();
  // The line is slow: nothing is let through before somebody has looked.
  const hold = async (url: string): Promise<() => void> => {
    let release = () => {};
    const free = new Promise<void>((resolve) => { release = resolve; });
    await page.route(url, async (route) => {
      await free;
      return route.fallback();
    });
    return release;
  };
  const releaseHistory = await hold("**/customers/lily/history");
  await signIn(page, "editor", "/r/customers/lily");
  await see(page.getByRole("region", { name: "Details" }).getByText("Ari GmbH"));
  await see(page.getByRole("region", { name: "Timeline" }).getByText("Loading…"));
  await look(page, "history-loading");
  releaseHistory();
  await see(commits(page).nth(4));

  const releasePast = await hold("**/api/v1/customers/lily?version=1");
  await page.getByRole("slider", { name: "Version" }).press("Home");
  await expect.poll(() => new URL(page.url()).searchParams.get("version")).toBe("1");
  await see(heading(page, "Lily Ari"));
  await look(page, "past-loading");
  releasePast();
  await see(page.getByText("As of version 1"));
});

test("a history that cannot be read can be tried again, and the record stays", async ({ annals, visits }) => {
  await lily(annals);
  const { page, guard } = await visits();
  guard.expect(503);
  await page.route("**/customers/lily/history?**", (route) =>
    route.fulfill({ status: 503, contentType: "application/problem+json", json: { title: "The service is not available", status: 503 } }));
  await page.route("**/customers/lily/history", (route) =>
    route.fulfill({ status: 503, contentType: "application/problem+json", json: { title: "The service is not available", status: 503 } }));
  await signIn(page, "viewer", "/r/customers/lily");
  const again = page.getByRole("region", { name: "Timeline" }).getByRole("button", { name: "Try again" });
  await see(again);
  await see(page.getByRole("region", { name: "Details" }).getByText("Ari GmbH"));
  await look(page, "history-unavailable");
  await page.unrouteAll();
  await again.click();
  await see(commits(page).nth(4));
});
