// How a change is kept: its ids, its place in the chain, its events, and how to read it without these screens.

import { CopyCall } from "../api/CopyCall";
import type { HistoryItem } from "../api/generated";
import { utcTime } from "../lib/format";
import { texts } from "../lib/texts";

/** The particulars of a commit. */
export function RawCommit({ plural, id, item }: { plural: string; id: string; item: HistoryItem }) {
  const rows: [string, string | undefined][] = [
    [texts.timeline.commit, item.commit_id],
    [texts.timeline.recorded, utcTime(item.recorded_at)],
    [texts.timeline.correlation, item.correlation_id],
    [texts.timeline.causation, item.causation_id],
    [texts.timeline.hash, item.hash],
    [texts.timeline.previous, item.prev_hash],
  ];
  const version = String(item.version);
  return (
    <>
      <dl>
        {rows.filter(([, value]) => value).map(([label, value]) => (
          <div key={label}><dt>{label}</dt><dd><code>{value}</code></dd></div>
        ))}
      </dl>
      <p className="muted">{texts.timeline.raw}</p>
      <pre tabIndex={0} aria-label={texts.timeline.raw}>{JSON.stringify(item.events, null, 2)}</pre>
      <CopyCall reading={{ path: [plural, id, "history", version], query: { include: "stored" } }} />
    </>
  );
}
