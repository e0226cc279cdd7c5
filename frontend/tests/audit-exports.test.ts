// Auditors take the answer with them: exported, fetched, and verified without the service.

import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect, onTestFinished } from "vitest";
import type { Annals } from "./support/annals";
import { change, changes, checked, chooseWhen, seeComplete } from "./support/audit";
import { fits, look } from "./support/look";
import { sinceLastWeek, ZONE } from "./support/past";
import { COMMAND_LINE } from "./support/places";
import { dialog, heading, message, see, seeNoMore, signIn } from "./support/steps";
import { test } from "./support/test";

test.override({ settings: sinceLastWeek });
const VIENNA = { timezoneId: ZONE };
/** An export as the API tells it. */
type Told = { [member: string]: unknown };

async function start(page: Page, format: string, reason: string): Promise<void> {
  await page.getByRole("button", { name: "Export…" }).click();
  const form = dialog(page, "Export what is asked for");
  await form.getByRole("radio", { name: format }).check();
  await form.getByRole("textbox", { name: /^Reason/ }).fill(reason);
  await look(page, `export-${format.toLowerCase()}`);
  await form.getByRole("button", { name: "Start" }).click();
  await see(message(page, "The export was started."));
  await see(heading(page, "Exports"));
}

/** Fetches the files that are linked into a folder, under the names that the page shows. */
async function fetched(page: Page): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "annals-export-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const link of await page.getByRole("article").first().getByRole("table").getByRole("link").all()) {
    const [download] = await Promise.all([page.waitForEvent("download"), link.click()]);
    await download.saveAs(join(folder, await link.innerText()));
  }
  return folder;
}

/** Runs the command line: its exit code, and all that it said. */
function commandLine(...args: string[]): Promise<{ code: number; said: string }> {
  return new Promise((resolve) => {
    execFile(COMMAND_LINE, args, (error, out, err) => resolve({ code: typeof error?.code === "number" ? error.code : error ? -1 : 0, said: `${out}${err}` }));
  });
}

/** Starts an export over the API, once the log has been checked. */
async function started(server: Annals, format: string, filter: object = {}): Promise<void> {
  await checked(server);
  await server.send("auditor", "POST", "/audit/exports", { format, filter });
}

/** Changes what the list of exports says, on its way to the page; the answer tells how often it was read. */
async function retold(page: Page, change: (told: Told, reading: number) => Told): Promise<() => number> {
  let readings = 0;
  await page.route(/\/audit\/exports(\?|$)/, async (route) => {
    if (route.request().method() !== "GET" || route.request().resourceType() === "document") return route.fallback();
    const answer = await route.fetch();
    const { items, ...more } = (await answer.json()) as { items: Told[] };
    readings += 1;
    const reading = readings;
    return route.fulfill({ response: answer, json: { ...more, items: items.map((item) => change(item, reading)) } });
  });
  return () => readings;
}

test("what is asked for is exported, fetched, and verified offline", async ({ visits }) => {
  const { page } = await visits(VIENNA);
  await signIn(page, "auditor", "/audit?field=%2Femail");
  await chooseWhen(page, "Tuesday");
  await expect.poll(() => changes(page).count()).toBe(1);
  await seeComplete(page);
  await start(page, "NDJSON", "Who changed e-mails");
  const card = page.getByRole("article").first();
  await see(card.getByText("Done"));
  await see(card.getByText("1 change in 1 row"));
  await see(card.getByText("“Who changed e-mails”").or(card.getByText("Who changed e-mails")));
  await see(card.getByText(/^Complete up to/));
  await fits(page);
  await look(page, "exports");

  const folder = await fetched(page);
  const [line] = readFileSync(join(folder, "part-00001.ndjson"), "utf8").trim().split("\n");
  const commit = JSON.parse(line ?? "") as Told;
  expect(commit).toMatchObject({ record: { type: "customer", id: "lily" }, version: 2, reason: "The customer called" });
  expect(commit["changes"]).toContainEqual({ path: "/email", op: "replace", from: "lily@ari.example", to: "office@ari.example" });
  const verified = await commandLine("audit", "verify", "--export", folder);
  expect(verified, verified.said).toMatchObject({ code: 0 });
  // And a changed letter is found.
  writeFileSync(join(folder, "part-00001.ndjson"), `${line?.replaceAll("office@ari.example", "office@ari.exampie")}\n`);
  expect((await commandLine("audit", "verify", "--export", folder)).code).not.toBe(0);

  // That it was taken is in the log as well.
  await page.getByRole("navigation", { name: "Breadcrumb" }).getByRole("link", { name: "Audit" }).click();
  await page.getByRole("link", { name: "Exports and verifications" }).click();
  await expect.poll(async () => {
    await page.getByRole("button", { name: "Look again" }).click();
    return page.getByRole("region", { name: "Changes" }).innerText();
  }).toContain("Ada Auditor asked for an export");
  await change(page, "Ada Auditor asked for an export").click();
  await see(page.getByRole("region", { name: "Exports and verifications" }).getByText("Who changed e-mails"));
  await look(page, "audit-access");
  await page.reload();
  await see(page.getByRole("region", { name: "Exports and verifications" }).getByText("Who changed e-mails"));
});

