// A dialog for an order: it is sent once, and what goes wrong is said in it.

import { type FormEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { texts } from "../lib/texts";
import { Dialog } from "../ui/Dialog";
import { Failure, useWait } from "./Failure";
import { newKey } from "./call";
import type { Right } from "./client";

/** The dialog; `order` gets the key that all tries of the same order share. */
export function OrderDialog({ title, button, dismiss = texts.cancel, danger = false, right, said, order, onClose, children }: {
  title: string;
  button: string;
  /** What the way out is called, where it could be taken for the order. */
  dismiss?: string;
  danger?: boolean;
  /** The right that it needs. */
  right: Right;
  /** What the form says now: another order gets another key. */
  said: unknown;
  order: (key: string) => Promise<void>;
  onClose: () => void;
  children: ReactNode;
}) {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(undefined);
  const sent = useRef({ said: "", key: "" });
  const seconds = useWait(failure);
  const form = useRef<HTMLFormElement>(null);
  const [tries, setTries] = useState(0);
  useEffect(() => {
    form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [tries]);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy || seconds > 0) return;
    const now = JSON.stringify(said);
    if (sent.current.said !== now) sent.current = { said: now, key: newKey() };
    setBusy(true);
    setFailure(undefined);
    try {
      await order(sent.current.key);
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
      setTries((before) => before + 1);
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form ref={form} noValidate onSubmit={(event) => void submit(event)}>
        {failure !== undefined && <Failure error={failure} right={right} />}
        {children}
        <div className="dialog-foot">
          <button type="submit" className={danger ? "danger" : "primary"} aria-disabled={busy} disabled={seconds > 0}>
            {busy ? texts.saving : button}
          </button>
          <button type="button" onClick={onClose}>{dismiss}</button>
        </div>
      </form>
    </Dialog>
  );
}
