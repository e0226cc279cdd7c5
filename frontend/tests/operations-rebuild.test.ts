// A rebuild on the screen, from what changes to going back: what is asked, what is told, what is refused.

import { expect } from "vitest";
import { ALL, Desk, NOW, Problem, rebuild, segments, view } from "./support/desk";
import { look } from "./support/look";
import { dialog, heading, message, see, seeNoMore, signIn } from "./support/steps";
import { test } from "./support/test";

const ID = String(rebuild()["id"]);

test("a view is rebuilt, watched, paused, promoted, rolled back and its generation retired", async ({ visits }) => {
  const { page } = await visits();
  const desk = await Desk.at(page);
  desk.views = [view("records", { outdated: true, outdated_types: ["customer", "@layout"], active: { number: 1, state: "outdated" } })];
  const under = (change: object, more: object = {}) => {
    desk.rebuilds = [rebuild({ segments: segments("done", "running", "running", "waiting"), ...change })];
    desk.views = [view("records", { building: { number: 2, state: "building" }, rebuild: ID, outdated: true, can: ["pause", "cancel"], ...more })];
  };
  await signIn(page, "operator", "/operations/views/records");
  await see(heading(page, "records"));
  await see(page.getByText(/folded by older rules for customer, the layout of the view itself/));
  await see(page.getByText("Nothing yet"));
  await look(page, "view-outdated");

  await page.getByRole("button", { name: "Start a rebuild…" }).click();
  const start = dialog(page, "Rebuild records");
  await start.getByRole("textbox", { name: "Segments at once" }).fill("65");
  await start.getByRole("button", { name: "Start" }).click();
  await see(start.getByText("A whole number from 1 to 64."));
  await see(start.getByText("Please say why."));
  await look(page, "view-start-wrong");
  expect(desk.orders).toEqual([]);
  await start.getByRole("textbox", { name: "Segments at once" }).fill("8");
  await start.getByRole("textbox", { name: "Read units a second, all together" }).fill("500");
  await start.getByRole("textbox", { name: "Reason" }).fill("Rules for customers changed");
  await look(page, "view-start");
  desk.onOrder = () => (under({ progress: 0 }), desk.rebuilds[0] ?? {});
  await start.getByRole("button", { name: "Start" }).click();
  await see(message(page, "It was started."));
  expect(desk.orders.at(-1)).toMatchObject({ path: "/views/records/rebuild", body: { reason: "Rules for customers changed", parallel: 8, rate: 500 } });
  const live = page.getByRole("region", { name: "Rebuild of records, generation 2" });
  await see(live.getByText("0 %"));
  await see(live.getByText("told after the first tenth"));

  under({ progress: 0.42, expected: 5_000, records_per_second: 84, commits_per_second: 421.7, seconds_left: 7, totals: { ...ALL, commits: 2_100, records: 420, written: 420 } });
  await see(live.getByText("42 %"));
  await see(live.getByText("7 s"));
  await see(live.getByText("2,100 of about 5,000"));
  await live.getByText("Segments: 1 of 4 done").click();
  await see(live.getByRole("row").filter({ hasText: "Read 2" }).getByText("Running"));
  await look(page, "view-progress");

  await live.getByRole("button", { name: "Pause…" }).click();
  await dialog(page, "Pause it").getByRole("textbox", { name: "Reason" }).fill("Too much load at noon");
  desk.onOrder = () => (under({ progress: 0.45, paused: true }, { can: ["resume", "cancel"] }), desk.rebuilds[0] ?? {});
  await dialog(page, "Pause it").getByRole("button", { name: "Pause" }).click();
  await see(message(page, "It is paused."));
  await see(live.getByText("Paused", { exact: true }).first());
  await look(page, "view-paused");
  await live.getByRole("button", { name: "Resume…" }).click();
  await dialog(page, "Resume it").getByRole("textbox", { name: "Reason" }).fill("Lunch is over");
  desk.onOrder = () => (under({ progress: 0.5, error: "segment 2 was tried again: the table asked to slow down" }), desk.rebuilds[0] ?? {});
  await dialog(page, "Resume it").getByRole("button", { name: "Resume" }).click();
  // What goes wrong is told beside the bar, never behind it.
  await see(live.getByRole("alert").getByText("Segment 2 was tried again: the table asked to slow down."));
  await see(live.getByText("50 %"));
  await look(page, "view-error-while-moving");

  const drift = { record: { type: "customer", id: "max", tenant: "t.other" }, version: 3, kind: "drift", detail: "/phone, /tags" };
  const done = rebuild({ state: "verified", phase: "ended", ended_at: NOW, caught_up_at: NOW, totals: { ...ALL, parked: 1 }, accepted_parked: true, differences: [drift], differences_more: 3, segments: segments("done", "done", "done", "done") });
  desk.rebuilds = [done];
  desk.views = [view("records", { building: { number: 2, state: "verified" }, outdated: true, active: { number: 1, state: "outdated" }, last_rebuild: done, parked: 1, can: ["promote", "verify", "retire", "repair"] })];
  const outcome = live.getByRole("alert").filter({ hasText: "Rebuild of records, generation 2: verified, 1,000 records and 5,000 commits." });
  await see(outcome.getByText("1 record is parked and not in it."));
  await see(live.getByRole("row").filter({ hasText: "customer/max" }).getByText("/phone, /tags"));
  await see(live.getByText("3 more were counted and not kept."));
  await look(page, "view-verified");

  await page.getByRole("button", { name: "Promote…" }).click();
  const promote = dialog(page, "Promote generation 2 of records");
  await expect.poll(() => promote.getByRole("checkbox").count()).toBe(0);
  await promote.getByRole("textbox", { name: "Reason" }).fill("Verified");
  desk.onOrder = () => {
    desk.views = [view("records", { active: { number: 2, state: "active", since: NOW }, previous: { number: 1, state: "previous", until: "2026-11-27T12:00:00.000Z" }, last_rebuild: done, can: ["rebuild", "verify", "repair", "rollback", "retire"] })];
    return desk.views[0] ?? {};
  };
  await promote.getByRole("button", { name: "Promote" }).click();
  await see(message(page, "Generation 2 of records is active."));
  await see(page.getByText(/^Generation 1 is kept warm until/));
  await look(page, "view-promoted");

  await page.getByRole("button", { name: "Roll back…" }).click();
  const back = dialog(page, "Roll records back");
  await back.getByRole("textbox", { name: "Reason" }).fill("The list looks odd");
  desk.onOrder = () => {
    desk.views = [view("records", { active: { number: 1, state: "active", since: NOW }, previous: { number: 2, state: "previous", until: "2026-11-27T12:00:00.000Z" }, last_rebuild: done, can: ["rebuild", "verify", "repair", "rollback", "retire"] })];
    return desk.views[0] ?? {};
  };
  await back.getByRole("button", { name: "Roll back" }).click();
  await see(message(page, "Generation 1 of records is active."));

  await page.getByRole("button", { name: "Retire…" }).click();
  const retire = dialog(page, "Retire generation 2 of records");
  await retire.getByRole("textbox", { name: "Reason" }).fill("Not needed");
  desk.onOrder = () => (desk.views = [view("records", { retiring: [2], last_rebuild: done })])[0] ?? {};
  await retire.getByRole("button", { name: "Retire" }).click();
  await see(page.getByRole("row").filter({ hasText: "Generation 2" }).getByText("Being cleaned away"));
  await expect.poll(() => page.getByRole("button", { name: "Roll back…" }).count()).toBe(0);
  await look(page, "view-retired");
});

