// Keeps what a form holds in this tab, and finds it again after a reload or a new sign-in.

import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { meQuery } from "../api/client";
import { type Draft, draftName, keepDraft, readDraft } from "../lib/drafts";
import { type Form, isChanged, type Start } from "./form";

/** The draft of a form that was there when it was opened, and how to forget it. */
export function useDraft(plural: string, id: string | undefined): { found: Draft | undefined; name: string; forget: () => void } {
  const me = useQuery(meQuery).data;
  const name = draftName(me?.id ?? "", plural, id);
  const [found] = useState(() => readDraft(name));
  return { found, name, forget: () => keepDraft(name, undefined) };
}

/** Keeps the form's draft as long as it says something new. */
export function useKeptDraft(name: string, form: Form, start: Start, more: Pick<Draft, "base" | "creation">): void {
  const changed = isChanged(form, start);
  const { values, reason, failure } = form;
  const { base, creation } = more;
  useEffect(() => {
    if (changed) keepDraft(name, { values, reason, ...(base ? { base } : {}), ...(creation ? { creation } : {}) });
    else keepDraft(name, undefined);
    // A failure may have added to what was sent without an answer.
  }, [name, changed, values, reason, base, creation, failure]);
}
