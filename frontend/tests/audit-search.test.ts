// Auditors ask who changed what, when and why.

import { expect } from "vitest";
import { change, changes, checked, choosePerson, chooseWhen, chosen, seeComplete } from "./support/audit";
import { fits, look } from "./support/look";
import { lastTuesday, sinceLastWeek, ZONE } from "./support/past";
import { heading, see, seeNoMore, signIn } from "./support/steps";
import { test } from "./support/test";

test.override({ settings: sinceLastWeek });
const VIENNA = { timezoneId: ZONE };

test("who changed an e-mail last Tuesday is found, with what it was and why", async ({ visits }) => {
  const { page } = await visits(VIENNA);
  await signIn(page, "auditor");
  await page.getByRole("navigation", { name: "Records" }).getByRole("link", { name: "Audit" }).click();
  await see(heading(page, "Audit"));
  await see(change(page, "Lily Ari"));
  await look(page, "audit");
  await page.getByRole("navigation", { name: "Often asked" }).getByRole("link", { name: "E-mail changed" }).click();
  await chooseWhen(page, "Tuesday");
  await expect.poll(() => changes(page).count()).toBe(1);
  await seeComplete(page);
  await see(page.getByRole("heading", { name: /^Tuesday, / }));
  const found = change(page, "Anna Admin changed contact Lily Ari");
  await expect.poll(() => found.innerText()).toContain("“The customer called”");
  await found.click();
  const beside = chosen(page, "Lily Ari");
  await see(beside.getByText("office@ari.example"));
  await expect.poll(() => beside.locator("del", { hasText: "lily@ari.example" }).count()).toBe(1);
  await expect.poll(() => beside.locator("ins", { hasText: "office@ari.example" }).count()).toBe(1);
  await see(beside.getByText("The customer called"));
  await look(page, "audit-found");

  // All of it is in the address: it can be shared, kept and gone back to.
  const address = new URL(page.url()).searchParams;
  expect(Object.fromEntries(address)).toMatchObject({ field: "/email", selected: "customer/lily@2" });
  expect(new Date(address.get("since") ?? "").toLocaleDateString("sv", { timeZone: ZONE })).toBe(lastTuesday());
  await page.goBack();
  await seeNoMore(beside);
  await page.goForward();
  await see(beside.getByText("office@ari.example"));
  await page.reload();
  await see(beside.getByText("office@ari.example"));
  await expect.poll(() => changes(page).count()).toBe(1);
  await beside.getByRole("link", { name: "As it was then" }).click();
  await expect.poll(() => page.url()).toMatch(/\/r\/customers\/lily\?version=2$/);
});

test("what is asked for stands there in words, and each part can be taken out", async ({ visits }) => {
  const { page } = await visits(VIENNA);
  await signIn(page, "auditor", "/audit");
  await see(change(page, "Lily Ari"));
  const asked = page.getByRole("list", { name: "What is asked for" });
  await choosePerson(page, "emi", "Emil Editor");
  await see(asked.getByText("Emil Editor"));
  await seeNoMore(change(page, "Anna Admin"));
  await page.getByRole("combobox", { name: "Type" }).selectOption({ label: "Customer" });
  await page.getByRole("combobox", { name: "What happened" }).selectOption({ label: "annotated" });
  await expect.poll(() => changes(page).count()).toBe(1);
  await page.getByRole("combobox", { name: "Record" }).click();
  await page.getByRole("option", { name: /Max Other/ }).click();
  await see(page.getByText("Nothing matches"));
  await look(page, "audit-nothing");
  await asked.getByRole("button", { name: "Without Record Customer Max Other" }).click();
  await expect.poll(() => changes(page).count()).toBe(1);
  await look(page, "audit-asked");
  // An action of one type is none of another.
  await page.getByRole("combobox", { name: "Type" }).selectOption({ label: "To-do" });
  await see(change(page, "Emil Editor added Call Lily back"));
  await seeNoMore(asked.getByText("annotated"));
  await page.getByRole("button", { name: "Clear all" }).click();
  await see(change(page, "Anna Admin"));
  await expect.poll(() => new URL(page.url()).search).toBe("");
});

test("other times are asked for by the clock on the reader's wall", async ({ visits }) => {
  const { page } = await visits(VIENNA);
  await signIn(page, "auditor", "/audit");
  await see(change(page, "Lily Ari"));
  const day = lastTuesday();
  await page.getByLabel("From", { exact: true }).fill(`${day}T00:00`);
  await page.getByLabel("Before", { exact: true }).fill(`${day}T11:30`);
  await page.keyboard.press("Enter");
  await see(page.getByText("Nothing matches"));
  await expect.poll(() => new URL(page.url()).searchParams.get("until")).toMatch(/T(10|09):30:00.000Z$/);
  await page.getByLabel("Before", { exact: true }).fill(`${day}T23:59`);
  await page.keyboard.press("Enter");
  await see(change(page, "The customer called"));
  await page.getByRole("combobox", { name: "Order" }).selectOption({ label: "Oldest first" });
  await expect.poll(() => changes(page).first().innerText()).toContain("Emil Editor changed contact Max Other");
  await page.getByRole("textbox", { name: "Record" }).fill("lily");
  await page.keyboard.press("Enter");
  await see(page.getByText("Write it as customer/C-1."));
  await page.getByRole("textbox", { name: "Record" }).fill("customer/max");
  await page.keyboard.press("Enter");
  await seeNoMore(change(page, "The customer called"));
  await see(change(page, "Max Other"));
});

