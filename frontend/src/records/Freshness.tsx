// How old what a list shows is: when it was read, and whether it could be read anew.

import { useEffect, useState } from "react";
import { Failure } from "../api/Failure";
import { localClock } from "../lib/format";
import { texts } from "../lib/texts";

/** What a reading says of itself. */
export type Reading = {
  /** When it was read, in ms of `Date.now()`; 0 before that. */
  dataUpdatedAt: number;
  isFetching: boolean;
  isError: boolean;
  error: unknown;
  refetch: () => unknown;
};

/** After this time reading is told of: what is quick does not flicker. */
const QUICK_MS = 400;

/** When it was read, and a button that reads it again. */
export function Freshness({ reading }: { reading: Reading }) {
  const { dataUpdatedAt, isFetching } = reading;
  const slow = useSlow(isFetching);
  if (dataUpdatedAt === 0) return null;
  const at = new Date(dataUpdatedAt).toISOString();
  return (
    <p className="fresh muted">
      <span>{slow ? texts.fresh.reading : <>{texts.fresh.asOf} <time dateTime={at}>{localClock(at)}</time></>}</span>
      <button type="button" className="link" aria-disabled={isFetching} onClick={() => { if (!isFetching) void reading.refetch(); }}>{texts.fresh.refresh}</button>
    </p>
  );
}

/** Why it could not be read. Where an earlier reading is still shown, that is told, too. */
export function Unread({ reading, retry }: { reading: Reading; retry: () => void }) {
  if (!reading.isError) return null;
  const title = reading.dataUpdatedAt > 0 ? texts.fresh.old : undefined;
  return <Failure error={reading.error} right="read" title={title} retry={retry} />;
}

function useSlow(busy: boolean): boolean {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    if (!busy) return setSlow(false);
    const timer = setTimeout(() => setSlow(true), QUICK_MS);
    return () => clearTimeout(timer);
  }, [busy]);
  return slow;
}
