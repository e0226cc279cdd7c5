// The timeline of a record: every change, newest first, with who, when, why and what was before.

import { useInfiniteQuery } from "@tanstack/react-query";
import { memo, useEffect, useState } from "react";
import { Failure } from "../api/Failure";
import type { Actor, Change, HistoryEntry, HistoryItem, TypeDescriptor } from "../api/generated";
import { utcTime, verb } from "../lib/format";
import { pointerParts } from "../lib/json";
import { texts } from "../lib/texts";
import { Skeleton } from "../ui/Skeleton";
import { At } from "../ui/Time";
import { PersonName } from "./Names";
import { WasNow } from "./WasNow";
import { historyQuery } from "./data";
import { labelAt } from "./descriptor";

/** The timeline. */
export function Timeline({ type, id, version }: { type: TypeDescriptor; id: string; version: number }) {
  const history = useInfiniteQuery(historyQuery(type.plural, id));
  const told = history.data?.pages[0]?.items[0]?.version;
  const { refetch } = history;
  useEffect(() => {
    // The record was read again, and somebody has changed it meanwhile.
    if (told !== undefined && told < version) void refetch();
  }, [told, version, refetch]);
  const items = history.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section className="timeline" aria-labelledby="timeline">
      <h2 id="timeline">{texts.timeline.title}</h2>
      {history.isPending && <Skeleton lines={4} />}
      {history.isError && <Failure error={history.error} right="read" retry={() => void history.refetch()} />}
      <ol className="commits">
        {items.map((item) => <Commit key={item.version} type={type} item={item} />)}
      </ol>
      {history.hasNextPage && (
        <button type="button" aria-disabled={history.isFetchingNextPage} onClick={() => void history.fetchNextPage()}>
          {history.isFetchingNextPage ? texts.loading : texts.timeline.more}
        </button>
      )}
    </section>
  );
}

/** One change. A timeline may be long and is drawn anew often, so an entry is drawn once. */
const Commit = memo(function Commit({ type, item }: { type: TypeDescriptor; item: HistoryEntry }) {
  if ("unreadable" in item) {
    return (
      <li className="commit">
        <p className="commit-head"><span className="muted">{texts.timeline.version(item.version)}</span></p>
        <p>{texts.timeline.unreadable}</p>
      </li>
    );
  }
  return (
    <li className="commit">
      <p className="commit-head">
        <strong><Who actor={item.actor} /></strong> <span>{verbs(item)}</span>
        <span className="muted commit-when">
          <At at={item.recorded_at} /> · {texts.timeline.version(item.version)}
        </span>
      </p>
      {item.reason && <blockquote className="reason-said">{item.reason}</blockquote>}
      <Changes type={type} item={item} />
      <Technical item={item} />
    </li>
  );
});

function Who({ actor }: { actor: Actor }) {
  const name = actor.kind === "system" ? (actor.name ?? texts.timeline.system) : <PersonName id={actor.id} otherwise={actor.name} />;
  const other = actor.on_behalf_of;
  return other ? <>{name} {texts.timeline.onBehalfOf("")}<PersonName id={other} /></> : <>{name}</>;
}

/** What was done, by the names of the events: `changed contact, moved`. */
function verbs(item: HistoryItem): string {
  const kinds = item.events.map((event) => event.type);
  return [...new Set(kinds)].map(verb).join(", ");
}

function Changes({ type, item }: { type: TypeDescriptor; item: HistoryItem }) {
  if (!item.changes) return <p className="muted">{texts.timeline.untold}</p>;
  if (item.changes.length === 0) return <p className="muted">{texts.timeline.nothing}</p>;
  return (
    <dl className="changes">
      {inOrder(type, item.changes).map((change) => (
        <div key={change.path}>
          <dt>{labelAt(type, change.path)}</dt>
          <dd><WasNow type={type} pointer={change.path} from={change.from} to={change.to} /></dd>
        </div>
      ))}
    </dl>
  );
}

/** Changes in the order of the type's fields, which readers know from the page; status and owner last. */
function inOrder(type: TypeDescriptor, changes: readonly Change[]): Change[] {
  const place = (change: Change) => {
    const index = type.fields.findIndex((field) => field.name === pointerParts(change.path)[0]);
    return index < 0 ? type.fields.length : index;
  };
  return [...changes].sort((a, b) => place(a) - place(b));
}

/** How the change is kept; drawn when it is opened, for a long timeline has many. */
function Technical({ item }: { item: HistoryItem }) {
  const [open, setOpen] = useState(false);
  return (
    <details className="technical" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{texts.timeline.technical}</summary>
      {open && <Stored item={item} />}
    </details>
  );
}

function Stored({ item }: { item: HistoryItem }) {
  const rows: [string, string | undefined][] = [
    [texts.timeline.commit, item.commit_id],
    [texts.timeline.recorded, utcTime(item.recorded_at)],
    [texts.timeline.correlation, item.correlation_id],
    [texts.timeline.causation, item.causation_id],
    [texts.timeline.hash, item.hash],
    [texts.timeline.previous, item.prev_hash],
  ];
  return (
    <>
      <dl>
        {rows.filter(([, value]) => value).map(([label, value]) => (
          <div key={label}><dt>{label}</dt><dd><code>{value}</code></dd></div>
        ))}
      </dl>
      <p className="muted">{texts.timeline.raw}</p>
      <pre tabIndex={0}>{JSON.stringify(item.events, null, 2)}</pre>
    </>
  );
}
