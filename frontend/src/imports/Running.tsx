// An import under way, or at its end: how far it is, what was refused, and the way on.

import { useEffect, useRef, useState } from "react";
import { Link } from "wouter";
import { Failure } from "../api/Failure";
import { useRight } from "../api/client";
import { texts } from "../lib/texts";
import { Notice } from "../ui/Notice";
import { Unfit } from "./file";
import type { Import } from "./sending";
import { words } from "./words";

/** How far it is, and what became of it. */
export function Running({ now, goOn, another }: { now: Import; goOn: () => void; another: () => void }) {
  const { order, tally, state, failure, settled, rate } = now;
  const mayAudit = useRight("audit") === true;
  const said = words.tally(tally, order.rows);
  const left = (order.rows - settled) / Math.max(0.01, rate);
  const label = texts.inSentence(order.type.plural_label);
  const frame = useRef<HTMLElement>(null);
  // The button that led here is gone.
  useEffect(() => frame.current?.focus({ preventScroll: true }), []);
  return (
    <section ref={frame} tabIndex={-1} className="import-running" aria-label={words.progress}>
      {state === "running" && (
        <>
          <p>{words.running(order.file.name)}</p>
          <p><progress max={Math.max(1, order.rows)} value={settled} aria-label={words.progress} /></p>
          <p>{said}</p>
          {rate > 0 && <p className="muted">{words.rate(rate, left)}</p>}
          <p><button type="button" onClick={() => now.stop()}>{words.stop}</button></p>
        </>
      )}
      {state === "stopped" && (
        <>
          {failure !== undefined && (failure instanceof Unfit
            ? <Notice tone="alarm" title={words.stopped}><p>{words.faults.unreadable}</p></Notice>
            : <Failure error={failure} right="write" title={words.stopped} />)}
          <Notice tone="warning" title={failure === undefined ? words.stopped : undefined}>
            <p>{said}</p>
            <p>{words.stoppedHint}</p>
            <p><button type="button" className="primary" onClick={goOn}>{words.goOn}</button></p>
          </Notice>
        </>
      )}
      {state === "done" && <Notice tone={tally.refused > 0 ? "warning" : "info"} title={words.done(order.file.name)}><p>{said}</p></Notice>}
      {state !== "running" && (
        <>
          {tally.refused > 0 && <Refused now={now} />}
          <p className="import-ways">
            <Link className="button" href={`/r/${order.type.plural}`}>{words.list(label)}</Link>
            {mayAudit && <Link href={`/audit?correlation_id=${encodeURIComponent(now.flow)}`}>{words.audit}</Link>}
            <button type="button" onClick={another}>{words.another}</button>
          </p>
        </>
      )}
    </section>
  );
}

/** The refused rows, to be downloaded. */
function Refused({ now }: { now: Import }) {
  const [url, setUrl] = useState<string | undefined>(undefined);
  const { settled } = now;
  useEffect(() => {
    const made = URL.createObjectURL(now.report.file());
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [now, settled]);
  return (
    <p>
      {words.refusedHint}{" "}
      {url && <a href={url} download={now.order.file.name.replace(/(\.[^.]*)?$/, ".refused.csv")}>{words.download}</a>}
    </p>
  );
}
