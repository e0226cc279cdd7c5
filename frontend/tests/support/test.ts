// `test` for browser tests: a server and a browser of its own for each, and nothing that goes wrong unseen.

import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import { test as plain } from "vitest";
import { Annals } from "./annals";
import { Guard } from "./guard";
import { lastWeek } from "./past";
import { CHROMIUM, PROGRAM, SCREENSHOTS } from "./places";

/** Somebody at a screen: a browser session of their own. */
export interface Visitor {
  readonly page: Page;
  readonly guard: Guard;
}

export type Visits = (options?: BrowserContextOptions) => Promise<Visitor>;

interface Fixtures {
  browser: Browser;
  /** A folder in which last week's things have happened; `sinceLastWeek` gives a test a copy of it. */
  past: string;
  /** Settings of the server: `test.override({ settings: { … } })`. */
  settings: Record<string, string>;
  /** The server: `test.override({ program: … })`. */
  program: string;
  annals: Annals;
  visits: Visits;
}

export const WINDOW = { width: 1200, height: 800 };
/** An assertion that waits gives up after this. */
const PATIENCE_MS = 20_000;
/** Chromium's sandbox refuses to work for root, as in containers. */
const SANDBOX = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
const QUIET = ["--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

export const test = plain.extend<Fixtures>({
  browser: [
    async ({}, use) => {
      const browser = await chromium.launch({ executablePath: CHROMIUM, args: [...SANDBOX, ...QUIET] });
      await use(browser);
      await browser.close();
    },
    { scope: "worker" },
  ],
  past: [lastWeek, { scope: "file" }],
  settings: async ({}, use) => use({}),
  program: async ({}, use) => use(PROGRAM),
  annals: async ({ settings, program }, use) => {
    const annals = await Annals.start(settings, program);
    await use(annals);
    await annals.stop();
  },
  visits: async ({ annals, browser, task, onTestFinished }, use) => {
    const visitors: Visitor[] = [];
    // Thrown here, because what is thrown after `use` would keep the server from being stopped.
    onTestFinished(() => {
      const faults = visitors.flatMap(({ guard }) => guard.faults);
      if (faults.length > 0) throw new Error(`the pages did what no page may do:\n${faults.join("\n")}`);
    });
    await use(async (options) => {
      const context = await browser.newContext({ baseURL: annals.url, viewport: WINDOW, locale: "en-GB", ...options });
      context.setDefaultTimeout(PATIENCE_MS);
      const guard = await Guard.over(context, annals.url);
      const visitor = { page: await context.newPage(), guard };
      visitors.push(visitor);
      return visitor;
    });
    if (task.result?.state === "fail") await keepForLater(visitors, task.name);
    for (const { page, guard } of visitors) {
      guard.end();
      // What a test put in the way of an answer may still be at work when the test is over.
      await page.unrouteAll({ behavior: "ignoreErrors" });
      await page.context().unrouteAll({ behavior: "ignoreErrors" });
      await page.context().close();
    }
  },
});

/** What a failed test saw last. */
async function keepForLater(visitors: readonly Visitor[], name: string): Promise<void> {
  for (const [number, { page }] of visitors.entries()) {
    const path = `${SCREENSHOTS}/FAILED ${name.replaceAll("/", " ")} ${number + 1}.png`;
    await page.screenshot({ path }).catch((error: unknown) => console.warn(`no screenshot: ${String(error)}`));
  }
}
