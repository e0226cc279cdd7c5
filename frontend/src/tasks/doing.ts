// Doing something to a row: sent once whatever happens, taken back by a change of its own, and what went
// wrong is told at the row.

import { useEffect, useRef, useState } from "react";
import { usePersonName } from "../api/client";
import type { Field, TypeDescriptor } from "../api/generated";
import { announce } from "../lib/live";
import { focusRowOf, focusedRow, neighbourOf } from "../lib/shortcuts";
import { texts } from "../lib/texts";
import { act, newIntent } from "../records/commands";
import { took } from "../records/data";
import { type Rec, type Tasks, titleOf, wordFor } from "../records/descriptor";
import { changeField, saidOf, undoOf, undoOfField } from "../records/undo";
import type { Doing, Trouble } from "./TaskRow";
import { words } from "./words";

/** What is going on, by the ids of rows. */
type Going = { readonly [id: string]: "busy" | Trouble };

/** What rows can be done to, and how that goes. */
export function useDoing(type: TypeDescriptor, tasks: Tasks, edit: (id: string) => void): { doing: Doing; going: Going } {
  const nameOf = usePersonName();
  const [going, setGoing] = useState<Going>({});
  const note = (id: string, what: "busy" | Trouble | undefined) =>
    setGoing((before) => {
      const { [id]: _, ...others } = before;
      return what ? { ...others, [id]: what } : others;
    });
  const keepPlace = useKeptPlace();

  const run = (record: Rec, what: () => Promise<void>) => {
    const attempt = async (): Promise<void> => {
      note(record.id, "busy");
      try {
        await what();
        note(record.id, undefined);
      } catch (error) {
        note(record.id, { error, again: () => void attempt() });
      }
    };
    void attempt();
  };
  const tick = (record: Rec) => {
    const action = record.status === tasks.done ? tasks.reopen : tasks.complete;
    const intent = newIntent();
    // A rule may want a reason; that it was ticked by mistake is one.
    const reason = action.reason === "required" ? texts.record.undoReason : "";
    keepPlace(record.id);
    run(record, async () => {
      const outcome = await act(type, record, action, {}, reason, intent);
      if (outcome.kind === "kept") announce(saidOf(type, record, outcome.record, action), undoOf(type, outcome.record, record));
      else {
        took(type, outcome.theirs);
        announce(texts.conflict.actGone(action.label));
      }
    });
  };
  const change = (record: Rec, field: Field, value: unknown) => {
    const intent = newIntent();
    run(record, async () => {
      const outcome = await changeField(type, record, field, value, "", intent);
      if (outcome.kind === "kept") announce(words.moved(titleOf(type, outcome.record), wordFor(type, field.name)), undoOfField(type, field, outcome.record, record));
      else {
        // The row shows what they made of it.
        took(type, outcome.theirs);
        announce(words.overtaken(nameOf(outcome.theirs.changed_by), wordFor(type, field.name)));
      }
    });
  };
  return { doing: { tick, change, edit }, going };
}

/** A row that goes away takes the focus with it: then the row that comes in its place gets it. */
function useKeptPlace(): (id: string) => void {
  const after = useRef<{ gone: string; next: string | undefined } | undefined>(undefined);
  useEffect(() => {
    const place = after.current;
    if (!place || document.activeElement !== document.body) return;
    after.current = undefined;
    if (!focusRowOf(place.next)) document.querySelector<HTMLElement>("[data-quick-add]")?.focus();
  });
  return (id) => {
    after.current = focusedRow() === id ? { gone: id, next: neighbourOf(id) } : undefined;
  };
}
