// One change of a record: who, when, why, what was before and is now, what caused it, and how it is kept.

import { memo, useState } from "react";
import { Link } from "wouter";
import { useRight } from "../api/client";
import type { Actor, Change, HistoryEntry, HistoryItem, TypeDescriptor } from "../api/generated";
import { localTime, utcTime, verb } from "../lib/format";
import { texts } from "../lib/texts";
import { At } from "../ui/Time";
import { PersonName, recordPath } from "./Names";
import { RawCommit } from "./RawCommit";
import { WasNow } from "./WasNow";
import { inFieldOrder, labelAt } from "./descriptor";

type About = {
  type: TypeDescriptor;
  /** The record's id. */
  id: string;
  /** The version that the commit which caused this one made in the same record, where that is known. */
  cause?: number | undefined;
  /** Whether nothing came after it. */
  newest?: boolean;
};

/** The card. A timeline may be long and is drawn anew often, so a card is drawn once. */
export const CommitCard = memo(function CommitCard({ item, ...about }: About & { item: HistoryEntry }) {
  const { type, id } = about;
  if ("unreadable" in item) {
    return (
      <article className="commit-card">
        <p className="commit-head"><span className="muted">{texts.timeline.version(item.version)}</span></p>
        <p>{texts.timeline.unreadable}</p>
      </article>
    );
  }
  return (
    <article className="commit-card">
      <p className="commit-head">
        <strong><Who actor={item.actor} /></strong> <span>{verbs(item)}</span>
        <Link className="commit-when tip" href={`${recordPath(type.plural, id)}?version=${item.version}`} data-tip={utcTime(item.recorded_at)}>
          <time dateTime={item.recorded_at}>{localTime(item.recorded_at)}</time> · {texts.timeline.version(item.version)}
        </Link>
      </p>
      {item.reason && <blockquote className="reason-said">{item.reason}</blockquote>}
      {item.effective_at && <p className="muted">{texts.timeline.effective} <At at={item.effective_at} /></p>}
      <Changes type={type} item={item} />
      <Causes {...about} item={item} />
      <Technical {...about} item={item} />
    </article>
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
  return <ChangeList type={type} changes={item.changes} />;
}

/** What was and what is now, field by field. */
export function ChangeList({ type, changes }: { type: TypeDescriptor; changes: readonly Change[] }) {
  return (
    <dl className="changes">
      {inFieldOrder(type, changes, (change) => change.path).map((change) => (
        <div key={change.path}>
          <dt>{labelAt(type, change.path)}</dt>
          <dd><WasNow type={type} pointer={change.path} from={change.from} to={change.to} /></dd>
        </div>
      ))}
    </dl>
  );
}

/** What caused it, and ways on: to the comparison with now, and to all that belongs to the same operation. */
function Causes({ type, id, item, cause, newest = false }: About & { item: HistoryItem }) {
  const mayAudit = useRight("audit") === true;
  const path = recordPath(type.plural, id);
  if (!item.causation_id && newest && !mayAudit) return null;
  return (
    <p className="commit-ways">
      {item.causation_id && (
        <span className="muted">
          {texts.timeline.causation}{" "}
          {cause === undefined ? <code>{item.causation_id}</code> : <Link href={`${path}?version=${cause}`}>{texts.inSentence(texts.timeline.version(cause))}</Link>}
        </span>
      )}
      {!newest && <Link href={`${path}/compare?from=${item.version}`}>{texts.timeline.compare}</Link>}
      {mayAudit && <Link href={`/audit?correlation_id=${encodeURIComponent(item.correlation_id)}`}>{texts.timeline.belongs}</Link>}
    </p>
  );
}

/** How the change is kept; drawn when it is opened, for a long timeline has many. */
function Technical({ type, id, item }: About & { item: HistoryItem }) {
  const [open, setOpen] = useState(false);
  return (
    <details className="technical" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{texts.timeline.technical}</summary>
      {open && <RawCommit plural={type.plural} id={id} item={item} />}
    </details>
  );
}
