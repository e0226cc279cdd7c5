// Importing a CSV file in the browser: as `annals import` does, and never twice.

import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { fits, look } from "./support/look";
import { COMMAND_LINE } from "./support/places";
import { heading, see, signIn } from "./support/steps";
import { test } from "./support/test";

const CUSTOMERS = [
  "Name,E-mail,City,tags,Fax",
  'Ann Archer,ann@example.org,Wien,"vip; fair",123',
  '"Bob ""the"" Baker",bob@example.org,Salzburg,,',
  "Cleo Carver,not an address,Graz,old,",
  "Ann Archer,ann@example.org,Wien,vip; fair,456",
  "",
  "Dora Dyer,,Linz,,",
  "Eve",
].join("\r\n");

const file = (page: Page) => page.getByLabel("CSV file");
const choose = (page: Page, text: string | Buffer, name = "customers.csv") =>
  file(page).setInputFiles({ name, mimeType: "text/csv", buffer: Buffer.from(text) });
const field = (page: Page, column: string) => page.getByRole("combobox", { name: `Field of the column ${column}` });

test("a file is looked at, sent, reported on, and sent again without doubling anything", async ({ visits }) => {
  const { page, guard } = await visits();
  guard.expect(400, 409);
  await signIn(page, "editor", "/r/customers");
  await page.getByRole("link", { name: "Import" }).click();
  await see(heading(page, "Import customers"));
  await look(page, "import-start");
  await choose(page, CUSTOMERS);
  await see(page.getByText("customers.csv: 6 rows, 5 columns"));
  // Guessed by what people call things, and left out where that is nothing.
  for (const [column, path] of [["Name", "name"], ["E-mail", "email"], ["City", "address.city"], ["tags", "tags"], ["Fax", ""]] as const) {
    await expect.poll(() => field(page, column).inputValue()).toBe(path);
  }
  const preview = page.getByRole("table", { name: "What becomes of the first rows" });
  await see(preview.getByText('Bob "the" Baker'));
  await see(preview.getByRole("listitem").getByText("fair").first());
  await look(page, "import-choice");
  await page.getByRole("button", { name: "Import 6 rows" }).click();
  await see(page.getByText("customers.csv was imported").first());
  await see(page.getByText("6 of 6 rows: 4 created, 0 already there, 2 refused", { exact: true }));
  await look(page, "import-done");

  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download the refused rows" }).click();
  const saved = await download;
  expect(saved.suggestedFilename()).toBe("customers.refused.csv");
  const report = readFileSync(await saved.path(), "utf8");
  expect(report).toMatch(/^\ufeffrefused_line,refused_reason,Name,E-mail,City,tags,Fax\r\n4,.*e-mail.*,Cleo Carver,not an address,Graz,old,\r\n8,1 cells where 5 are expected,Eve\r\n$/);

  // The same fields twice are two records, the same file twice is none.
  await page.getByRole("button", { name: "Import another file" }).click();
  await choose(page, CUSTOMERS);
  await page.getByRole("button", { name: "Import 6 rows" }).click();
  await see(page.getByText("6 of 6 rows: 0 created, 4 already there, 2 refused", { exact: true }));
  await page.getByRole("link", { name: "Show the customers" }).click();
  await see(page.getByText("All 4 shown"));
  await expect.poll(() => page.getByRole("link", { name: "Ann Archer" }).count()).toBe(2);
  await page.getByRole("link", { name: 'Bob "the" Baker' }).click();
  await see(page.getByRole("region", { name: "Details" }).getByText("Salzburg"));
  // The report can be mended and imported as it is.
  await page.goto("/import/customers");
  await choose(page, report.replace("not an address", "cleo@example.org").replace("Eve\r\n", "Eve,,,,\r\n"), "mended.csv");
  await page.getByRole("button", { name: "Import 2 rows" }).click();
  await see(page.getByText("2 of 2 rows: 2 created, 0 already there, 0 refused", { exact: true }));
});

