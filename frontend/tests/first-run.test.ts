// What somebody meets who has just come, and whose workspace is empty.

import { expect } from "vitest";
import { look } from "./support/look";
import { heading, message, see, seeNoMore, signIn, signUp } from "./support/steps";
import { test } from "./support/test";

test("who signs up finds an empty workspace that explains itself, and fills it with sample data", async ({ visits }) => {
  const { page } = await visits();
  await signUp(page, "nora@example.org", "Nora New");
  await see(heading(page, "Customers"));
  await see(page.getByRole("heading", { name: "No customers yet", level: 2 }));
  await see(page.getByRole("heading", { name: "Start with sample data?" }));
  await look(page, "empty-workspace");
  await page.getByRole("button", { name: "Add sample data" }).click();
  await see(message(page, "The sample data is there."));
  const customers = page.getByRole("table", { name: "Customers" }).getByRole("row");
  await expect.poll(() => customers.count()).toBeGreaterThan(5);
  await seeNoMore(page.getByRole("heading", { name: "Start with sample data?" }));
  await look(page, "sample-data");
  // They are records like any other, made by commands.
  await page.getByRole("table", { name: "Customers" }).getByRole("link").first().click();
  const timeline = page.getByRole("region", { name: "Timeline" });
  await see(timeline.getByText("Sample data").first());
  await see(timeline.getByText("Nora New").first());
  await page.getByRole("navigation", { name: "Records" }).getByRole("link", { name: "To-dos" }).click();
  await see(page.getByRole("region", { name: /^Later/ }).getByRole("listitem").nth(2));
  await look(page, "sample-to-dos");
});

test("nobody sees what is in another workspace", async ({ annals, visits }) => {
  await annals.create("editor", "customers", { id: "lily", name: "Lily Ari" });
  const { page, guard } = await visits();
  guard.expect(404);
  await signIn(page, "outsider");
  await see(page.getByRole("heading", { name: "No customers yet" }));
  await page.goto("/r/customers/lily");
  await see(page.getByRole("heading", { name: "There is no such customer" }));
});
