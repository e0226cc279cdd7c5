// Changes what somebody may do.

import { useState } from "react";
import { OrderDialog } from "../api/OrderDialog";
import type { PersonRights } from "../api/generated";
import { announce } from "../lib/live";
import { texts } from "../lib/texts";
import { TextField } from "../ui/TextField";
import { GroupBoxes } from "./GroupBoxes";
import { type Group, callName, changeAccess } from "./rights";
import { words } from "./words";

/** The dialog. */
export function AccessDialog({ person, onClose }: { person: PersonRights; onClose: () => void }) {
  const [groups, setGroups] = useState<Group[]>(person.groups);
  const [reason, setReason] = useState("");
  const name = callName(person);
  const order = async (key: string) => {
    const changed = await changeAccess(person, groups, reason, key);
    announce(changed ? words.changed(name) : texts.nothingChanged);
    onClose();
  };
  return (
    <OrderDialog title={words.changeOf(name)} button={texts.save} right="administer" said={[groups, reason]} order={order} onClose={onClose}>
      <GroupBoxes value={groups} onChange={setGroups} />
      <TextField label={`${texts.form.reason} (${texts.form.optional})`} kind="lines" value={reason} onChange={setReason} />
      <p className="muted">{words.effect}</p>
    </OrderDialog>
  );
}
