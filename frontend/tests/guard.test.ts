// The guard over all other tests: what no page may do does not pass unseen.

import { expect } from "vitest";
import { test, type Visitor } from "./support/test";

/** What the guard has noticed, which is then forgiven. */
async function noticed({ guard }: Visitor): Promise<string> {
  await expect.poll(() => guard.faults.length).toBeGreaterThan(0);
  return guard.faults.splice(0).join("\n");
}

test("what the content security policy forbids is noticed", async ({ visits }) => {
  const visitor = await visits();
  await visitor.page.goto("/");
  await visitor.page.evaluate(() => {
    const style = document.createElement("style");
    style.textContent = "main { display: none }";
    document.head.append(style);
  });
  await expect.poll(() => visitor.guard.faults.join("\n")).toContain("policy violated: style-src-elem inline");
  expect(await noticed(visitor)).toContain("console: ");
  await visitor.page.evaluate(() => void fetch("http://127.0.0.1:1/").catch(() => undefined));
  await expect.poll(() => visitor.guard.faults.join("\n")).toContain("policy violated: connect-src http://127.0.0.1:1/");
  await noticed(visitor);
});

test("text that is made into a page is noticed", async ({ visits }) => {
  const visitor = await visits();
  await visitor.page.goto("/");
  await visitor.page.evaluate(() => {
    try {
      document.body.innerHTML = "<p>text</p>";
    } catch {
      // The browser refuses it.
    }
  });
  await expect.poll(() => visitor.guard.faults.join("\n")).toContain("policy violated: require-trusted-types-for");
  await noticed(visitor);
});

test("a rejection that nobody handles is noticed", async ({ visits }) => {
  const visitor = await visits();
  await visitor.page.goto("/");
  await visitor.page.evaluate(() => void Promise.reject(new Error("boo")));
  expect(await noticed(visitor)).toContain("boo");
});

test("a failed request is noticed unless it was expected", async ({ visits }) => {
  const visitor = await visits();
  await visitor.page.goto("/");
  visitor.guard.expect(401);
  await visitor.page.evaluate(() => fetch("/api/v1/customers"));
  expect(visitor.guard.faults).toEqual([]);
  await visitor.page.evaluate(() => fetch("/assets/nothing.js"));
  expect(await noticed(visitor)).toContain("404");
});
