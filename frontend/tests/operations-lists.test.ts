// Parked records, failures and replays: looked at, tried again, skipped, driven, counted and sent.

import { expect } from "vitest";
import { Desk, NOW, OTTO, Problem, parked } from "./support/desk";
import { look } from "./support/look";
import { dialog, heading, message, see, seeNoMore, signIn } from "./support/steps";
import { test } from "./support/test";

const UNKNOWN = "event customer.renamed: the field `nickname` is unknown";
const BROKEN = "the fold of todo failed: due date 2026-13-01";

test("parked records are told by error, tried again one or all, and skipped with a reason", async ({ visits }) => {
  const { page } = await visits();
  const desk = await Desk.at(page);
  desk.parked = {
    items: [parked("lily", UNKNOWN), parked("max", UNKNOWN, { tenant: "t.other" }), parked("call", BROKEN, { view: "audit", record: { type: "todo", id: "call" }, cause: "newer_build" })],
    groups: [{ error: UNKNOWN, records: 412 }, { error: BROKEN, records: 1 }],
  };
  desk.onOrder = ({ path }) => (path.endsWith("/retry") ? { records: 412 } : parked("lily", UNKNOWN));
  await signIn(page, "operator", "/operations/parked");
  const first = page.getByRole("region", { name: UNKNOWN });
  await see(first.getByText("412 records"));
  await see(first.getByText("in t.other"));
  await look(page, "parked");

  await first.getByRole("button", { name: "Try all of this again…" }).click();
  const all = dialog(page, "Try all with this error again");
  await see(all.getByText("412 records would be tried again."));
  await all.getByRole("textbox", { name: "Reason" }).fill("0.4.1 knows nicknames");
  await look(page, "parked-retry-all");
  await all.getByRole("button", { name: "Try again" }).click();
  await see(message(page, "412 records are tried again."));
  expect(desk.orders.at(-1)).toMatchObject({ path: "/parked/retry", body: { reason: "0.4.1 knows nicknames", error: UNKNOWN } });

  await first.getByRole("button", { name: "Try again: customer/lily" }).click();
  const one = dialog(page, "Try customer/lily again");
  await one.getByRole("textbox", { name: "Reason" }).fill("Only her");
  desk.onOrder = () => ({ records: 1 });
  await one.getByRole("button", { name: "Try again" }).click();
  await see(message(page, "1 record is tried again."));
  expect(desk.orders.at(-1)?.body).toEqual({ reason: "Only her", view: "records", record: { tenant: "t.demo", type: "customer", id: "lily" } });

  await first.getByRole("button", { name: "Skip: customer/lily" }).click();
  const skip = dialog(page, "Skip customer/lily");
  await skip.getByRole("button", { name: "Skip" }).click();
  await see(skip.getByText("Please say why."));
  await look(page, "parked-skip");
  expect(desk.orders).toHaveLength(2);
  await skip.getByRole("textbox", { name: "Reason" }).fill("A test record");
  desk.onOrder = () => {
    const skipped = parked("lily", UNKNOWN, { skipped: { at: NOW, by: "otto", reason: "A test record" } });
    desk.parked = { ...desk.parked, items: [skipped, ...(desk.parked["items"] as object[]).slice(1)] };
    return skipped;
  };
  await skip.getByRole("button", { name: "Skip" }).click();
  await see(message(page, "customer/lily was skipped."));
  await see(first.getByRole("row").filter({ hasText: "customer/lily" }).getByText("A test record"));
  await expect.poll(() => first.getByRole("button", { name: "Skip: customer/lily" }).count()).toBe(0);
  await look(page, "parked-skipped");

  await page.getByRole("combobox", { name: "View" }).selectOption("audit");
  await seeNoMore(page.getByText("customer/lily"));
  expect(new URL(page.url()).searchParams.get("view")).toBe("audit");
  desk.parked = { items: [], groups: [] };
  await see(page.getByRole("heading", { name: "Nothing is parked" }));
  await look(page, "parked-none");
});

test("what was put aside is looked at and driven again", async ({ visits }) => {
  const { page, guard } = await visits();
  guard.expect(503);
  const desk = await Desk.at(page);
  const failed = { key: "cHJvamVjdG9yLzIwMjYvMTEvMjQvYWJj", mapping: "projector", at: NOW, records: 42, first_at: "2026-11-24T10:00:00.000Z", last_at: "2026-11-24T10:00:05.000Z", reason: "RetryAttemptsExhausted" };
  desk.failures = [failed, { ...failed, key: "cHVibGlzaGVy", mapping: "publisher", records: 1 }];
  await signIn(page, "operator", "/operations/failures");
  const card = page.getByRole("article").filter({ hasText: "Projector" });
  await see(card.getByText("42"));
  await card.getByText("How it is kept").click();
  await see(card.getByText("cHJvamVjdG9yLzIwMjYvMTEvMjQvYWJj"));
  await look(page, "failures");
  await card.getByRole("button", { name: "Drive again…" }).click();
  const ask = dialog(page, "Drive it again");
  await ask.getByRole("textbox", { name: "Reason" }).fill("The table is back");
  desk.onOrder = () => {
    desk.failures = [{ ...failed, driven_at: NOW }, ...desk.failures.slice(1)];
    return desk.failures[0] ?? {};
  };
  await ask.getByRole("button", { name: "Drive again" }).click();
  await see(message(page, "It is being driven again."));
  await see(card.getByText("Driven again").first());
  expect(desk.orders).toMatchObject([{ path: `/failures/${failed.key}/drive`, body: { reason: "The table is back" } }]);
  desk.instead = (route) => new Problem(503, "unavailable", "The service cannot answer right now").at(route);
  await see(page.getByText("The service cannot answer right now"));
  await see(card.getByText("42"));
  await look(page, "failures-unavailable");
  desk.instead = undefined;
  desk.failures = [];
  await see(page.getByRole("heading", { name: "Nothing was put aside" }));
  await look(page, "failures-none");
});

