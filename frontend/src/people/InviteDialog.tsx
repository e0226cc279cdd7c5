// Invites somebody into the workspace by e-mail.

import { useState } from "react";
import { OrderDialog } from "../api/OrderDialog";
import { ProblemError } from "../api/problem";
import { sentence } from "../lib/format";
import { announce } from "../lib/live";
import { texts } from "../lib/texts";
import { TextField } from "../ui/TextField";
import { GroupBoxes } from "./GroupBoxes";
import { type Group, invite } from "./rights";
import { words } from "./words";

type Errors = { email?: string; display_name?: string; groups?: string };

/** The dialog. */
export function InviteDialog({ onClose }: { onClose: () => void }) {
  const [email, setEmail] = useState("");
  const [name, setName] = useState("");
  const [groups, setGroups] = useState<Group[]>(["editors"]);
  const [errors, setErrors] = useState<Errors>({});
  const body = {
    email: email.trim(),
    groups,
    ...(name.trim() ? { display_name: name.trim() } : {}),
  };
  const order = async (key: string) => {
    const found: Errors = {
      ...(body.email ? {} : { email: texts.form.required }),
      ...(groups.length > 0 ? {} : { groups: words.groupMissing }),
    };
    setErrors(found);
    if (Object.keys(found).length > 0) return;
    try {
      await invite(body, key);
    } catch (error) {
      const placed = error instanceof ProblemError ? placedErrors(error) : {};
      setErrors(placed);
      if (Object.keys(placed).length > 0) return;
      throw error;
    }
    announce(words.invited(body.email));
    onClose();
  };
  return (
    <OrderDialog title={words.invite} button={words.send} right="administer" said={body} order={order} onClose={onClose}>
      <TextField label={words.email} kind="email" value={email} error={errors.email} onChange={setEmail} />
      <TextField label={`${words.name} (${texts.form.optional})`} value={name} error={errors.display_name} onChange={setName} />
      <GroupBoxes value={groups} error={errors.groups} onChange={setGroups} />
      <p className="muted">{words.effect}</p>
    </OrderDialog>
  );
}

function placedErrors(problem: ProblemError): Errors {
  const found: Errors = {};
  for (const { pointer, detail } of problem.errors) {
    if (pointer === "/email") found.email = sentence(detail);
    else if (pointer === "/display_name") found.display_name = sentence(detail);
    else if (pointer.startsWith("/groups")) found.groups = sentence(detail);
  }
  return found;
}
