// Who is in the workspace: invited, let in, given rights and taken out again.

import type { Page } from "playwright-core";
import { expect } from "vitest";
import { fits, look } from "./support/look";
import { dialog, heading, message, PASSWORD, see, seeNoMore, signIn } from "./support/steps";
import { test } from "./support/test";

async function invite(page: Page, email: string, name: string): Promise<void> {
  await page.getByRole("button", { name: "Invite somebody" }).click();
  const form = dialog(page, "Invite somebody");
  await form.getByRole("textbox", { name: "E-mail" }).fill(email);
  await form.getByRole("textbox", { name: "Name (optional)" }).fill(name);
  await form.getByRole("checkbox", { name: /^Editor/ }).uncheck();
  await form.getByRole("checkbox", { name: /^Viewer/ }).check();
  await look(page, "invite");
  await form.getByRole("button", { name: "Send invitation" }).click();
  await see(message(page, `${email} was invited.`));
}

/** The newest thing in a mailbox that looks like a secret: a word of its own, quoted by its markup. */
async function temporaryPassword(page: Page): Promise<string> {
  const [mailbox] = await Promise.all([page.waitForEvent("popup"), page.getByRole("link", { name: "See what was sent" }).click()]);
  await see(mailbox.getByRole("heading", { level: 1 }));
  await look(mailbox, "mailbox");
  const text = await mailbox.getByRole("article").first().innerText();
  await mailbox.close();
  const found = /temporary password (\S+) within/.exec(text)?.[1];
  if (found === undefined) throw new Error(`no password in: ${text}`);
  return found;
}

test("somebody is invited, comes in with what was sent, gets another right, and is taken out again", async ({ annals, visits }) => {
  await annals.create("editor", "customers", { id: "lily", name: "Lily Ari" });
  const admin = await visits();
  await signIn(admin.page, "admin", "/admin/people");
  await see(heading(admin.page, "People and access"));
  const table = admin.page.getByRole("table", { name: "People in this workspace" });
  await see(table.getByRole("row").filter({ hasText: "Emil Editor" }));
  await look(admin.page, "people");
  await invite(admin.page, "ines@example.org", "Ines Invited");
  const row = table.getByRole("row").filter({ hasText: "ines@example.org" });
  await see(row.getByText("Invited", { exact: true }));

  const password = await temporaryPassword(admin.page);
  const ines = await visits();
  await ines.page.goto("/r/customers");
  await ines.page.getByRole("button", { name: "Sign in" }).click();
  await ines.page.getByRole("textbox", { name: "E-mail address or username" }).fill("ines@example.org");
  await ines.page.getByLabel("Password").fill(password);
  await ines.page.getByRole("button", { name: "Sign in" }).click();
  await ines.page.getByLabel("New password").fill(PASSWORD);
  await look(ines.page, "provider-choose");
  await ines.page.getByRole("button", { name: "Save and go on" }).click();
  await see(ines.page.getByRole("link", { name: "Lily Ari" }));
  await expect.poll(() => ines.page.getByRole("button", { name: "New customer" }).count()).toBe(0);

  await row.getByRole("button", { name: "Change access of Ines Invited" }).click();
  const access = dialog(admin.page, "Change access of Ines Invited");
  await access.getByRole("checkbox", { name: /^Editor/ }).check();
  await look(admin.page, "access");
  await access.getByRole("button", { name: "Save" }).click();
  await see(row.getByText("Editor"));
  // It holds from the next sign-in, which a reload is.
  await ines.page.reload();
  await see(ines.page.getByRole("button", { name: "New customer" }));

  await row.getByRole("button", { name: "Remove Ines Invited" }).click();
  await look(admin.page, "remove");
  await dialog(admin.page, "Remove Ines Invited").getByRole("button", { name: "Remove" }).click();
  await seeNoMore(row);
});

test("the last administrator stays", async ({ visits }) => {
  const { page, guard } = await visits();
  guard.expect(422);
  await signIn(page, "admin", "/admin/people");
  const row = page.getByRole("row").filter({ hasText: "Anna Admin" });
  await row.getByRole("button", { name: "Remove Anna Admin" }).click();
  const ask = dialog(page, "Remove Anna Admin");
  await ask.getByRole("button", { name: "Remove" }).click();
  await see(ask.getByRole("alert"));
  await look(page, "last-admin");
});

test("a screen that needs another right says which, and who can grant it", async ({ visits }) => {
  const { page, guard } = await visits();
  guard.expect(403);
  await signIn(page, "viewer", "/admin/people");
  await see(page.getByText("You do not have the right to say who is in the workspace"));
  await see(page.getByText(/An administrator of your workspace can grant it/));
  await look(page, "forbidden");
});

test("people and access fit on a phone", async ({ visits }) => {
  const { page } = await visits({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });
  await signIn(page, "admin", "/admin/people");
  await see(page.getByRole("table", { name: "People in this workspace" }));
  await fits(page);
  await look(page, "phone-people");
});
