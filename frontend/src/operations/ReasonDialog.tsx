// Asks before something is ordered, and for its reason: every verb of operators has one.

import { type ReactNode, useEffect, useState } from "react";
import { OrderDialog } from "../api/OrderDialog";
import { characters } from "../lib/format";
import { TextField } from "../ui/TextField";
import { words } from "./words";

/** The longest reason, as the API takes it. */
const REASON_MAX = 500;

/**
 * The dialog. `check` says whether what else is asked for is filled in; `perform` orders it, and has to close
 * the dialog when that is to be. `said` is what else the form says.
 */
export function ReasonDialog({ title, button, danger = false, said, check, perform, onClose, children }: {
  title: string;
  button: string;
  danger?: boolean;
  said?: unknown;
  check?: (() => boolean) | undefined;
  perform: (reason: string, key: string) => Promise<void>;
  onClose: () => void;
  children?: ReactNode;
}) {
  const [reason, setReason] = useState("");
  const [error, setError] = useState<string | undefined>(undefined);
  useEffect(() => () => void requestAnimationFrame(keepFocus), []);
  const order = async (key: string) => {
    const wrong = wrongReason(reason);
    setError(wrong);
    const isFine = check?.() ?? true;
    if (wrong === undefined && isFine) await perform(reason.trim(), key);
  };
  return (
    <OrderDialog title={title} button={button} danger={danger} right="operate" said={[said, reason]} order={order} onClose={onClose}>
      {children}
      <TextField label={words.reason} kind="lines" value={reason} error={error} onChange={setReason} />
      <p className="muted">{words.reasonHint}</p>
    </OrderDialog>
  );
}

function wrongReason(reason: string): string | undefined {
  if (reason.trim() === "") return words.reasonMissing;
  return characters(reason.trim()) > REASON_MAX ? words.reasonTooLong : undefined;
}

/** What was ordered may take away the button that asked for it: then the focus goes to what came of it. */
function keepFocus(): void {
  if (document.activeElement !== document.body) return;
  (document.getElementById("live") ?? document.querySelector("h1"))?.focus();
}
