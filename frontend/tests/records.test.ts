// Customers and to-dos, as an editor keeps them.

import { expect } from "vitest";
import { look } from "./support/look";
import { dialog, heading, message, open, see, seeNoMore, signIn } from "./support/steps";
import { test } from "./support/test";

test("a customer is created, and is in the list at once", async ({ visits }) => {
  const { page } = await visits();
  await signIn(page, "editor", "/r/customers");
  await page.getByRole("button", { name: "New customer" }).click();
  const form = dialog(page, "New customer");
  await form.getByRole("textbox", { name: "Name", exact: true }).fill("Lily Ari");
  await form.getByRole("textbox", { name: "E-mail" }).fill("lily@example.org");
  await form.getByRole("textbox", { name: "City" }).fill("Wien");
  await form.getByRole("combobox", { name: "Tags" }).fill("vip");
  await form.getByRole("combobox", { name: "Tags" }).press("Enter");
  await see(form.getByRole("button", { name: "Remove vip" }));
  await look(page, "create");
  await form.getByRole("button", { name: "Save" }).click();
  await see(message(page, "Lily Ari was created."));
  await look(page, "created");
  await page.getByRole("navigation", { name: "Records" }).getByRole("link", { name: "Customers" }).click();
  await see(page.getByRole("table", { name: "Customers" }).getByRole("link", { name: "Lily Ari" }));
  await look(page, "list-one");
});

test("an edit is kept with its reason, and the timeline tells who, when, why and what", async ({ annals, visits }) => {
  await annals.create("admin", "customers", { id: "lily", name: "Lily Ari", phone: "+43 1 5550100" });
  const { page } = await visits();
  await signIn(page, "editor", "/r/customers/lily");
  await see(heading(page, "Lily Ari"));
  await page.getByRole("button", { name: "Edit", exact: true }).click();
  const form = dialog(page, "Edit Lily Ari");
  await form.getByRole("textbox", { name: "Phone" }).fill("+43 1 5550199");
  await form.getByRole("textbox", { name: "Notes" }).fill("Moved to the second floor.");
  await form.getByRole("textbox", { name: "Reason (optional)" }).fill("She called");
  await look(page, "edit");
  await form.getByRole("button", { name: "Save" }).click();
  await seeNoMore(form);
  await see(page.getByText("Version 2", { exact: true }));
  const newest = page.getByRole("region", { name: "Timeline" }).getByRole("listitem").first();
  await see(newest.getByText("Emil Editor"));
  await see(newest.getByRole("blockquote").getByText("She called"));
  await see(newest.getByRole("deletion").getByText("+43 1 5550100"));
  await see(newest.getByRole("insertion").getByText("+43 1 5550199"));
  await look(page, "timeline");
});

test("a customer is archived, found again under its status, and reinstated", async ({ annals, visits }) => {
  await annals.create("editor", "customers", { id: "lily", name: "Lily Ari" });
  await annals.create("editor", "customers", { name: "Max Other" });
  const { page } = await visits();
  await signIn(page, "editor", "/r/customers");
  await open(page, "Lily Ari");
  await page.getByRole("button", { name: "Archive" }).click();
  const ask = dialog(page, "Archive Lily Ari");
  await look(page, "archive");
  await ask.getByRole("textbox", { name: "Reason" }).fill("Moved abroad");
  await ask.getByRole("button", { name: "Archive" }).click();
  await see(page.getByRole("button", { name: "Reinstate" }));
  await look(page, "archived");

  await page.getByRole("navigation", { name: "Records" }).getByRole("link", { name: "Customers" }).click();
  await see(page.getByRole("link", { name: "Max Other" }));
  await seeNoMore(page.getByRole("link", { name: "Lily Ari" }));
  await page.getByRole("navigation", { name: "Status" }).getByRole("link", { name: /^Archived/ }).click();
  await see(page.getByRole("link", { name: "Lily Ari" }));
  await seeNoMore(page.getByRole("link", { name: "Max Other" }));
  await look(page, "list-archived");

  await open(page, "Lily Ari");
  await page.getByRole("button", { name: "Reinstate" }).click();
  await dialog(page, "Reinstate Lily Ari").getByRole("button", { name: "Reinstate" }).click();
  await see(page.getByRole("button", { name: "Archive" }));
});

