// Doing something with a record: why, with what, and what happens when somebody else was faster.

import { useState } from "react";
import { said } from "../api/Failure";
import { usePersonName } from "../api/client";
import type { Action, TypeDescriptor } from "../api/generated";
import { type Message, announce } from "../lib/live";
import { texts } from "../lib/texts";
import { Dialog } from "../ui/Dialog";
import { FormDialog } from "./FormDialog";
import { act, newIntent } from "./commands";
import { WasNow } from "./WasNow";
import { type Rec, actionsOf, labelAt, statusOf, titleOf, valuesOf, wordFor } from "./descriptor";
import { useForm } from "./form";

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

/** What an action did: the new status, where there is one. */
function saidOf(type: TypeDescriptor, before: Rec, after: Rec, action: Action): string {
  const title = titleOf(type, after);
  if (before.status === after.status) return texts.record.done(title, action.label);
  return texts.record.isNow(title, statusOf(type, after.status).label);
}

/** The way back, where the type offers an action that leads to the status from before. */
function undoOf(type: TypeDescriptor, after: Rec, before: Rec): Message["action"] {
  if (after.status === before.status) return undefined;
  const back = actionsOf(type, after.status).find((offered) => offered.fields.length === 0 && !offered.from.includes(before.status));
  if (!back) return undefined;
  const intent = newIntent();
  const perform = async () => {
    try {
      const outcome = await act(type, after, back, {}, texts.record.undoReason, intent);
      announce(outcome.kind === "kept" ? saidOf(type, after, outcome.record, back) : texts.conflict.actGone(back.label));
    } catch (error) {
      // Under the same key it is not done twice, whatever became of the first try.
      announce(texts.record.notUndone(said(error).heading), { label: texts.tryAgain, perform: () => void perform() });
    }
  };
  return { label: texts.record.undo, perform: () => void perform() };
}

