// The way of a rebuild, step by step: what changes, dry run, build, verify, promote, and what comes after.

import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Link } from "wouter";
import { Failure } from "../api/Failure";
import { Skeleton } from "../ui/Skeleton";
import { At } from "../ui/Time";
import { rebuildPath } from "./Frame";
import { RebuildPanel } from "./RebuildPanel";
import { StateBadge } from "./StateBadge";
import { StartDialog, VerifyDialog } from "./StartDialogs";
import { PromoteDialog, RetireDialog, RollBackDialog } from "./SwitchDialogs";
import { parkedPath } from "./ViewCard";
import { rebuildQuery } from "./data";
import { nameOf } from "./measure";
import type { View } from "./shapes";
import { type Step, type StepState, stepsOf } from "./steps";
import { words } from "./words";

type Open = "dry-run" | "rebuild" | "verify" | "promote" | "rollback" | "retire";

const LOOKS: { readonly [state in StepState]: string } = { done: "done", now: "begun", next: "ended", failed: "failed", optional: "ended" };

/** The steps; what is under way, or was last, is told below them. */
export function Wizard({ view }: { view: View }) {
  const [open, setOpen] = useState<Open | undefined>(undefined);
  const close = () => setOpen(undefined);
  const shown = view.rebuild ?? view.last_rebuild?.id;
  return (
    <section aria-labelledby="wizard">
      <h2 id="wizard">{words.wizard.title}</h2>
      <p className="muted">{words.wizard.lead}</p>
      <ol className="ops-steps">
        {stepsOf(view, view.last_rebuild).map(({ step, state }, index) => (
          <li key={step} className={`ops-step ${state}`} aria-current={state === "now" || state === "failed" ? "step" : undefined}>
            <h3>{index + 1}. {words.wizard.steps[step]} <span className={`badge ${LOOKS[state]}`}>{words.wizard.states[state]}</span></h3>
            <StepText step={step} view={view} />
            <StepButtons step={step} view={view} open={setOpen} />
          </li>
        ))}
      </ol>
      {shown && <Live id={shown} />}
      {(open === "dry-run" || open === "rebuild") && <StartDialog view={view.view} dryRun={open === "dry-run"} onClose={close} />}
      {open === "verify" && <VerifyDialog view={view} onClose={close} />}
      {open === "promote" && <PromoteDialog view={view} onClose={close} />}
      {open === "rollback" && <RollBackDialog view={view} onClose={close} />}
      {open === "retire" && <RetireDialog view={view} onClose={close} />}
    </section>
  );
}

function StepText({ step, view }: { step: Step; view: View }) {
  switch (step) {
    case "changes":
      return <p>{view.outdated ? words.wizard.changesOutdated(typesOf(view)) : words.wizard.changesNone}</p>;
    case "dry_run":
      return <p>{words.wizard.dryRun}</p>;
    case "build":
      return <p>{words.wizard.build}</p>;
    case "verify":
      return <p>{words.wizard.verify}</p>;
    case "promote":
      return isHindered(view) ? <p>{words.wizard.hindered} <Link href={parkedPath(view.view)}>{words.wizard.toParked}</Link></p> : <p>{words.wizard.promote}</p>;
    case "after":
      return view.previous ? (
        <p>{words.wizard.kept(view.previous.number)} {view.previous.until && <At at={view.previous.until} />}. {words.wizard.after}</p>
      ) : <p>{words.wizard.afterNone}</p>;
  }
}

/** Whether a verified generation may not be promoted because of what is parked in it. */
function isHindered(view: View): boolean {
  return view.building?.state === "verified" && !view.can.includes("promote") && view.can.includes("force_promote");
}

/** The types whose rules changed, in words. */
function typesOf(view: View): string {
  const types = view.outdated_types ?? [];
  return types.length > 0 ? types.map((type) => (type === "@layout" ? words.view.layout : type)).join(", ") : words.view.outdatedSome;
}

function StepButtons({ step, view, open }: { step: Step; view: View; open: (open: Open) => void }) {
  const can = (verb: View["can"][number]) => view.can.includes(verb);
  const button = (what: Open, label: string, look?: "primary" | "danger"): ReactNode => (
    <button key={what} type="button" className={look} onClick={() => open(what)}>{label}</button>
  );
  const buttons: { readonly [step in Step]: ReactNode[] } = {
    changes: [],
    dry_run: can("rebuild") ? [button("dry-run", words.wizard.dryRunStart)] : [],
    build: can("rebuild") ? [button("rebuild", words.wizard.start, "primary")] : [],
    verify: can("verify") ? [button("verify", words.wizard.verifyStart)] : [],
    promote: can("promote") ? [button("promote", words.wizard.promoteStart, "primary")] : can("force_promote") ? [button("promote", words.wizard.promoteStart, "danger")] : [],
    after: [
      ...(can("rollback") ? [button("rollback", words.wizard.rollback)] : []),
      ...(can("retire") ? [button("retire", words.wizard.retire, "danger")] : []),
    ],
  };
  return buttons[step].length > 0 ? <div className="ops-actions">{buttons[step]}</div> : null;
}

/** The rebuild that is under way, or what the last one came to. */
function Live({ id }: { id: string }) {
  const rebuild = useQuery(rebuildQuery(id));
  const of = rebuild.data;
  return (
    <section aria-labelledby="live" className="ops-live">
      <div className="ops-head">
        <h3 id="live" tabIndex={-1}>{of ? <Link href={rebuildPath(id)}>{nameOf(of)}</Link> : words.wizard.result}</h3>
        {of && <p className="ops-badges"><StateBadge of={of} /></p>}
      </div>
      {rebuild.isError && <Failure error={rebuild.error} title={words.rebuild.failedToTell} right="operate" retry={() => void rebuild.refetch()} />}
      {rebuild.isPending && !rebuild.isError && <Skeleton lines={4} />}
      {of && <RebuildPanel key={id} of={of} heading="h4" />}
    </section>
  );
}
