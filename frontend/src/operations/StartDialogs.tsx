// Starting a rebuild, a dry run or a verification: how fast, and why.

import { useState } from "react";
import { announce } from "../lib/live";
import { NumberField } from "./NumberField";
import { ReasonDialog } from "./ReasonDialog";
import { order } from "./data";
import { wholeNumber } from "./measure";
import type { View } from "./shapes";
import { words } from "./words";

/** The bounds that the API sets. */
const PARALLEL_MAX = 64;
const RATE_MAX = 40_000;
const SAMPLE_MAX = 1_000;

/** Starts a rebuild, or a dry run of one. */
export function StartDialog({ view, dryRun, onClose }: { view: string; dryRun: boolean; onClose: () => void }) {
  const [parallel, setParallel] = useState("4");
  const [rate, setRate] = useState("");
  const [promote, setPromote] = useState(false);
  const [tried, setTried] = useState(false);
  const asked = { parallel: wholeNumber(parallel, 1, PARALLEL_MAX), rate: wholeNumber(rate, 1, RATE_MAX) };
  const check = () => {
    setTried(true);
    return asked.parallel !== "wrong" && asked.rate !== "wrong";
  };
  const perform = async (reason: string, key: string) => {
    if (asked.parallel === "wrong" || asked.rate === "wrong") return;
    const body = {
      reason,
      ...(asked.parallel === undefined ? {} : { parallel: asked.parallel }),
      ...(asked.rate === undefined ? {} : { rate: asked.rate }),
      ...(dryRun ? { dry_run: true } : promote ? { promote } : {}),
    };
    await order("rebuild_view", { path: { view }, body }, key);
    announce(words.wizard.started);
    onClose();
  };
  const wrong = (n: number | undefined | "wrong", max: number) => (tried && n === "wrong" ? words.numberWrong(1, max) : undefined);
  const title = dryRun ? words.wizard.dryRunTitle(view) : words.wizard.startTitle(view);
  const button = dryRun ? words.wizard.dryRunButton : words.wizard.startButton;
  return (
    <ReasonDialog title={title} button={button} said={[parallel, rate, promote]} leadsOn check={check} perform={perform} onClose={onClose}>
      <p>{dryRun ? words.wizard.dryRunLead : words.wizard.startLead}</p>
      <NumberField label={words.wizard.parallel} hint={words.wizard.parallelHint} value={parallel} error={wrong(asked.parallel, PARALLEL_MAX)} onChange={setParallel} />
      <NumberField label={words.wizard.rate} hint={words.wizard.rateHint} value={rate} error={wrong(asked.rate, RATE_MAX)} onChange={setRate} />
      {!dryRun && (
        <label className="box">
          <input type="checkbox" checked={promote} onChange={() => setPromote(!promote)} />
          <span>{words.wizard.promoteItself}</span>
        </label>
      )}
    </ReasonDialog>
  );
}

/** Starts a verification: of everything, or of a sample. */
export function VerifyDialog({ view, onClose }: { view: View; onClose: () => void }) {
  const [sample, setSample] = useState("");
  const [tried, setTried] = useState(false);
  const asked = wholeNumber(sample, 1, SAMPLE_MAX);
  const check = () => {
    setTried(true);
    return asked !== "wrong";
  };
  const perform = async (reason: string, key: string) => {
    if (asked === "wrong") return;
    await order("verify_view", { path: { view: view.view }, body: { reason, ...(asked === undefined ? {} : { sample: asked }) } }, key);
    announce(words.wizard.started);
    onClose();
  };
  return (
    <ReasonDialog title={words.wizard.verifyTitle(view.view)} button={words.wizard.verifyButton} said={sample} leadsOn check={check} perform={perform} onClose={onClose}>
      <p>{words.wizard.verifyLead((view.building ?? view.active).number)}</p>
      <NumberField label={words.wizard.sample} hint={words.wizard.sampleHint} value={sample} error={tried && asked === "wrong" ? words.numberWrong(1, SAMPLE_MAX) : undefined} onChange={setSample} />
    </ReasonDialog>
  );
}
