// What the browser keeps for this person: theme and drafts. A browser that keeps nothing is no error.

/** Reads what was kept; `undefined` when there is nothing, or nothing may be kept. */
export function readKept(storage: "localStorage" | "sessionStorage", key: string): string | undefined {
  try {
    return globalThis[storage].getItem(key) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a text, or forgets it. Storage that is full or forbidden keeps nothing. */
export function keep(storage: "localStorage" | "sessionStorage", key: string, text: string | undefined): void {
  try {
    if (text === undefined) globalThis[storage].removeItem(key);
    else globalThis[storage].setItem(key, text);
  } catch {
    // Nothing depends on it but comfort.
  }
}
