// Somebody changes what is stored: auditors are told.

import { expect } from "vitest";
import { changes } from "./support/audit";
import { fits, look } from "./support/look";
import { sinceLastWeek } from "./support/past";
import { see, signIn } from "./support/steps";
import { tamper } from "./support/tamper";
import { test } from "./support/test";

test.override({
  settings: ({ past }, use) =>
    sinceLastWeek({ past }, async (settings) => {
      tamper(String(settings["DATA"]), "office@ari.example", "office@evil.example");
      await use(settings);
    }),
});

for (const [shape, options] of Object.entries({ wide: {}, phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true } })) {
  test(`a stored change that was changed raises an alarm above everything, and among the changes: ${shape}`, async ({ visits }) => {
    const { page } = await visits(options);
    await signIn(page, "auditor", "/audit");
    const banner = page.getByRole("alert");
    await expect.poll(async () => {
      await page.getByRole("button", { name: "Look again" }).click();
      return banner.count();
    }).toBe(1);
    await see(banner.getByText("1 sign that the log was tampered with"));
    await see(banner.getByText("Stored history was changed"));
    await see(page.getByRole("region", { name: "Changes" }).getByText("Stored history was changed"));
    await fits(page);
    await look(page, `audit-alarm-${shape}`);
    await banner.getByRole("link", { name: "Changes of this record" }).click();
    await expect.poll(() => new URL(page.url()).searchParams.get("record")).toBe("customer/lily");
    // Among a person's changes an alarm would say nothing.
    await page.goto("/audit?actor=me");
    await expect.poll(() => changes(page).filter({ hasText: "Stored history was changed" }).count()).toBe(0);
  });
}
