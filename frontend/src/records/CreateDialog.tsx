// A new record: the form of its type, saved once however often it has to be tried.

import { useState } from "react";
import { useLocation } from "wouter";
import type { TypeDescriptor } from "../api/generated";
import type { Fields } from "../lib/json";
import { announce } from "../lib/live";
import { texts } from "../lib/texts";
import { FormDialog } from "./FormDialog";
import { recordPath } from "./Names";
import { create, newCreation } from "./commands";
import { filledIn, titleOf, valuesOf } from "./descriptor";
import { useDraft, useKeptDraft } from "./draft";
import { useForm } from "./form";

/** What a new record begins with, and what it is made beside: its draft is another one than that of the list. */
export type Beside = { values: Fields; draft: string };

/**
 * The dialog; `onClose` is asked when nothing was created. The new record is shown, unless it is made
 * beside another one.
 */
export function CreateDialog({ type, beside, onClose }: { type: TypeDescriptor; beside?: Beside | undefined; onClose: () => void }) {
  const [, navigate] = useLocation();
  const draft = useDraft(type.plural, beside?.draft);
  const [start] = useState(() => ({ values: valuesOf(filledIn(type), beside?.values ?? {}), reason: "" }));
  const form = useForm(filledIn(type), draft.found ?? start);
  // What was tried before a reload is still the same record.
  const [creation, setCreation] = useState(() => draft.found?.creation ?? newCreation());
  useKeptDraft(draft.name, form, start, { creation });
  const onSave = async () => {
    const record = await create(type, form.values, form.reason, creation);
    draft.forget();
    announce(texts.form.created(titleOf(type, record)));
    if (beside) onClose();
    else navigate(recordPath(type.plural, record.id), { replace: true });
  };
  return (
    <FormDialog
      title={texts.form.newTitle(texts.inSentence(type.label))}
      fields={filledIn(type)}
      form={form}
      start={start}
      reason="optional"
      save={texts.save}
      restored={draft.found !== undefined}
      onRestart={() => { form.setValues(start.values); form.setReason(""); setCreation(newCreation()); }}
      onSave={onSave}
      onClose={() => { draft.forget(); onClose(); }}
    />
  );
}
