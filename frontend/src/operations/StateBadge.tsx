// The state of a rebuild, in a word.

import type { Rebuild } from "./shapes";
import { words } from "./words";

const LOOKS: { readonly [state in Rebuild["state"]]: string } = {
  building: "begun", caught_up: "begun", verifying: "begun", verified: "done", failed: "failed", cancelled: "ended",
};

/** The badge; one that is paused says that as well. */
export function StateBadge({ of }: { of: Pick<Rebuild, "state" | "paused"> }) {
  return (
    <>
      <span className={`badge ${LOOKS[of.state] ?? "begun"}`}>{words.rebuild.states[of.state] ?? of.state}</span>
      {of.paused && LOOKS[of.state] === "begun" && <> <span className="badge warned">{words.rebuild.paused}</span></>}
    </>
  );
}
