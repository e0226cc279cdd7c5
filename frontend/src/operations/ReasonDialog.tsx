// Asks before something is ordered, and for its reason: every verb of operators has one.

import { type ReactNode, useEffect, useRef, useState } from "react";
import { OrderDialog } from "../api/OrderDialog";
import { characters } from "../lib/format";
import { TextField } from "../ui/TextField";
import { words } from "./words";

/** The longest reason, as the API takes it. */
const REASON_MAX = 500;

/**
 * The dialog. `check` says whether what else is asked for is filled in; `perform` orders it, and has to close
 * the dialog when that is to be. `said` is what else the form says. What was ordered `leadsOn` to what it started.
 */
export function ReasonDialog({ title, button, cancels = false, danger = cancels, said, leadsOn = false, check, perform, onClose, children }: {
  title: string;
  button: string;
  /** Whether it cancels something: then the way out is called otherwise. */
  cancels?: boolean;
  danger?: boolean;
  said?: unknown;
  leadsOn?: boolean;
  check?: (() => boolean) | undefined;
  perform: (reason: string, key: string) => Promise<void>;
  onClose: () => void;
  children?: ReactNode;
}) {
  const [reason, setReason] = useState("");
  const [error, setError] = useState<string | undefined>(undefined);
  const ordered = useRef(false);
  useEffect(() => () => void requestAnimationFrame(() => goOn(leadsOn && ordered.current)), [leadsOn]);
  const order = async (key: string) => {
    const wrong = wrongReason(reason);
    setError(wrong);
    const isFine = check?.() ?? true;
    if (wrong !== undefined || !isFine) return;
    await perform(reason.trim(), key);
    ordered.current = true;
  };
  return (
    <OrderDialog title={title} button={button} {...(cancels ? { dismiss: words.rebuild.back } : {})} danger={danger} right="operate" said={[said, reason]} order={order} onClose={onClose}>
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

/** To what was started; or there, and else to the heading, when the button that asked is not there any more. */
function goOn(toLive: boolean): void {
  const live = document.getElementById("live");
  if (toLive && live) live.focus();
  else if (document.activeElement === document.body) (live ?? document.querySelector("h1"))?.focus();
}
