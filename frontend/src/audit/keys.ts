// Going through the list without a mouse: j and k or the arrow keys, Enter, Escape. The keys hold while
// the focus is in the list or beside it (WCAG 2.2, 2.1.4, read 2026-11-24).

import { type KeyboardEvent, type RefObject, useEffect, useRef } from "react";
import { type Selection, selectedText, selectionOf } from "./filters";

/** While somebody goes through the list quickly, the change beside it follows after this, in ms. */
const FOLLOWS_MS = 150;
/** How far each key goes. */
const STEPS: { readonly [key: string]: number } = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 };
/** Where these keys mean something else. */
const ELSEWHERE = "input, select, textarea, summary, pre, dialog, [contenteditable]";

/** The attribute by which a row tells what it is. */
export const ROW = "data-row";

/** What a key does within the list's region. */
export function useKeys(
  region: RefObject<HTMLElement | null>,
  selection: Selection | undefined,
  select: (selection: Selection | undefined, replace: boolean) => void,
): (event: KeyboardEvent) => void {
  const following = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(following.current), []);
  const rows = () => [...(region.current?.querySelectorAll<HTMLElement>(`[${ROW}]`) ?? [])];
  const chosen = selection && selectedText(selection);
  return (event) => {
    const target = event.target as Element;
    if (event.altKey || event.ctrlKey || event.metaKey || target.closest(ELSEWHERE)) return;
    // Beside the list, arrows scroll.
    const scrolls = event.key.startsWith("Arrow") && !target.hasAttribute(ROW);
    const step = scrolls ? undefined : STEPS[event.key];
    if (event.key === "Escape" && selection) {
      clearTimeout(following.current);
      // The row may be drawn anew without the change beside it.
      rows().find((row) => row.getAttribute(ROW) === chosen)?.focus();
      select(undefined, false);
    } else if (step !== undefined) {
      const all = rows();
      const here = all.findIndex((row) => row === target || (!target.hasAttribute(ROW) && row.getAttribute(ROW) === chosen));
      const next = all[here < 0 ? 0 : here + step];
      if (!next) return;
      event.preventDefault();
      next.focus();
      clearTimeout(following.current);
      // What is open follows; Enter opens.
      if (selection) following.current = setTimeout(() => select(rowSelection(next), true), FOLLOWS_MS);
    }
  };
}

function rowSelection(row: Element): Selection | undefined {
  return selectionOf(new URLSearchParams({ selected: row.getAttribute(ROW) ?? "" }));
}
