// The operator's pages on a phone, enlarged, dark, in forced colours.

import type { BrowserContextOptions } from "playwright-core";
import { ALL, Desk, NOW, OTTO, parked, rebuild, segments, view } from "./support/desk";
import { fits, look } from "./support/look";
import { dialog, heading, see, signIn } from "./support/steps";
import { test, WINDOW } from "./support/test";

const SHAPES: Record<string, BrowserContextOptions> = {
  phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 },
  // What a browser does at 200 %: half as many, twice as large.
  enlarged: { viewport: { width: WINDOW.width / 2, height: WINDOW.height / 2 }, deviceScaleFactor: 2 },
  dark: { colorScheme: "dark" },
  "forced-colours": { forcedColors: "active" },
};

for (const [shape, options] of Object.entries(SHAPES)) {
  test(`the operator's pages fit: ${shape}`, async ({ visits }) => {
    const { page } = await visits(options);
    const desk = await Desk.at(page);
    const error = "event customer.renamed: the field `nickname_of_the_customer_in_the_old_system` is unknown";
    const difference = { record: { type: "customer", id: "donaudampfschifffahrtselektrizitaetenhauptbetriebswerk", tenant: "t.other" }, version: 3, kind: "drift", detail: "/phone, /tags" };
    const building = rebuild({ progress: 0.42, expected: 5_000, records_per_second: 84, commits_per_second: 421, seconds_left: 7, totals: { ...ALL, drift: 1 }, segments: segments("done", "running", "waiting"), differences: [difference] });
    desk.rebuilds = [building, rebuild({ id: "01KBFAILED", state: "failed", phase: "ended", error: "the chain of customer/lily is broken at version 3", totals: ALL })];
    desk.views = [view("records", { building: { number: 2, state: "building" }, rebuild: building["id"], parked: 3, skipped: 1, lag: { behind: 12, lag_ms: 3_200, looked_at: 120 }, previous: { number: 1, state: "previous", until: NOW }, active: { number: 3, state: "outdated" }, outdated: true, outdated_types: ["customer"], can: ["pause", "cancel", "repair", "rollback", "retire"] }), view("counts")];
    desk.alarms = [{ kind: "tamper", tenant: "t.demo", record: { type: "customer", id: "lily" }, version: 3, detail: "the stored hash is another one", at: NOW }];
    desk.parked = { items: [parked("lily", error), parked("max", error, { skipped: { at: NOW, by: "otto", reason: "A test record" } })], groups: [{ error, records: 2 }] };
    desk.failures = [{ key: "cHJvamVjdG9yLzIwMjYvMTEvMjQvYWJj".repeat(4), mapping: "projector", at: NOW, records: 42, reason: "RetryAttemptsExhausted" }];
    desk.replays = [{ id: "01KB", state: "running", dry_run: false, commits: 300, events: 412, published: 20, reason: "The mail service lost a day", requested_by: OTTO, requested_at: NOW }];
    await signIn(page, "operator", "/operations");
    await see(page.getByRole("article", { name: "records" }).getByText("42 %"));
    await fits(page);
    await look(page, `${shape}-operations`);
    for (const [path, title, name] of [
      ["/operations/views/records", "records", "view"], ["/operations/rebuilds", "Rebuilds", "rebuilds"], [`/operations/rebuilds/${String(building["id"])}`, "Rebuild of records, generation 2", "rebuild"],
      ["/operations/parked", "Parked", "parked"], ["/operations/failures", "Failures", "failures"], ["/operations/replays", "Replays", "replays"],
    ] as const) {
      await page.goto(path);
      await see(heading(page, title));
      await page.waitForLoadState("networkidle");
      await see(page.locator("main").getByRole("table").or(page.getByRole("article")).first());
      await fits(page);
      await look(page, `${shape}-${name}`);
    }
    await page.goto("/operations/views/records");
    await page.getByRole("button", { name: "Repair…" }).click();
    await see(dialog(page, "Repair records"));
    await fits(page);
    await look(page, `${shape}-repair`);
  });
}
