// Doing something with a record: why, with what, and what happens when somebody else was faster.

import { useState } from "react";
import { usePersonName } from "../api/client";
import type { Action, TypeDescriptor } from "../api/generated";
import { announce } from "../lib/live";
import { texts } from "../lib/texts";
import { Dialog } from "../ui/Dialog";
import { FormDialog } from "./FormDialog";
import { act, newIntent } from "./commands";
import { WasNow } from "./WasNow";
import { type Rec, labelAt, titleOf, valuesOf, wordFor } from "./descriptor";
import { useForm } from "./form";
import { saidOf, undoOf } from "./undo";

/** The dialog. The record is taken as it was when the dialog opened: that is what was decided about. */
export function ActionDialog({ type, record, action, onClose }: {
  type: TypeDescriptor;
  record: Rec;
  action: Action;
  onClose: () => void;
}) {
  const nameOf = usePersonName();
  const [seen, setSeen] = useState(record);
  const [conflict, setConflict] = useState<{ theirs: Rec; fields: string[] } | undefined>(undefined);
  const [intent] = useState(newIntent);
  const [start] = useState(() => ({ values: valuesOf(action.fields, {}), reason: "" }));
  const form = useForm(action.fields, start);
  const title = titleOf(type, record);

  const perform = async (as: Rec) => {
    const outcome = await act(type, as, action, form.values, form.reason, intent);
    if (outcome.kind === "conflict") return setConflict({ theirs: outcome.theirs, fields: outcome.merged.theirs });
    if (outcome.kind === "gone") announce(texts.conflict.actGone(action.label));
    else if (outcome.alsoChanged.length > 0) announce(texts.conflict.alsoChanged(nameOf(outcome.by ?? ""), outcome.alsoChanged.map((name) => wordFor(type, name))));
    else announce(saidOf(type, record, outcome.record, action), undoOf(type, outcome.record, record));
    return onClose();
  };
  const anyway = () => {
    if (!conflict) return;
    setSeen(conflict.theirs);
    setConflict(undefined);
    void form.run(() => perform(conflict.theirs));
  };
  return (
    <>
      <FormDialog
        title={texts.form.actTitle(action.label, title)}
        fields={action.fields}
        form={form}
        start={start}
        reason={action.reason}
        save={action.label}
        restored={false}
        onRestart={() => {}}
        onSave={() => perform(seen)}
        onClose={onClose}
      />
      {conflict && (
        <Dialog title={texts.conflict.actTitle(title)} onClose={onClose}>
          <p>{texts.conflict.actLead(nameOf(conflict.theirs.changed_by))}</p>
          <dl className="changes">
            {conflict.fields.map((name) => (
              <div key={name}>
                <dt>{labelAt(type, `/${name}`)}</dt>
                <dd><WasNow type={type} pointer={`/${name}`} from={seen[name]} to={conflict.theirs[name]} /></dd>
              </div>
            ))}
          </dl>
          <div className="dialog-foot">
            <button type="button" className="primary" onClick={anyway}>{texts.conflict.actAnyway(action.label)}</button>
            <button type="button" onClick={onClose}>{texts.cancel}</button>
          </div>
        </Dialog>
      )}
    </>
  );
}