test("a clean end is said aloud; a dry run says what would change", async ({ visits }) => {
  const { page } = await visits();
  const desk = await Desk.at(page);
  desk.onOrder = () => {
    desk.rebuilds = [rebuild({ kind: "dry_run", phase: "compare", progress: 0.8 })];
    desk.views = [view("records", { building: { number: 2, state: "trial" }, rebuild: ID, can: ["pause", "cancel"] })];
    return desk.rebuilds[0] ?? {};
  };
  await signIn(page, "operator", "/operations/views/records");
  await page.getByRole("button", { name: "Dry run…" }).click();
  const start = dialog(page, "Dry run of records");
  await start.getByRole("textbox", { name: "Reason" }).fill("Before the release");
  await start.getByRole("button", { name: "Start the dry run" }).click();
  const live = page.getByRole("region", { name: "Dry run of records, generation 2" });
  await see(live.getByText("Comparing with the live view"));
  expect(desk.orders.at(-1)?.body).toEqual({ reason: "Before the release", dry_run: true, parallel: 4 });
  const done = rebuild({ kind: "dry_run", state: "verified", phase: "ended", ended_at: NOW, totals: { ...ALL, drift: 37 }, differences: [{ record: { type: "customer", id: "lily" }, version: 5, kind: "drift", detail: "/tags" }], differences_more: 36 });
  desk.rebuilds = [done];
  desk.views = [view("records", { retiring: [2], last_rebuild: done })];
  await see(message(page, "Dry run of records, generation 2: verified, 1,000 records and 5,000 commits."));
  await see(live.getByText("37 rows of the live view would change."));
  await look(page, "view-dry-run");
});

