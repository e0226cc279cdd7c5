// How a change is kept: its ids, its place in the chain, what is stored, and how to read it without these screens.

import { useQuery } from "@tanstack/react-query";
import { Failure } from "../api/Failure";
import { CopyCall } from "../api/CopyCall";
import type { HistoryItem } from "../api/generated";
import { hashOf } from "../lib/chain";
import { utcTime } from "../lib/format";
import { texts } from "../lib/texts";
import { Skeleton } from "../ui/Skeleton";
import { storedQuery } from "./data";

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
    <div className="raw">
      <dl>
        {rows.filter(([, value]) => value).map(([label, value]) => (
          <div key={label}><dt>{label}</dt><dd><code>{value}</code></dd></div>
        ))}
      </dl>
      <h3>{texts.timeline.raw}</h3>
      <pre tabIndex={0} aria-label={texts.timeline.raw}>{JSON.stringify(item.events, null, 2)}</pre>
      <h3>{texts.timeline.stored}</h3>
      <Stored plural={plural} id={id} item={item} />
      <h3>{texts.call.label}</h3>
      <CopyCall reading={{ path: [plural, id, "history", version], query: { include: "stored" } }} />
    </div>
  );
}

/** The exact text that is stored, and whether its hash is the one that the chain holds: computed here, not told. */
function Stored({ plural, id, item }: { plural: string; id: string; item: HistoryItem }) {
  const commit = useQuery(storedQuery(plural, id, item.version));
  const stored = commit.data && "stored" in commit.data ? commit.data.stored : undefined;
  const text = typeof stored === "string" ? stored : undefined;
  const computed = useQuery({
    queryKey: ["hash", item.prev_hash, item.hash, text],
    queryFn: async () => (await hashOf(item.prev_hash, text ?? "")) ?? null,
    enabled: text !== undefined,
  }).data;
  if (commit.isError) return <Failure error={commit.error} right="read" retry={() => void commit.refetch()} />;
  if (!commit.data) return <Skeleton lines={2} />;
  if (text === undefined) return <p className="muted">{texts.timeline.withheld}</p>;
  return (
    <>
      <pre tabIndex={0} aria-label={texts.timeline.stored}>{text}</pre>
      {computed && <p className={computed === item.hash ? "muted" : "field-error"}>{computed === item.hash ? texts.timeline.fits : texts.timeline.fitsNot}</p>}
    </>
  );
}
