// Whether the log takes changes; and when it does not, why, and the way out.

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { Failure } from "../api/Failure";
import { sentence } from "../lib/format";
import { announce } from "../lib/live";
import { Notice } from "../ui/Notice";
import { At } from "../ui/Time";
import { rebuildPath } from "./Frame";
import { ReasonDialog } from "./ReasonDialog";
import { logQuery, order } from "./data";
import type { LogState } from "./shapes";
import { words } from "./words";

/** The state of the log. */
export function LogCard() {
  const log = useQuery(logQuery);
  return (
    <>
      {log.isError && <Failure error={log.error} title={words.log.failed} right="operate" retry={() => void log.refetch()} />}
      {log.data && (log.data.state === "closed" ? <Closed log={log.data} /> : <Open log={log.data} />)}
    </>
  );
}

function Open({ log }: { log: LogState }) {
  return (
    <p className="ops-log">
      <strong>{words.log.title}</strong> <span className="badge done">{words.log.open}</span>{" "}
      {log.verified_through ? <span className="muted">{words.log.through} <At at={log.verified_through} /></span> : <span className="muted">{words.log.notVerified}</span>}
    </p>
  );
}

function Closed({ log }: { log: LogState }) {
  const [asking, setAsking] = useState(false);
  const recovery = log.recovery ?? [];
  return (
    <Notice tone="alarm" title={words.log.closed}>
      {log.why && <p>{sentence(log.why)}</p>}
      {log.since && <p>{words.log.closedSince} <At at={log.since} />.</p>}
      <p>{words.log.closedHint}</p>
      {recovery.length > 0 ? (
        <p>
          {words.log.recovery}{" "}
          {recovery.map((id, index) => <span key={id}>{index > 0 && ", "}<Link href={rebuildPath(id)}>{words.log.recoveryOf(index + 1)}</Link></span>)}
        </p>
      ) : <p><button type="button" className="danger" onClick={() => setAsking(true)}>{words.log.recover}</button></p>}
      {asking && <RecoverDialog onClose={() => setAsking(false)} />}
    </Notice>
  );
}

function RecoverDialog({ onClose }: { onClose: () => void }) {
  const perform = async (reason: string, key: string) => {
    await order("recover_log", { body: { reason } }, key);
    announce(words.log.recovering);
    onClose();
  };
  return (
    <ReasonDialog title={words.log.recoverTitle} button={words.log.recoverButton} danger perform={perform} onClose={onClose}>
      <p>{words.log.recoverLead}</p>
    </ReasonDialog>
  );
}
