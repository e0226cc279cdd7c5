// Whether there is room for two columns: beside each other, or one below the other.

import { useSyncExternalStore } from "react";

/** As wide as the style sheet sets columns below each other. */
const NARROW = "(max-width: 60rem)";

/** Whether the window is too narrow for two columns. */
export function useNarrow(): boolean {
  return useSyncExternalStore(watch, () => matchMedia(NARROW).matches);
}

function watch(watcher: () => void): () => void {
  const query = matchMedia(NARROW);
  query.addEventListener("change", watcher);
  return () => query.removeEventListener("change", watcher);
}
