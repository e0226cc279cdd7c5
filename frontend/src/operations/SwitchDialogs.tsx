// Saying which generation answers: promoting the new one, going back, throwing the old one away.

import { useState } from "react";
import { announce } from "../lib/live";
import { Notice } from "../ui/Notice";
import { ReasonDialog } from "./ReasonDialog";
import { order } from "./data";
import type { View } from "./shapes";
import { words } from "./words";

type Props = { view: View; onClose: () => void };

/** Promotes the generation that was built; one that is not verified only when somebody insists. */
export function PromoteDialog({ view, onClose }: Props) {
  const number = view.building?.number ?? 0;
  const isVerified = view.can.includes("promote");
  const [force, setForce] = useState(false);
  const [tried, setTried] = useState(false);
  const check = () => {
    setTried(true);
    return isVerified || force;
  };
  const perform = async (reason: string, key: string) => {
    const { active } = await order("promote_view", { path: { view: view.view }, body: { reason, ...(force && !isVerified ? { force } : {}) } }, key);
    announce(words.wizard.promoted(view.view, active.number));
    onClose();
  };
  const missing = tried && !isVerified && !force;
  return (
    <ReasonDialog title={words.wizard.promoteTitle(view.view, number)} button={words.wizard.promoteButton} danger={!isVerified} said={force} check={check} perform={perform} onClose={onClose}>
      <p>{words.wizard.promoteLead(number)}</p>
      {!isVerified && (
        <>
          <Notice tone="warning"><p>{words.wizard.promoteNot}</p></Notice>
          <label className="box">
            <input type="checkbox" checked={force} aria-invalid={missing} aria-describedby="force-about" onChange={() => setForce(!force)} />
            <span>{words.wizard.force}</span>
          </label>
          <p id="force-about">{missing && <span className="field-error">{words.wizard.forceMissing}</span>}</p>
        </>
      )}
    </ReasonDialog>
  );
}

/** Lets the generation before answer again. */
export function RollBackDialog({ view, onClose }: Props) {
  const perform = async (reason: string, key: string) => {
    const { active } = await order("roll_back_view", { path: { view: view.view }, body: { reason } }, key);
    announce(words.wizard.promoted(view.view, active.number));
    onClose();
  };
  return (
    <ReasonDialog title={words.wizard.rollbackTitle(view.view)} button={words.wizard.rollbackButton} perform={perform} onClose={onClose}>
      <p>{words.wizard.rollbackLead(view.previous?.number ?? 0)}</p>
    </ReasonDialog>
  );
}

/** Throws away the generation before; where there is none, the one that was built and not promoted. */
export function RetireDialog({ view, onClose }: Props) {
  const number = (view.previous ?? view.building)?.number ?? 0;
  const perform = async (reason: string, key: string) => {
    await order("retire_view", { path: { view: view.view }, body: { reason } }, key);
    announce(words.wizard.retired(number));
    onClose();
  };
  return (
    <ReasonDialog title={words.wizard.retireTitle(view.view, number)} button={words.wizard.retireButton} danger perform={perform} onClose={onClose}>
      <p>{words.wizard.retireLead(number)}</p>
    </ReasonDialog>
  );
}
