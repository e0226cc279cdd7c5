// Editing a record: its form, and what happens when somebody else was faster.

import { useState } from "react";
import { usePersonName } from "../api/client";
import type { TypeDescriptor } from "../api/generated";
import type { Fields } from "../lib/json";
import { announce } from "../lib/live";
import { texts } from "../lib/texts";
import { ConflictDialog } from "./ConflictDialog";
import { FormDialog } from "./FormDialog";
import { type Base, type Outcome, newIntent, save } from "./commands";
import { type Rec, filledIn, titleOf, valuesOf, wordFor } from "./descriptor";
import { useDraft, useKeptDraft } from "./draft";
import { isChanged, useForm } from "./form";

/** A conflict, and what it was between. */
type Conflict = Extract<Outcome, { kind: "conflict" }> & { base: Base };

/** The dialog. */
export function EditDialog({ type, record, onClose }: { type: TypeDescriptor; record: Rec; onClose: () => void }) {
  const nameOf = usePersonName();
  const draft = useDraft(type.plural, record.id);
  // What the form began with stays, whatever is read meanwhile: it is what a merge starts from.
  const [fresh] = useState<Base>(() => ({ version: record.version, values: valuesOf(filledIn(type), record) }));
  const [base, setBase] = useState<Base>(draft.found?.base ?? fresh);
  const [conflict, setConflict] = useState<Conflict | undefined>(undefined);
  const [intent] = useState(newIntent);
  const start = { values: base.values, reason: "" };
  const form = useForm(filledIn(type), draft.found ?? start);
  useKeptDraft(draft.name, form, start, { base });

  const saveFrom = async (from: Base, values: Fields) => {
    const outcome = await save(type, record.id, from, values, form.reason, intent);
    if (outcome.kind === "conflict") return setConflict({ ...outcome, base: from });
    setConflict(undefined);
    if (outcome.kind !== "kept") return undefined;
    draft.forget();
    const also = outcome.alsoChanged.map((name) => wordFor(type, name));
    announce(also.length > 0 ? texts.conflict.alsoChanged(nameOf(outcome.by ?? ""), also) : texts.saved);
    return onClose();
  };
  const onSave = async () => {
    if (isChanged(form, start)) return saveFrom(base, form.values);
    announce(texts.nothingChanged);
    return onClose();
  };
  const onChosen = (values: Fields) => {
    if (!conflict) return;
    const from = { version: conflict.theirs.version, values: valuesOf(filledIn(type), conflict.theirs) };
    setBase(from);
    form.setValues(values);
    setConflict(undefined);
    void form.run(() => saveFrom(from, values));
  };
  return (
    <>
      <FormDialog
        title={texts.form.editTitle(titleOf(type, record))}
        fields={filledIn(type)}
        form={form}
        start={start}
        reason="optional"
        save={texts.save}
        restored={draft.found !== undefined}
        onRestart={() => { setBase(fresh); form.setValues(fresh.values); form.setReason(""); }}
        onSave={onSave}
        onClose={() => { draft.forget(); onClose(); }}
      />
      {conflict && (
        <ConflictDialog
          type={type}
          theirs={conflict.theirs}
          original={conflict.base.values}
          merged={conflict.merged}
          onChosen={onChosen}
          onBack={() => setConflict(undefined)}
        />
      )}
    </>
  );
}