test("what the command line has imported is there already, whoever imports it here", async ({ annals, visits }) => {
  const folder = mkdtempSync(join(tmpdir(), "annals-import-"));
  try {
    const path = join(folder, "customers.csv");
    const text = "name,email,address.city,tags\nAnn Archer,ann@example.org,Wien,vip; fair\nÜmit Öz,umit@example.org,,\nAnn Archer,ann@example.org,Wien,vip; fair\n";
    writeFileSync(path, text);
    const token = await annals.token("editor");
    const env = { ...process.env, ANNALS_URL: annals.url, ANNALS_TOKEN: token };
    await promisify(execFile)(COMMAND_LINE, ["import", path, "--type", "customers", "--progress", "none"], { env });
    for (const who of ["editor", "admin"] as const) {
      const { page, guard } = await visits();
      guard.expect(409);
      await signIn(page, who, "/import/customers");
      await choose(page, text);
      await page.getByRole("button", { name: "Import 3 rows" }).click();
      await see(page.getByText("3 of 3 rows: 0 created, 3 already there, 0 refused", { exact: true }));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("files that are something else are refused with what helps", async ({ visits }) => {
  const { page } = await visits();
  await signIn(page, "editor", "/import/customers");
  await choose(page, Buffer.from("name\nMüller\n", "latin1"));
  await see(page.getByText(/^Line 2: byte 0xfc is not UTF-8; the file is probably in Latin-1/));
  await look(page, "import-latin-1");
  await choose(page, Buffer.from([0x50, 0x4b, 3, 4, 0, 0]), "customers.xlsx");
  await see(page.getByText("It is a spreadsheet, not CSV. Save it as “CSV UTF-8”."));
  await choose(page, "name\n\"Ann\nBob\n");
  await see(page.getByText("Line 2: a quotation mark is not closed."));
  await choose(page, "name\n");
  await see(page.getByText("There is nothing to import after the first line."));
  await look(page, "import-nothing");
});

test("columns that do not fit together are told before anything is sent", async ({ visits }) => {
  const { page } = await visits();
  await signIn(page, "editor", "/import/customers");
  await choose(page, `who;mail\n${"x".repeat(201)};ann@example.org\n;bob@example.org`);
  await see(page.getByText("No column is the field “Name”, without which no record can be."));
  await field(page, "mail").selectOption({ label: "E-mail" });
  await field(page, "who").selectOption({ label: "E-mail" });
  await see(page.getByText("Two columns are the field “E-mail”. Leave one of them out."));
  await look(page, "import-columns");
  await expect.poll(() => page.getByRole("button", { name: "Import 2 rows" }).isDisabled()).toBe(true);
  await field(page, "who").selectOption({ label: "Name *" });
  await see(page.getByText("Name is too long"));
  await see(page.getByText("Name is missing"));
  await look(page, "import-wrong-cells");
  await page.getByRole("combobox", { name: "Cells are separated by" }).selectOption({ label: "Comma" });
  await see(page.getByText("customers.csv: 2 rows, 1 column"));
});

test("an import that cannot go on says so, and goes on from there", async ({ annals, visits }) => {
  const { page, guard } = await visits();
  guard.expect(503);
  await signIn(page, "editor", "/import/customers");
  await choose(page, `name\n${Array.from({ length: 40 }, (_, n) => `Customer ${n}`).join("\n")}\n`);
  let sent = 0;
  await page.route("**/api/v1/customers", (route) => {
    sent += 1;
    const unavailable = { status: 503, contentType: "application/problem+json", json: { title: "The service is not available", status: 503, trace_id: "0af7651916cd43dd8448eb211c80319c" } };
    return sent > 20 ? route.fulfill(unavailable) : route.fallback();
  });
  await page.getByRole("button", { name: "Import 40 rows" }).click();
  await see(page.getByRole("alert").getByText("It stopped before its end").first());
  await see(page.getByText(/^20 of 40 rows: 20 created/).first());
  await look(page, "import-stopped");
  await page.unrouteAll();
  await page.getByRole("button", { name: "Go on" }).click();
  await see(page.getByText("40 of 40 rows: 40 created, 0 already there, 0 refused", { exact: true }));
  await expect.poll(async () => (await annals.send("editor", "GET", "/meta/counts"))["customer"]).toEqual({ active: 40 });
});

test("a large file takes little memory, goes on while other pages are shown, and can be stopped", async ({ visits }) => {
  const { page } = await visits();
  await signIn(page, "editor", "/import/customers");
  const folder = mkdtempSync(join(tmpdir(), "annals-import-"));
  try {
    const path = join(folder, "large.csv");
    const line = (n: number) => `Customer ${n},c${n}@example.org,"${"Notes about them. ".repeat(25)}"\n`;
    writeFileSync(path, `name,email,notes\n${Array.from({ length: 105_000 }, (_, n) => line(n)).join("")}`);
    await file(page).setInputFiles(path);
    await see(page.getByText("large.csv: 105,000 rows, 3 columns"));
    // The answer is not waited for by the service here, only what the page holds is measured.
    await page.route("**/api/v1/customers", (route) => route.fulfill({ status: 201, json: { id: "x", version: 1 } }));
    const session = await page.context().newCDPSession(page);
    const heap = async () => {
      await session.send("HeapProfiler.collectGarbage");
      return (await session.send("Runtime.getHeapUsage")).usedSize;
    };
    const before = await heap();
    await page.getByRole("button", { name: "Import 105,000 rows" }).click();
    await see(page.getByText(/rows a second, about .* left$/));
    await look(page, "import-running");
    await page.getByRole("navigation", { name: "Records" }).getByRole("link", { name: "To-dos" }).click();
    await see(heading(page, "To-dos"));
    await page.goBack();
    await expect.poll(async () => Number(await page.getByRole("progressbar", { name: "Importing" }).getAttribute("value"))).toBeGreaterThan(1_000);
    expect((await heap()) - before, "bytes more than before").toBeLessThan(12_000_000);
    await page.getByRole("button", { name: "Stop" }).click();
    await see(page.getByText("It stopped before its end").first());
    await look(page, "import-asked-to-stop");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("who may not write is told so", async ({ visits }) => {
  const { page } = await visits();
  await signIn(page, "viewer", "/import/customers");
  await see(page.getByText("You do not have the right to create and change records"));
  await look(page, "import-forbidden");
});

for (const [shape, options] of Object.entries({
  phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 },
  enlarged: { viewport: { width: 600, height: 400 }, deviceScaleFactor: 2 },
  dark: { colorScheme: "dark" },
  "forced-colours": { forcedColors: "active" },
} as const)) {
  test(`the page that imports fits: ${shape}`, async ({ visits }) => {
    const { page } = await visits(options);
    await signIn(page, "editor", "/import/customers");
    await choose(page, CUSTOMERS);
    await see(page.getByRole("button", { name: "Import 6 rows" }));
    await fits(page);
    await look(page, `${shape}-import`);
  });
}
