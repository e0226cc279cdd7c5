// The way back from what was just done: a change of its own, which the timeline tells of like any other.

import { said } from "../api/Failure";
import type { Action, Field, TypeDescriptor } from "../api/generated";
import { type Message, announce } from "../lib/live";
import { texts } from "../lib/texts";
import { type Intent, act, newIntent, save } from "./commands";
import { type Rec, actionsOf, filledIn, statusOf, titleOf, valuesOf } from "./descriptor";

/** What an action did: the new status, where there is one. */
export function saidOf(type: TypeDescriptor, before: Rec, after: Rec, action: Action): string {
  const title = titleOf(type, after);
  if (before.status === after.status) return texts.record.done(title, action.label);
  return texts.record.isNow(title, statusOf(type, after.status).label);
}

/** The action that leads from the status of `after` back to that of `before`, where the type offers one. */
export function wayBack(type: TypeDescriptor, after: Rec, before: Rec): Action | undefined {
  if (after.status === before.status) return undefined;
  return actionsOf(type, after.status).find((offered) => offered.fields.length === 0 && !offered.from.includes(before.status));
}

/** A button that takes an action back, where the type offers an action that leads to the status from before. */
export function undoOf(type: TypeDescriptor, after: Rec, before: Rec): Message["action"] {
  const back = wayBack(type, after, before);
  if (!back) return undefined;
  const intent = newIntent();
  return button(async () => {
    const outcome = await act(type, after, back, {}, texts.record.undoReason, intent);
    announce(outcome.kind === "kept" ? saidOf(type, after, outcome.record, back) : texts.conflict.actGone(back.label));
  });
}

/** A button that gives a field back the value that it had. */
export function undoOfField(type: TypeDescriptor, field: Field, after: Rec, before: Rec): Message["action"] {
  const intent = newIntent();
  return button(async () => {
    const outcome = await changeField(type, after, field, before[field.name], texts.record.undoReason, intent);
    announce(outcome.kind === "kept" ? texts.restore.undone(titleOf(type, after)) : texts.restore.overtaken);
  });
}

/** Changes one field of a record as it was seen; whatever others did to other fields stays. */
export function changeField(type: TypeDescriptor, seen: Rec, field: Field, value: unknown, reason: string, intent: Intent) {
  const values = valuesOf(filledIn(type), seen);
  return save(type, seen.id, { version: seen.version, values }, { ...values, [field.name]: value }, reason, intent);
}

function button(perform: () => Promise<void>): Message["action"] {
  const tried = async (): Promise<void> => {
    try {
      await perform();
    } catch (error) {
      // Under the same key it is not done twice, whatever became of the first try.
      announce(texts.record.notUndone(said(error).heading), { label: texts.tryAgain, perform: () => void tried() });
    }
  };
  return { label: texts.record.undo, perform: () => void tried() };
}