test("a replay is counted first, and a large one asks twice", async ({ visits }) => {
  const { page } = await visits();
  const desk = await Desk.at(page);
  const replay = (change: object) => ({ id: "01KBCOUNT", state: "counting", dry_run: true, commits: 0, events: 0, published: 0, reason: "The mail service lost a day", requested_by: OTTO, requested_at: NOW, ...change });
  await signIn(page, "operator", "/operations/replays");
  await see(page.getByText("Nothing was sent again yet"));
  await look(page, "replays-none");
  await page.getByRole("combobox", { name: "Which changes" }).selectOption({ label: "Customers" });
  await page.getByLabel("Since (optional)").fill("2026-11-20T00:00:00");
  // There is no way to send what was not counted.
  await expect.poll(() => page.getByRole("button", { name: /^Send/ }).count()).toBe(0);
  await page.getByRole("button", { name: "Count first…" }).click();
  const count = dialog(page, "Count what would be sent");
  await count.getByRole("textbox", { name: "Reason" }).fill("The mail service lost a day");
  desk.onOrder = () => (desk.replays = [replay({ events: 900, commits: 700 })])[0] ?? {};
  await count.getByRole("button", { name: "Count" }).click();
  await see(page.getByText("It is being counted.").first());
  await look(page, "replays-counting");
  expect(desk.orders.at(-1)?.body).toMatchObject({ dry_run: true, type: "customer", since: expect.stringContaining("2026-11-") });
  desk.replays = [replay({ state: "done", events: 4_120, commits: 3_000, ended_at: NOW })];
  await see(page.getByText("4,120 events of 3,000 commits would be sent."));
  await look(page, "replays-counted");
  await page.getByRole("button", { name: "Send 4,120 events…" }).click();
  const send = dialog(page, "Send 4,120 events again");
  await send.getByRole("textbox", { name: "Reason" }).fill("The mail service lost a day");
  await send.getByRole("button", { name: "Send" }).click();
  await see(send.getByText("Tick this first."));
  await look(page, "replays-send");
  expect(desk.orders).toHaveLength(1);
  await send.getByRole("checkbox").check();
  desk.onOrder = () => (desk.replays = [replay({ id: "01KBSEND", state: "running", dry_run: false, events: 4_120, commits: 3_000, published: 1_000 }), ...desk.replays])[0] ?? {};
  await send.getByRole("button", { name: "Send" }).click();
  await see(message(page, "They are being sent."));
  const card = page.getByRole("article").filter({ hasText: "1,000 of 4,120 events sent" });
  await see(card.getByText("Sending"));
  expect(desk.orders.at(-1)?.body).not.toHaveProperty("dry_run");
  await card.getByRole("button", { name: "Cancel…" }).click();
  const cancel = dialog(page, "Cancel this replay");
  await cancel.getByRole("textbox", { name: "Reason" }).fill("Enough");
  desk.onOrder = () => (desk.replays = [replay({ id: "01KBSEND", state: "cancelled", dry_run: false, events: 4_120, commits: 3_000, published: 1_200, ended_at: NOW }), ...desk.replays.slice(1)])[0] ?? {};
  await cancel.getByRole("button", { name: "Cancel it" }).click();
  await see(message(page, "The replay was cancelled."));
  await see(page.getByText("1,200 of 4,120 events sent"));
  await look(page, "replays-cancelled");
});

test("each part is a page of its own, and says where it is", async ({ visits }) => {
  const { page } = await visits();
  const desk = await Desk.at(page);
  desk.views = desk.views.map((each) => ({ ...each, parked: 2 }));
  await signIn(page, "operator", "/operations");
  const parts = page.getByRole("navigation", { name: "Parts of operations" });
  for (const [link, title] of [[/^Parked 6/, "Parked"], ["Failures", "Failures"], ["Replays", "Replays"], ["Rebuilds", "Rebuilds"], ["Views", "Operations"]] as const) {
    await parts.getByRole("link", { name: link }).click();
    await see(heading(page, title));
    await expect.poll(() => parts.getByRole("link", { name: link }).getAttribute("aria-current")).toBe("page");
    await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe("H1");
  }
});
