// Whether leaving a form has to be asked about first.

/** What forms hold that is not saved, by form. */
const unsaved = new Set<object>();

/** Notes that a form holds something unsaved; the answer takes the note back. */
export function holdUnsaved(): () => void {
  const form = {};
  unsaved.add(form);
  return () => unsaved.delete(form);
}

/** Lets the page go without a question: drafts are kept, and it comes back. */
export function letGo(): void {
  unsaved.clear();
}

/** Asks before the tab is closed or reloaded while something is unsaved. */
export function guardTab(): void {
  addEventListener("beforeunload", (event) => {
    if (unsaved.size > 0) event.preventDefault();
  });
}
