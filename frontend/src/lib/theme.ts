// Light or dark: as the system has it, or as somebody chose on this device.

import { keep, readKept } from "./kept";
import { createStore } from "./store";

/** What can be chosen. */
export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const KEY = "annals.theme";

/** What is chosen. */
export const theme = createStore<Theme>("system");

/** Shows the theme that was chosen here before. */
export function startTheme(): void {
  const kept = THEMES.find((known) => known === readKept("localStorage", KEY));
  if (kept) setTheme(kept);
}

/** Chooses a theme, for next time as well. */
export function setTheme(chosen: Theme): void {
  theme.set(chosen);
  keep("localStorage", KEY, chosen === "system" ? undefined : chosen);
  if (chosen === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = chosen;
}
