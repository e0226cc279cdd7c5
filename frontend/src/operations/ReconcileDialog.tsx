// Orders a run of the reconciler, or a pass over the whole log.

import { useId, useState } from "react";
import { announce } from "../lib/live";
import { ReasonDialog } from "./ReasonDialog";
import { order } from "./data";
import { words } from "./words";

/** The dialog. */
export function ReconcileDialog({ onClose }: { onClose: () => void }) {
  const name = useId();
  const [full, setFull] = useState(false);
  const perform = async (reason: string, key: string) => {
    const { items } = await order("reconcile", { body: { reason, ...(full ? { full } : {}) } }, key);
    announce(full ? words.reconcile.fullDone(items.length) : words.reconcile.quickDone);
    onClose();
  };
  const choices = [
    { value: false, label: words.reconcile.quick, hint: words.reconcile.quickHint },
    { value: true, label: words.reconcile.full, hint: words.reconcile.fullHint },
  ];
  return (
    <ReasonDialog title={words.reconcile.title} button={words.reconcile.button} said={full} perform={perform} onClose={onClose}>
      <p>{words.reconcile.lead}</p>
      <div className="boxes">
        {choices.map(({ value, label, hint }) => (
          <label key={label} className="box">
            <input type="radio" name={name} checked={full === value} onChange={() => setFull(value)} />
            <span><strong>{label}</strong> <span className="muted">{hint}</span></span>
          </label>
        ))}
      </div>
    </ReasonDialog>
  );
}