test("what is not verified is promoted only by somebody who insists", async ({ visits }) => {
  const { page } = await visits();
  const desk = await Desk.at(page);
  const last = rebuild({ state: "failed", phase: "ended", ended_at: NOW, error: "3 rows with drift" });
  desk.rebuilds = [last];
  desk.views = [view("records", { building: { number: 2, state: "failed" }, last_rebuild: last, can: ["verify", "force_promote", "retire"] })];
  await signIn(page, "operator", "/operations/views/records");
  await page.getByRole("button", { name: "Promote…" }).click();
  const promote = dialog(page, "Promote generation 2 of records");
  await promote.getByRole("textbox", { name: "Reason" }).fill("The three are test records");
  await promote.getByRole("button", { name: "Promote" }).click();
  await see(promote.getByText("Tick this, or verify it and look at what is parked first."));
  await look(page, "view-force");
  expect(desk.orders).toEqual([]);
  await promote.getByRole("checkbox").check();
  desk.onOrder = () => view("records", { active: { number: 2, state: "active" } });
  await promote.getByRole("button", { name: "Promote" }).click();
  await see(message(page, "Generation 2 of records is active."));
  expect(desk.orders.at(-1)?.body).toEqual({ reason: "The three are test records", force: true });
});

test("records of a view are repaired: named ones, all of a type, or since a time", async ({ visits }) => {
  const { page } = await visits();
  const desk = await Desk.at(page);
  desk.onOrder = () => rebuild({ kind: "repair" });
  await signIn(page, "operator", "/operations/views/records");
  const repair = dialog(page, "Repair records");
  const open = async (which: string) => {
    await page.getByRole("button", { name: "Repair…" }).click();
    await repair.getByRole("textbox", { name: "Reason" }).fill("A row had drifted");
    await repair.getByRole("radio", { name: which }).check();
  };
  const start = () => repair.getByRole("button", { name: "Start the repair" }).click();
  await open("These");
  await repair.getByRole("textbox", { name: "Records, one a line" }).fill("customer/lily\nMax");
  await start();
  await see(repair.getByText("“Max” is no record: write it as customer/C-1."));
  await look(page, "view-repair");
  await repair.getByRole("textbox", { name: "Records, one a line" }).fill("customer/lily\ncustomer/max");
  await start();
  await seeNoMore(repair);
  await open("All of a type");
  await repair.getByRole("combobox", { name: "Type" }).selectOption({ label: "Customer" });
  await start();
  await seeNoMore(repair);
  await open("All that changed since");
  await repair.getByLabel("Since", { exact: true }).fill("2026-11-23T10:00:00");
  await start();
  await seeNoMore(repair);
  const reason = "A row had drifted";
  expect(desk.orders.map(({ body }) => body)).toEqual([
    { reason, records: ["customer/lily", "customer/max"] },
    { reason, type: "customer" },
    { reason, since: expect.stringMatching(/^2026-11-2\dT.*Z$/) },
  ]);
});

test("a rebuild that is under way already is told, and then shown", async ({ visits }) => {
  const { page, guard } = await visits();
  guard.expect(409);
  const desk = await Desk.at(page);
  desk.onOrder = () => {
    desk.rebuilds = [rebuild({ progress: 0.1 })];
    desk.views = [view("records", { building: { number: 2, state: "building" }, rebuild: ID, can: ["pause", "cancel"] })];
    return new Problem(409, "rebuild-under-way", "The view is being rebuilt or checked already");
  };
  await signIn(page, "operator", "/operations/views/records");
  await page.getByRole("button", { name: "Verify…" }).click();
  const ask = dialog(page, "Verify records");
  await ask.getByRole("textbox", { name: "Only a sample, in thousandths" }).fill("10");
  await ask.getByRole("textbox", { name: "Reason" }).fill("A check");
  await ask.getByRole("button", { name: "Start the verification" }).click();
  await see(ask.getByRole("alert").getByText("The view is being rebuilt or checked already"));
  await look(page, "view-under-way-already");
  await page.keyboard.press("Escape");
  await seeNoMore(ask);
  await see(page.getByRole("region", { name: "Rebuild of records, generation 2" }));
  await expect.poll(() => page.getByRole("button", { name: "Verify…" }).count()).toBe(0);
});

