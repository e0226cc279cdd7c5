// Keys that do something on a page, whether they are wanted, and which row they are about.

import { keep, readKept } from "./kept";
import { createStore } from "./store";

/** A key, what it does in words, and doing it; `row` is the id of the row with the focus. */
export type Shortcut = { key: string; label: string; perform: (row: string | undefined) => void };

const KEPT = "annals.shortcuts";

/** Whether single keys do something. Who dictates, or types by accident, can turn them off (WCAG 2.2, 2.1.4). */
export const shortcutsOn = createStore(readKept("localStorage", KEPT) !== "off");

/** Turns them on or off, for next time as well. */
export function setShortcutsOn(on: boolean): void {
  shortcutsOn.set(on);
  keep("localStorage", KEPT, on ? undefined : "off");
}

/** Whether a key that was pressed belongs to the page: nobody is typing, and nothing lies over it. */
export function isForThePage(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return false;
  if (document.querySelector("dialog[open], :popover-open")) return false;
  const target = event.target instanceof HTMLElement ? event.target : undefined;
  if (target?.isContentEditable) return false;
  return !target?.matches("input:not([type=checkbox], [type=radio]), textarea, select");
}

/** The id of the row with the focus. Rows say theirs in `data-row`. */
export function focusedRow(): string | undefined {
  const row = document.activeElement?.closest<HTMLElement>("[data-row]");
  return row?.dataset["row"];
}

/** Moves the focus so many rows on; without a row that has it, to the first one, or the last. */
export function stepRow(step: 1 | -1): void {
  const rows = visibleRows();
  const at = rows.findIndex((row) => row.dataset["row"] === focusedRow());
  const next = at < 0 ? (step === 1 ? 0 : rows.length - 1) : at + step;
  focusRow(rows[next]);
}

/** The id of the row that takes the place of another one when that goes: the next, or else the one before. */
export function neighbourOf(id: string): string | undefined {
  const rows = visibleRows();
  const at = rows.findIndex((row) => row.dataset["row"] === id);
  return (rows[at + 1] ?? rows[at - 1])?.dataset["row"];
}

/** Gives the focus to the row with this id; says whether there is one. */
export function focusRowOf(id: string | undefined): boolean {
  return focusRow(visibleRows().find((row) => row.dataset["row"] === id));
}

function focusRow(row: HTMLElement | undefined): boolean {
  const link = row?.querySelector<HTMLElement>("a");
  link?.focus();
  row?.scrollIntoView({ block: "nearest" });
  return link !== undefined && link !== null;
}

function visibleRows(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("[data-row]")].filter((row) => row.checkVisibility());
}
