// Pausing, resuming and cancelling a rebuild: each asks first.

import { useState } from "react";
import { announce } from "../lib/live";
import { ReasonDialog } from "./ReasonDialog";
import { order } from "./data";
import type { Rebuild } from "./shapes";
import { words } from "./words";

const VERBS = {
  pause: { name: "pause_rebuild", open: words.rebuild.pause, title: words.rebuild.pauseTitle, button: words.rebuild.pauseButton, lead: words.rebuild.pausedHint, done: words.rebuild.didPause, danger: false },
  resume: { name: "resume_rebuild", open: words.rebuild.resume, title: words.rebuild.resumeTitle, button: words.rebuild.resumeButton, lead: words.rebuild.resumeLead, done: words.rebuild.didResume, danger: false },
  cancel: { name: "cancel_rebuild", open: words.rebuild.cancel, title: words.rebuild.cancelTitle, button: words.rebuild.cancelButton, lead: words.rebuild.cancelLead, done: words.rebuild.didCancel, danger: true },
} as const;

type Verb = keyof typeof VERBS;

/** The buttons that its state allows. */
export function RebuildActions({ of }: { of: Rebuild }) {
  const [asking, setAsking] = useState<Verb | undefined>(undefined);
  const verbs: Verb[] = [of.paused ? "resume" : "pause", "cancel"];
  return (
    <div className="ops-actions">
      {verbs.map((verb) => (
        <button key={verb} type="button" className={VERBS[verb].danger ? "danger" : undefined} onClick={() => setAsking(verb)}>{VERBS[verb].open}</button>
      ))}
      {asking && <VerbDialog verb={asking} of={of} onClose={() => setAsking(undefined)} />}
    </div>
  );
}

function VerbDialog({ verb, of, onClose }: { verb: Verb; of: Rebuild; onClose: () => void }) {
  const { name, title, button, lead, done, danger } = VERBS[verb];
  const perform = async (reason: string, key: string) => {
    await order(name, { path: { id: of.id }, body: { reason } }, key);
    announce(done);
    onClose();
  };
  return (
    <ReasonDialog title={title} button={button} cancels={verb === "cancel"} danger={danger} perform={perform} onClose={onClose}>
      <p>{lead}</p>
    </ReasonDialog>
  );
}