for (const [state, said] of [["failed", "failed after 400 records and 2,000 commits"], ["cancelled", "cancelled after 400 records and 2,000 commits"]] as const) {
  test(`a rebuild that was ${state} says so, with its counts and why`, async ({ visits }) => {
    const { page } = await visits();
    const desk = await Desk.at(page);
    desk.rebuilds = [rebuild({
      state, phase: "ended", ended_at: NOW, totals: { ...ALL, commits: 2_000, records: 400, written: 400 }, segments: segments("done", "running", "waiting", "waiting"),
      ...(state === "failed" ? { error: "the chain of customer/lily is broken at version 3" } : {}),
    })];
    await signIn(page, "operator", "/operations/rebuilds");
    const row = page.getByRole("row").filter({ hasText: "Rebuild of records, generation 2" });
    await see(row.getByText(state === "failed" ? "Failed" : "Cancelled"));
    await look(page, `rebuilds-${state}`);
    await row.getByRole("link").click();
    await see(heading(page, "Rebuild of records, generation 2"));
    await see(page.getByRole("alert").getByText(`Rebuild of records, generation 2: ${said}.`));
    if (state === "failed") await see(page.getByRole("alert").getByText("The chain of customer/lily is broken at version 3."));
    await expect.poll(() => page.getByRole("button", { name: "Cancel…" }).count()).toBe(0);
    await look(page, `rebuild-${state}`);
  });
}

test("a rebuild is cancelled on its own page", async ({ visits }) => {
  const { page } = await visits();
  const desk = await Desk.at(page);
  desk.rebuilds = [rebuild({ progress: 0.3 })];
  desk.onOrder = () => (desk.rebuilds = [rebuild({ state: "cancelled", phase: "ended", ended_at: NOW })])[0] ?? {};
  await signIn(page, "operator", `/operations/rebuilds/${ID}`);
  await page.getByRole("button", { name: "Cancel…" }).click();
  const ask = dialog(page, "Cancel it");
  await ask.getByRole("textbox", { name: "Reason" }).fill("The wrong view");
  await look(page, "rebuild-cancel");
  await ask.getByRole("button", { name: "Cancel it" }).click();
  await see(page.getByText("Rebuild of records, generation 2: cancelled after 0 records and 0 commits."));
  expect(desk.orders).toMatchObject([{ path: `/rebuilds/${ID}/cancel`, body: { reason: "The wrong view" } }]);
});

test("by keyboard alone: from the card to a rebuild that is started", async ({ visits }) => {
  const { page } = await visits();
  const desk = await Desk.at(page);
  desk.onOrder = () => rebuild();
  await signIn(page, "operator", "/operations");
  const link = page.getByRole("article", { name: "records" }).getByRole("link", { name: "records" });
  await see(link);
  await tabTo("records");
  await page.keyboard.press("Enter");
  await see(heading(page, "records"));
  await tabTo("Start a rebuild…");
  await page.keyboard.press("Enter");
  const start = dialog(page, "Rebuild records");
  await see(start);
  await tabTo("Reason");
  await page.keyboard.type("By hand");
  await tabTo("Start");
  await page.keyboard.press("Enter");
  await see(message(page, "It was started."));
  expect(desk.orders).toHaveLength(1);
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe("Start a rebuild…");

  /** Goes on by Tab until what has the focus is called so. */
  async function tabTo(name: string): Promise<void> {
    for (let step = 0; step < 60; step += 1) {
      await page.keyboard.press("Tab");
      const called = await page.evaluate(() => {
        const element = document.activeElement;
        return element instanceof HTMLTextAreaElement || element instanceof HTMLInputElement ? element.labels?.[0]?.textContent : element?.textContent;
      });
      if (called?.trim() === name) return;
    }
    throw new Error(`${name} cannot be reached by Tab`);
  }
});

test("what is not there is told", async ({ visits }) => {
  const { page, guard } = await visits();
  guard.expect(404);
  await Desk.at(page);
  await signIn(page, "operator", "/operations/views/nothing");
  await see(heading(page, "There is no view nothing"));
  await page.goto("/operations/rebuilds/01KBNOTHING");
  await see(heading(page, "There is no such rebuild"));
  await look(page, "rebuild-missing");
  await page.goto("/operations/nowhere");
  await see(heading(page, "There is nothing here"));
});