test("everything is exported for spreadsheets", async ({ annals, visits }) => {
  await checked(annals);
  const { page } = await visits(VIENNA);
  await signIn(page, "auditor", "/audit");
  await see(change(page, "Lily Ari"));
  await start(page, "CSV", "");
  const card = page.getByRole("article").first();
  await see(card.getByText("Done"));
  await see(card.getByText("Everything"));
  const folder = await fetched(page);
  const rows = readFileSync(join(folder, "part-00001.csv"), "utf8").split("\r\n");
  expect(rows[0]).toMatch(/^recorded_at,record_type,record_id,version,action,/);
  expect(rows.filter((row) => row.includes("office@ari.example"))).toHaveLength(1);
});

test("how far an export is can be followed, as long as somebody looks", async ({ annals, visits }) => {
  await started(annals, "ndjson");
  const { page } = await visits(VIENNA);
  const hidden = { now: false };
  const readings = await retold(page, (told, reading) =>
    reading < 4 || hidden.now ? { ...told, state: "running", progress: 0.42, parts: [], manifest: undefined } : told);
  await signIn(page, "auditor", "/audit/exports");
  const progress = page.getByRole("progressbar");
  await see(progress);
  await see(page.getByText("42 %"));
  await look(page, "export-running");
  // Nobody looks at a hidden page: it asks nothing.
  hidden.now = true;
  await page.evaluate(() => {
    Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
    document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
  });
  const before = readings();
  await page.waitForTimeout(3_000);
  expect(readings() - before).toBeLessThanOrEqual(1);
  hidden.now = false;
  await page.evaluate(() => {
    Object.defineProperty(document, "visibilityState", { value: "visible", configurable: true });
    document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
  });
  await see(page.getByText("Done"));
  await seeNoMore(progress);
});

test("a link that has expired is fetched anew when it is followed", async ({ annals, visits }) => {
  await started(annals, "ndjson");
  const { page } = await visits(VIENNA);
  await retold(page, (told) => ({ ...told, links_expire_at: "2026-01-01T00:00:00.000Z" }));
  await signIn(page, "auditor", "/audit/exports");
  await see(page.getByText("Done"));
  const link = page.getByRole("link", { name: "manifest.json" });
  const [asked, download] = await Promise.all([page.waitForRequest(/\/audit\/exports\/[^/?]+$/), page.waitForEvent("download"), link.click()]);
  expect(asked.method()).toBe("GET");
  expect(download.suggestedFilename()).toMatch(/manifest\.json$/);
});

test("exports that failed or have expired say so", async ({ annals, visits }) => {
  await started(annals, "ndjson", { type: "customer" });
  await started(annals, "csv");
  const { page } = await visits(VIENNA);
  await retold(page, (told) => ({
    ...told,
    parts: [],
    manifest: undefined,
    ...(told["format"] === "csv" ? { state: "failed", error: "the files could not be stored" } : { state: "expired" }),
  }));
  await signIn(page, "auditor", "/audit/exports");
  await see(page.getByText("The files could not be stored."));
  await see(page.getByText("Its files are gone. Export again to get them anew."));
  await look(page, "exports-over");
});

test("the first export is yet to come", async ({ visits }) => {
  const { page } = await visits({ ...VIENNA, viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });
  await signIn(page, "auditor", "/audit/exports");
  await see(page.getByRole("heading", { name: "No exports yet" }));
  await look(page, "exports-none");
  await page.getByRole("link", { name: "Search the audit" }).click();
  await see(heading(page, "Audit"));
  await start(page, "NDJSON", "");
  await see(page.getByText("Done"));
  await fits(page);
  await look(page, "phone-exports");
});
