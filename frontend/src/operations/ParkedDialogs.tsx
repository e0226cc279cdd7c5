// Trying parked records again, and skipping one: both say first how many there are.

import { announce } from "../lib/live";
import { ReasonDialog } from "./ReasonDialog";
import { order } from "./data";
import type { Parked } from "./shapes";
import { words } from "./words";

const page = words.parkedPage;

/** What is asked: to try one again, all of an error, or all; or to skip one. */
export type Parking =
  | { dialog: "retry"; view: string | undefined; records: number; item?: Parked; error?: string }
  | { dialog: "skip"; item: Parked };

/** Tries again. */
export function RetryDialog({ of, onClose }: { of: Extract<Parking, { dialog: "retry" }>; onClose: () => void }) {
  const { view, item, error } = of;
  const name = item && `${item.record.type}/${item.record.id}`;
  const perform = async (reason: string, key: string) => {
    const body = { reason, ...(view ? { view } : {}), ...(item ? { record: keyOf(item) } : error === undefined ? {} : { error }) };
    const { records } = await order("retry_parked", { body }, key);
    announce(page.retried(records));
    onClose();
  };
  const title = name ? page.retryTitle(name) : error === undefined ? page.retryAllTitle : page.retryOfTitle;
  return (
    <ReasonDialog title={title} button={page.retryButton} perform={perform} onClose={onClose}>
      {!name && <p><strong>{page.retryAllLead(of.records)}</strong></p>}
      {(item?.error ?? error) && <p className="ops-error">{item?.error ?? error}</p>}
      <p>{page.retryLead}</p>
    </ReasonDialog>
  );
}

/** Skips one record: accepts that it is parked. */
export function SkipDialog({ item, onClose }: { item: Parked; onClose: () => void }) {
  const name = `${item.record.type}/${item.record.id}`;
  const perform = async (reason: string, key: string) => {
    await order("skip_parked", { body: { reason, view: item.view, record: keyOf(item) } }, key);
    announce(page.skipped(name));
    onClose();
  };
  return (
    <ReasonDialog title={page.skipTitle(name)} button={page.skipButton} danger perform={perform} onClose={onClose}>
      <p className="ops-error">{item.error}</p>
      <p>{page.skipLead}</p>
    </ReasonDialog>
  );
}

function keyOf({ tenant, record }: Parked) {
  return { tenant, type: record.type, id: record.id };
}
