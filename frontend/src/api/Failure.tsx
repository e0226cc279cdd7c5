// What went wrong, told to a person: what it is, what helps, and by which trace it is found.

import { useEffect, useState } from "react";
import { sentence } from "../lib/format";
import { texts } from "../lib/texts";
import { Notice } from "../ui/Notice";
import type { Right } from "./client";
import { ProblemError, SessionEnded, Unreachable, isPassing } from "./problem";

/** A failure, with a way to try again where that may help. `right` is what a refusal for lack of rights lacked. */
export function Failure({ error, retry, right, title }: {
  error: unknown;
  retry?: (() => void) | undefined;
  right?: Right | undefined;
  /** What could not be done; otherwise the problem's own title. */
  title?: string | undefined;
}) {
  if (error instanceof SessionEnded) return <Notice tone="warning" title={texts.failure.ended}><p>{texts.failure.endedHint}</p></Notice>;
  if (error instanceof ProblemError && error.status === 403) return <Forbidden error={error} right={right} />;
  const { heading, detail } = said(error, title);
  return (
    <Notice tone="alarm" title={heading}>
      {detail && <p>{detail}</p>}
      {retry && <Retry error={error} retry={retry} />}
      <Trace error={error} />
    </Notice>
  );
}

/** Says which right is missing, and who can grant it. */
export function Forbidden({ error, right }: { error?: ProblemError | undefined; right?: Right | undefined }) {
  const title = right ? texts.failure.missingRight(texts.failure.rights[right]) : (error?.title ?? texts.failure.forbidden);
  return (
    <Notice tone="warning" title={title}>
      {error?.detail && <p>{sentence(error.detail)}</p>}
      <p>{texts.failure.whoGrants}</p>
      <Trace error={error} />
    </Notice>
  );
}

/** "Try again", as soon as that makes sense. */
export function Retry({ error, retry }: { error: unknown; retry: () => void }) {
  const seconds = useWait(error);
  return (
    <>
      {seconds > 0 && <p>{texts.failure.wait(seconds)}</p>}
      <p><button type="button" disabled={seconds > 0} onClick={retry}>{texts.tryAgain}</button></p>
    </>
  );
}

/** The seconds that are left until trying again makes sense. */
export function useWait(error: unknown): number {
  const until = error instanceof ProblemError && error.status === 429 ? (error.retryAt ?? 0) : 0;
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (until <= Date.now()) return undefined;
    const tick = () => setNow(Date.now());
    tick();
    const timer = setInterval(tick, 500);
    return () => clearInterval(timer);
  }, [until]);
  return Math.max(0, Math.ceil((until - now) / 1000));
}

/** The heading and the sentence for an error. */
export function said(error: unknown, title?: string): { heading: string; detail: string | undefined } {
  if (error instanceof Unreachable) return { heading: texts.failure.unreachable, detail: texts.failure.unreachableHint };
  if (error instanceof SessionEnded) return { heading: texts.failure.ended, detail: texts.failure.endedHint };
  if (isPassing(error) && error instanceof ProblemError) return { heading: title ?? error.title, detail: error.detail ? sentence(error.detail) : texts.failure.passing };
  if (error instanceof ProblemError) return { heading: title ?? error.title, detail: error.detail ? sentence(error.detail) : title && error.title };
  return { heading: title ?? texts.failure.unexpected, detail: error instanceof Error ? error.message : undefined };
}

/** The trace by which the request is found in the logs. */
export function Trace({ error }: { error: unknown }) {
  if (!(error instanceof ProblemError) || !error.traceId) return null;
  return <p className="trace">{texts.failure.trace(error.traceId)}</p>;
}
