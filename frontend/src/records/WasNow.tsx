// One change: what was, and what is now. Never by colour alone.

import type { TypeDescriptor } from "../api/generated";
import { wordDiff } from "../lib/diff";
import { isEmpty } from "../lib/json";
import { texts } from "../lib/texts";
import { ValueAt } from "./FieldValue";

/** Texts longer than this are compared word by word. */
const LONG = 60;

/** The change of the thing that a JSON Pointer names. */
export function WasNow({ type, pointer, from, to }: { type: TypeDescriptor; pointer: string; from?: unknown; to?: unknown }) {
  const text = longText(from, to);
  if (text) return <Words {...text} />;
  if (Array.isArray(from) && Array.isArray(to)) return <Sets before={from.map(String)} after={to.map(String)} />;
  return (
    <span className="was-now">
      {!isEmpty(from) && (
        <del><span className="visually-hidden">{texts.timeline.was} </span><ValueAt type={type} pointer={pointer} value={from} /></del>
      )}
      {!isEmpty(from) && <span aria-hidden="true" className="arrow">→</span>}
      {isEmpty(to) ? <span className="muted"><span className="visually-hidden">{texts.timeline.now} </span>{texts.empty}</span> : (
        <ins><span className="visually-hidden">{texts.timeline.now} </span><ValueAt type={type} pointer={pointer} value={to} /></ins>
      )}
    </span>
  );
}

/** What stood there or stands there; what differs is marked, in a long text only the words. */
export function OneSide({ type, pointer, from, to, side, differs }: {
  type: TypeDescriptor;
  pointer: string;
  from: unknown;
  to: unknown;
  side: "from" | "to";
  differs: boolean;
}) {
  const value = side === "from" ? from : to;
  const text = longText(from, to);
  if (isEmpty(value)) return <span className="muted">{texts.empty}</span>;
  if (text) return <Words {...text} without={side === "from" ? "added" : "removed"} />;
  const shown = <ValueAt type={type} pointer={pointer} value={value} />;
  if (!differs) return shown;
  return side === "from" ? <del className="side">{shown}</del> : <ins className="side">{shown}</ins>;
}

/** Of a set only what was taken out and put in. */
function Sets({ before, after }: { before: readonly string[]; after: readonly string[] }) {
  const removed = before.filter((item) => !after.includes(item));
  const added = after.filter((item) => !before.includes(item));
  return (
    <span className="was-now">
      {removed.map((item) => <del key={item}><span className="visually-hidden">{texts.timeline.removed} </span>{item}</del>)}
      {added.map((item) => <ins key={item}><span className="visually-hidden">{texts.timeline.added} </span>{item}</ins>)}
    </span>
  );
}

/** Two texts of which at least one is long; `undefined` for whatever else. */
function longText(before: unknown, after: unknown): { before: string; after: string } | undefined {
  if (typeof before !== "string" || typeof after !== "string") return undefined;
  return Math.max(before.length, after.length) > LONG ? { before, after } : undefined;
}

function Words({ before, after, without }: { before: string; after: string; without?: "added" | "removed" }) {
  return (
    <div className="prose">
      {wordDiff(before, after).filter((run) => run.kind !== without).map((run, index) => {
        // The runs of one comparison never change places.
        if (run.kind === "removed") return <del key={index}><span className="visually-hidden">{texts.timeline.was} </span>{run.text}</del>;
        if (run.kind === "added") return <ins key={index}><span className="visually-hidden">{texts.timeline.now} </span>{run.text}</ins>;
        return <span key={index}>{run.text}</span>;
      })}
    </div>
  );
}
