// Where a view stands on the way of a rebuild: what was done, what is now, what is still to come. Pure.

import type { Rebuild, View } from "./shapes";

export const STEPS = ["changes", "dry_run", "build", "verify", "promote", "after"] as const;
export type Step = (typeof STEPS)[number];
export type StepState = "done" | "now" | "next" | "failed" | "optional";

/** Each step with its state. */
export function stepsOf(view: Pick<View, "building" | "previous" | "outdated">, last: Pick<Rebuild, "kind" | "state"> | undefined): { step: Step; state: StepState }[] {
  const now = stepNow(view, last);
  const failed = now === "build" || now === "verify" ? view.building?.state === "failed" || (!view.building && last?.state === "failed") : false;
  return STEPS.map((step) => {
    const place = STEPS.indexOf(step) - STEPS.indexOf(now);
    if (place === 0) return { step, state: failed ? "failed" : "now" };
    if (step === "dry_run") return { step, state: "optional" };
    return { step, state: place < 0 ? "done" : "next" };
  });
}

function stepNow(view: Pick<View, "building" | "previous" | "outdated">, last: Pick<Rebuild, "kind" | "state"> | undefined): Step {
  const { building } = view;
  if (building) {
    if (building.state === "trial") return "dry_run";
    if (building.state === "verified") return "promote";
    return building.state === "building" ? "build" : "verify";
  }
  if (last?.kind === "full" && last.state === "failed") return "build";
  return view.previous && !view.outdated ? "after" : "changes";
}