test("what one operation caused is shown as a tree", async ({ visits }) => {
  const { page } = await visits(VIENNA);
  await signIn(page, "auditor", "/audit");
  await change(page, "Anna Admin archived Ines Weber").click();
  const tree = page.getByRole("region", { name: "What belongs together" });
  await see(tree.getByText("One operation, 4 changes:"));
  /** What stands directly under a change. */
  const under = (text: string) => tree.locator(`xpath=.//li[a[contains(normalize-space(), "${text}")]]/ul/li/a`).allInnerTexts();
  await expect.poll(() => under("archived Ines Weber")).toEqual(["Anna Admin dropped Call Lily back", "Anna Admin annotated Max Other"]);
  await expect.poll(() => under("annotated Max Other")).toEqual(["Anna Admin tagged Lily Ari"]);
  await expect.poll(() => under("dropped Call Lily back")).toEqual([]);
  await look(page, "audit-operation");
  await tree.getByRole("link", { name: /tagged Lily Ari/ }).click();
  await see(chosen(page, "Lily Ari").getByText("told"));
  // The whole operation can be asked for as well.
  await chosen(page, "Lily Ari").getByRole("link", { name: "All that belongs to it" }).click();
  await expect.poll(() => changes(page).count()).toBe(4);
});

test("the list is gone through by keyboard alone", async ({ visits }) => {
  const { page } = await visits(VIENNA);
  await signIn(page, "auditor", "/audit?field=%2Femail&order=asc");
  const first = change(page, "Emil Editor registered Lily Ari");
  await see(first);
  await first.focus();
  await see(first.getByText(/UTC$/));
  await page.keyboard.press("Enter");
  const title = (name: string) => chosen(page, name).getByRole("heading", { name, exact: true });
  // Opened by keyboard, it is read next.
  await expect.poll(() => title("Lily Ari").evaluate((element) => element === document.activeElement)).toBe(true);
  await page.keyboard.press("j");
  await see(title("Max Other"));
  await page.keyboard.press("ArrowDown");
  await see(title("Ines Weber"));
  await page.keyboard.press("k");
  await see(title("Max Other"));
  await expect.poll(() => new URL(page.url()).searchParams.get("selected")).toBe("customer/max@1");
  await page.keyboard.press("Escape");
  await seeNoMore(title("Max Other"));
  await expect.poll(() => change(page, "registered Max Other").evaluate((row) => row === document.activeElement)).toBe(true);
  // Where something is typed, letters are letters.
  await page.getByRole("textbox", { name: "Operation" }).fill("");
  await page.getByRole("textbox", { name: "Operation" }).pressSequentially("jk");
  await expect.poll(() => page.getByRole("textbox", { name: "Operation" }).inputValue()).toBe("jk");
});

test("somebody's own changes are asked for at a click, and show how far they are known to be complete", async ({ annals, visits }) => {
  await checked(annals);
  await annals.edit("admin", "/customers/max", { phone: "+43 1 5550155" });
  const { page } = await visits(VIENNA);
  await signIn(page, "admin", "/audit");
  await page.getByRole("link", { name: "What I did" }).click();
  await see(page.getByRole("list", { name: "What is asked for" }).getByText("Me"));
  await expect.poll(async () => {
    await page.getByRole("button", { name: "Look again" }).click();
    return change(page, "Anna Admin changed contact Max Other").count();
  }).toBe(1);
  await see(page.getByText(/^Complete up to/));
  await seeNoMore(change(page, "Emil Editor"));
});

for (const [shape, options] of Object.entries({
  phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 },
  dark: { colorScheme: "dark" as const },
  "forced-colours": { forcedColors: "active" as const },
})) {
  test(`the audit fits: ${shape}`, async ({ visits }) => {
    const { page } = await visits({ ...VIENNA, ...options });
    await signIn(page, "auditor", "/audit");
    await see(change(page, "Lily Ari"));
    await fits(page);
    await look(page, `${shape}-audit`);
    await change(page, "Anna Admin archived Ines Weber").click();
    await see(page.getByText("One operation, 4 changes:"));
    await fits(page);
    await look(page, `${shape}-audit-beside`);
    await page.getByRole("button", { name: "Close" }).click();
    await seeNoMore(page.getByText("One operation, 4 changes:"));
    if (shape === "phone") await page.getByText("Filter", { exact: true }).click();
    await see(page.getByRole("combobox", { name: "When" }));
    await fits(page);
    await look(page, `${shape}-audit-filter`);
  });
}
