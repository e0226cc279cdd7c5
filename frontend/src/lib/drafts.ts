// Drafts: what was typed and not saved yet, kept in this tab until it is saved or thrown away.

import { type Fields, isFields } from "./json";
import { keep, readKept } from "./kept";

/** What somebody was typing. */
export type Draft = {
  /** The fields as they stood in the form. */
  values: Fields;
  /** The reason as it stood in the form. */
  reason: string;
  /** What the form began with, for the merge; absent for a new record. */
  base?: { version: number; values: Fields };
  /** For a new record: the key that names it, and what was sent without an answer. */
  creation?: { key: string; unknown: Fields[] };
};

const PREFIX = "annals.draft.";

/** The name of a draft: one for each person, and record or new record of a type. */
export function draftName(person: string, plural: string, id: string | undefined): string {
  return `${PREFIX}${person}.${plural}.${id ?? "new"}`;
}

/** Keeps a draft, or forgets it. */
export function keepDraft(name: string, draft: Draft | undefined): void {
  keep("sessionStorage", name, draft && JSON.stringify(draft));
}

/** The draft that was kept, if it can be read. */
export function readDraft(name: string): Draft | undefined {
  const text = readKept("sessionStorage", name);
  if (text === undefined) return undefined;
  try {
    const draft: unknown = JSON.parse(text);
    if (!isFields(draft) || !isFields(draft["values"])) return undefined;
    const [base, creation] = [baseOf(draft["base"]), creationOf(draft["creation"])];
    return {
      values: draft["values"],
      reason: typeof draft["reason"] === "string" ? draft["reason"] : "",
      ...(base ? { base } : {}),
      ...(creation ? { creation } : {}),
    };
  } catch {
    return undefined;
  }
}

/** Forgets all drafts: whoever signs out leaves nothing behind. */
export function forgetDrafts(): void {
  try {
    const names = Object.keys(sessionStorage).filter((name) => name.startsWith(PREFIX));
    for (const name of names) sessionStorage.removeItem(name);
  } catch {
    // Where nothing is kept, nothing is to be forgotten.
  }
}

function baseOf(value: unknown): Draft["base"] {
  if (!isFields(value) || typeof value["version"] !== "number" || !isFields(value["values"])) return undefined;
  return { version: value["version"], values: value["values"] };
}

function creationOf(value: unknown): Draft["creation"] {
  if (!isFields(value) || typeof value["key"] !== "string" || !Array.isArray(value["unknown"])) return undefined;
  return { key: value["key"], unknown: value["unknown"].filter(isFields) };
}
