// Takes somebody out of the workspace, after saying what that means.

import { useState } from "react";
import { OrderDialog } from "../api/OrderDialog";
import type { PersonRights } from "../api/generated";
import { announce } from "../lib/live";
import { texts } from "../lib/texts";
import { TextField } from "../ui/TextField";
import { callName, remove } from "./rights";
import { words } from "./words";

/** The dialog. */
export function RemoveDialog({ person, onClose }: { person: PersonRights; onClose: () => void }) {
  const [reason, setReason] = useState("");
  const name = callName(person);
  const order = async (key: string) => {
    await remove(person, reason, key);
    announce(words.removed(name));
    onClose();
  };
  return (
    <OrderDialog title={words.removeOf(name)} button={words.remove} danger right="administer" said={reason} order={order} onClose={onClose}>
      <p>{words.removeLead}</p>
      <TextField label={`${texts.form.reason} (${texts.form.optional})`} kind="lines" value={reason} onChange={setReason} />
    </OrderDialog>
  );
}
