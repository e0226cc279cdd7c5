// One's own changes, while the views do not follow at all.

import { look } from "./support/look";
import { dialog, heading, see, seeNoMore, signIn } from "./support/steps";
import { test } from "./support/test";

test.override({ settings: { STREAM_LOSS: "1000" } });

test("what somebody has just done is in every list at once, though the views are behind", async ({ visits }) => {
  const { page } = await visits();
  await signIn(page, "editor", "/r/customers");
  const list = page.getByRole("navigation", { name: "Records" }).getByRole("link", { name: "Customers" });
  const status = page.getByRole("navigation", { name: "Status" });
  await page.getByRole("button", { name: "New customer" }).click();
  await dialog(page, "New customer").getByRole("textbox", { name: "Name", exact: true }).fill("Lily Ari");
  await dialog(page, "New customer").getByRole("button", { name: "Save" }).click();
  await see(heading(page, "Lily Ari"));
  await list.click();
  await page.getByRole("link", { name: "Lily Ari" }).click();
  await see(heading(page, "Lily Ari"));

  await page.getByRole("button", { name: "Edit", exact: true }).click();
  await dialog(page, "Edit Lily Ari").getByRole("textbox", { name: "Name", exact: true }).fill("Lily Berg");
  await dialog(page, "Edit Lily Ari").getByRole("button", { name: "Save" }).click();
  await see(heading(page, "Lily Berg"));
  await list.click();
  await see(page.getByRole("link", { name: "Lily Berg" }));
  await seeNoMore(page.getByRole("link", { name: "Lily Ari" }));
  await look(page, "list-behind");

  await page.getByRole("link", { name: "Lily Berg" }).click();
  await page.getByRole("button", { name: "Archive" }).click();
  await dialog(page, "Archive Lily Berg").getByRole("textbox", { name: "Reason" }).fill("Moved abroad");
  await dialog(page, "Archive Lily Berg").getByRole("button", { name: "Archive" }).click();
  await see(page.getByRole("button", { name: "Reinstate" }));
  await list.click();
  await seeNoMore(page.getByRole("link", { name: "Lily Berg" }));
  await status.getByRole("link", { name: /^Archived/ }).click();
  await see(page.getByRole("link", { name: "Lily Berg" }));
});

test("to-dos that somebody adds and ticks off are where they belong at once, though the views are behind", async ({ visits }) => {
  const { page } = await visits();
  await signIn(page, "editor", "/r/todos");
  const line = page.getByRole("textbox", { name: "What is to be done?" });
  for (const title of ["Order labels", "Call Lily back"]) {
    await line.fill(title);
    await line.press("Enter");
    await see(page.getByRole("link", { name: title }));
  }
  await page.getByRole("checkbox", { name: "Complete: Order labels" }).click();
  await seeNoMore(page.getByRole("link", { name: "Order labels" }));
  await page.getByRole("button", { name: "Refresh" }).click();
  await page.getByRole("button", { name: /^Completed/ }).click();
  await see(page.getByRole("region", { name: /^Completed/ }).getByRole("link", { name: "Order labels" }));
  await see(page.getByRole("region", { name: /^No date/ }).getByRole("link", { name: "Call Lily back" }));
  await page.getByRole("checkbox", { name: "Reopen: Order labels" }).click();
  await see(page.getByRole("region", { name: /^No date/ }).getByRole("link", { name: "Order labels" }));
  await look(page, "todos-behind");
});
