// A state of a page, looked at by people (a screenshot) and by axe.

import axe from "axe-core";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { SCREENSHOTS } from "./places";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Takes a screenshot, and fails on anything that axe finds. `name` becomes the file's. */
export async function look(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `${SCREENSHOTS}/${name}.png`, animations: "disabled" });
  expect(await violations(page), `what axe finds in "${name}"`).toEqual([]);
}

/** Nothing may have to be scrolled sideways. */
export async function fits(page: Page): Promise<void> {
  const [needed, there] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  expect(needed, "the width that the page needs").toBeLessThanOrEqual(there ?? 0);
}

async function violations(page: Page): Promise<string[]> {
  // Evaluated by the browser itself, so that the page's content security policy may stay as strict as it is.
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe.source);
  return page.evaluate(async (rules) => {
    const { axe } = window as unknown as { axe: typeof import("axe-core") };
    const found = await axe.run(document, { runOnly: rules });
    return found.violations.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.html}`));
  }, RULES);
}
