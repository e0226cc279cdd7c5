// Signing in, staying signed in, and what happens when that ends.

import { expect } from "vitest";
import { look } from "./support/look";
import { dialog, heading, see, signIn } from "./support/steps";
import { test } from "./support/test";

test("who was asked for an address is brought there after signing in, and after a reload", async ({ annals, visits }) => {
  await annals.create("editor", "customers", { id: "lily", name: "Lily Ari" });
  const { page } = await visits();
  await page.goto("/r/customers/lily");
  await see(page.getByRole("button", { name: "Sign in" }));
  await look(page, "sign-in");
  await page.getByRole("button", { name: "Sign in" }).click();
  await see(page.getByRole("button", { name: /Emil Editor/ }));
  await look(page, "provider");
  await page.getByRole("button", { name: /Emil Editor/ }).click();
  await see(heading(page, "Lily Ari"));
  expect(page.url()).toBe(`${annals.url}/r/customers/lily`);

  await page.goto("/r/customers?status=archived");
  await see(heading(page, "Customers"));
  await page.reload();
  await see(heading(page, "Customers"));
  expect(page.url()).toBe(`${annals.url}/r/customers?status=archived`);
});

for (const username of ["viewer", "editor", "auditor", "admin"] as const) {
  test(`the demo person ${username} signs in and out`, async ({ annals, visits }) => {
    const { page } = await visits();
    await signIn(page, username);
    await see(heading(page, "Customers"));
    await page.getByRole("button", { name: /^Account of/ }).click();
    await see(page.getByText("Workspace: demo"));
    if (username === "admin") await look(page, "account-menu");
    await page.getByRole("button", { name: "Sign out" }).click();
    await see(page.getByRole("button", { name: "Sign in" }));
    // The provider has forgotten them too.
    await page.getByRole("button", { name: "Sign in" }).click();
    await see(page.getByRole("button", { name: /Emil Editor/ }));
    await expect.poll(() => new URL(page.url()).origin).toBe(annals.url);
  });
}

test("a session that ends takes no draft with it", async ({ annals, visits }) => {
  await annals.create("admin", "customers", { id: "lily", name: "Lily Ari" });
  const { page, guard } = await visits();
  guard.expect(400, 401);
  await signIn(page, "editor", "/r/customers/lily?edit");
  const form = dialog(page, "Edit Lily Ari");
  await form.getByRole("textbox", { name: "Notes" }).fill("A long text that nobody wants to type again.");
  // What is still being read would end the session before the form is sent.
  await page.waitForLoadState("networkidle");
  await page.route("**/api/v1/**", (route) => route.fulfill({ status: 401, contentType: "application/problem+json", body: "{}" }));
  await page.route("**/oauth2/token", (route) => route.fulfill({ status: 400, json: { error: "invalid_grant" } }));
  await page.context().clearCookies();
  await form.getByRole("button", { name: "Save" }).click();
  await see(page.getByText(/Your session has ended/));
  await look(page, "session-ended");
  await page.unrouteAll();
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: /Emil Editor/ }).click();
  await see(form.getByText("What you had typed is still here."));
  await look(page, "draft");
  await expect.poll(() => form.getByRole("textbox", { name: "Notes" }).inputValue()).toBe("A long text that nobody wants to type again.");
  await form.getByRole("button", { name: "Save" }).click();
  await see(page.getByText("Version 2", { exact: true }));
});