test("a to-do is given to a colleague and tied to a customer, and completed", async ({ annals, visits }) => {
  await annals.create("editor", "customers", { id: "lily", name: "Lily Ari" });
  // Who has signed in once can be chosen.
  const colleague = await visits();
  await signIn(colleague.page, "admin");
  const { page } = await visits();
  await signIn(page, "editor", "/r/todos");
  await page.getByRole("button", { name: "New to-do" }).click();
  const form = dialog(page, "New to-do");
  await form.getByRole("textbox", { name: "Title" }).fill("Call Lily back");
  await form.getByLabel("Due").fill("2026-12-01");
  await form.getByRole("combobox", { name: "Assignee" }).selectOption({ label: "Anna Admin" });
  await form.getByRole("combobox", { name: "Customer" }).fill("Lil");
  await page.getByRole("option", { name: /Lily Ari/ }).click();
  await look(page, "create-to-do");
  await form.getByRole("button", { name: "Save" }).click();
  await see(heading(page, "Call Lily back"));
  const details = page.getByRole("region", { name: "Details" });
  await see(details.getByText("Anna Admin").first());
  await see(details.getByRole("link", { name: "Lily Ari" }));
  await look(page, "to-do");
  await page.getByRole("button", { name: "Complete" }).click();
  await dialog(page, "Complete Call Lily back").getByRole("button", { name: "Complete" }).click();
  await see(page.getByRole("button", { name: "Reopen" }));
  await page.getByRole("navigation", { name: "Records" }).getByRole("link", { name: "To-dos" }).click();
  await page.getByRole("navigation", { name: "Layout" }).getByRole("link", { name: "Table" }).click();
  await see(page.getByRole("table", { name: "To-dos" }).getByRole("link", { name: "Call Lily back" }));
  await look(page, "to-dos");
});

test("filters stand in the address, and Back and Forward keep them", async ({ annals, visits }) => {
  await annals.create("editor", "customers", { id: "lily", name: "Lily Ari" });
  await annals.create("admin", "customers", { id: "max", name: "Max Other" });
  await annals.send("admin", "POST", "/customers/max/archive", { reason: "Moved" });
  const { page } = await visits();
  await signIn(page, "editor", "/r/customers");
  await see(page.getByRole("link", { name: "Lily Ari" }));
  const archived = page.getByRole("navigation", { name: "Status" }).getByRole("link", { name: /^Archived/ });
  await archived.click();
  await see(page.getByRole("link", { name: "Max Other" }));
  await page.getByRole("combobox", { name: "Owner" }).selectOption({ label: "Me" });
  await see(page.getByText("Nothing matches these filters"));
  await look(page, "list-no-match");
  await page.goBack();
  await see(page.getByRole("link", { name: "Max Other" }));
  await page.goForward();
  await see(page.getByText("Nothing matches these filters"));
  await page.goBack();
  await open(page, "Max Other");
  await page.goBack();
  await see(page.getByRole("link", { name: "Max Other" }));
  await expect.poll(() => archived.getAttribute("aria-current")).toBe("true");
  await expect.poll(() => new URL(page.url()).searchParams.get("status")).toBe("archived");
});

test("a long list is shown a page at a time", async ({ annals, visits }) => {
  for (let number = 1; number <= 30; number += 1) {
    await annals.create("editor", "customers", { name: `Customer ${String(number).padStart(2, "0")}` });
  }
  const { page } = await visits();
  await signIn(page, "editor", "/r/customers");
  await see(page.getByText("25 shown"));
  await page.getByRole("button", { name: "Show more" }).click();
  await see(page.getByText("All 30 shown"));
  await see(page.getByRole("link", { name: "Customer 01" }));
  await look(page, "list-long");
});

test("a typed text is not thrown away by Escape without being asked", async ({ visits }) => {
  const { page } = await visits();
  await signIn(page, "editor", "/r/customers?new");
  const form = dialog(page, "New customer");
  await form.getByRole("textbox", { name: "Name", exact: true }).fill("Half a customer");
  await page.keyboard.press("Escape");
  await look(page, "discard");
  await dialog(page, "Discard what you typed?").getByRole("button", { name: "Keep editing" }).click();
  await expect.poll(() => form.getByRole("textbox", { name: "Name", exact: true }).inputValue()).toBe("Half a customer");
  await page.keyboard.press("Escape");
  await dialog(page, "Discard what you typed?").getByRole("button", { name: "Discard" }).click();
  await seeNoMore(form);
});
