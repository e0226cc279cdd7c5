// Doing the same to all records that are selected: what, how far it is, and what became of each.

import { useEffect, useRef, useState } from "react";
import { Link } from "wouter";
import { Failure, said as saidOfError } from "../api/Failure";
import type { Field, TypeDescriptor } from "../api/generated";
import { usePersonName } from "../api/client";
import { sentence } from "../lib/format";
import { announce } from "../lib/live";
import { texts } from "../lib/texts";
import { Notice } from "../ui/Notice";
import { FormDialog } from "./FormDialog";
import { recordPath } from "./Names";
import { type Bulk, type Item, type Operation, backFrom, isReversible, newBulk, offeredFor, possibleFor, run, runBack, takingOut } from "./bulk";
import { type Tally, words } from "./bulk-words";
import { type Rec, titleOf, valuesOf } from "./descriptor";
import { useForm } from "./form";

/** What is going on: an operation, and perhaps the one that takes it back. */
type Going = { bulk: Bulk; back: Item[] | undefined; busy: boolean; failure?: unknown };

/** The bar, and what became of the last operation. */
export function BulkBar({ type, selected, all, clear }: {
  type: TypeDescriptor;
  selected: readonly Rec[];
  /** Selects all that are shown. */
  all: () => void;
  clear: () => void;
}) {
  const [asking, setAsking] = useState<Operation | undefined>(undefined);
  const [going, setGoing] = useState<Going | undefined>(undefined);
  // Results are written into the items; this draws them anew.
  const [, setSteps] = useState(0);
  const step = () => setSteps((n) => n + 1);

  const go = async (bulk: Bulk, back: Item[] | undefined) => {
    setGoing({ bulk, back, busy: true });
    let failure: unknown;
    try {
      if (back) await runBack(type, bulk, back, texts.record.undoReason, step);
      else await run(type, bulk, step);
    } catch (error) {
      failure = error;
    }
    setGoing({ bulk, back, busy: false, failure });
    const tally = tallyOf(back ?? bulk.items);
    const undo = back || tally.saved === 0 || !isReversible(type, bulk) ? undefined : { label: texts.record.undo, perform: () => void go(bulk, backFrom(bulk)) };
    announce(back ? words.undone(tally) : words.result(tally), undo);
  };
  const begin = (bulk: Bulk) => {
    setAsking(undefined);
    clear();
    void go(bulk, undefined);
  };
  const close = () => {
    setGoing(undefined);
    // The button that was pressed goes with it.
    document.querySelector("h1")?.focus({ preventScroll: true });
  };
  const busy = going?.busy === true;
  return (
    <>
      {going && (
        <Outcome key={going.bulk.flow} type={type} going={going} again={() => void go(going.bulk, going.back)} undo={() => void go(going.bulk, backFrom(going.bulk))} close={close} />
      )}
      {selected.length > 0 && (
        <section className="bulk-bar" aria-label={words.label}>
          <strong>{words.selected(selected.length)}</strong>
          {offeredFor(type, selected).map((operation) => (
            <button key={nameOf(operation)} type="button" aria-disabled={busy} onClick={() => { if (!busy) setAsking(operation); }}>{labelOf(operation)}</button>
          ))}
          <span className="bulk-choice">
            <button type="button" className="link" onClick={all}>{words.all}</button>
            <button type="button" className="link" onClick={clear}>{words.clear}</button>
          </span>
        </section>
      )}
      {asking && <AskDialog type={type} operation={asking} selected={selected} begin={begin} onClose={() => setAsking(undefined)} />}
    </>
  );
}

function AskDialog({ type, operation, selected, begin, onClose }: {
  type: TypeDescriptor;
  operation: Operation;
  selected: readonly Rec[];
  begin: (bulk: Bulk) => void;
  onClose: () => void;
}) {
  // What was selected is decided about as it was then.
  const [records] = useState(() => possibleFor(type, operation, selected));
  const fields = fieldsOf(operation);
  const [start] = useState(() => ({ values: valuesOf(fields, {}), reason: "" }));
  const form = useForm(fields, start);
  const left = selected.length - records.length;
  const label = texts.inSentence(records.length === 1 ? type.label : type.plural_label);
  return (
    <FormDialog
      title={words.title(labelOf(operation).replace("…", ""), records.length, label)}
      fields={fields}
      form={form}
      start={start}
      reason={operation.kind === "action" ? operation.action.reason : "optional"}
      save={operation.kind === "action" ? operation.action.label : texts.save}
      lead={<>{left > 0 && <p>{words.left(left)}</p>}{operation.kind === "field" && <p className="muted">{words.emptyClears}</p>}</>}
      restored={false}
      onRestart={() => {}}
      onSave={async () => begin(newBulk(operation, { values: form.values, reason: form.reason }, records))}
      onClose={onClose}
    />
  );
}

/** How far it is, or what became of it. The buttons that led here are gone, so that it has the focus. */
function Outcome(props: { type: TypeDescriptor; going: Going; again: () => void; undo: () => void; close: () => void }) {
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => frame.current?.focus({ preventScroll: true }), []);
  const { back, busy, bulk } = props.going;
  const items = back ?? bulk.items;
  const tally = tallyOf(items);
  const done = items.length - tally.open;
  return (
    <div ref={frame} tabIndex={-1} role="group" aria-label={words.outcome} className="bulk-outcome">
      {busy
        ? <Notice tone="info"><p><progress max={items.length} value={done} aria-label={words.working} /> {back ? words.undoing : words.working} {words.progress(done, items.length)}</p></Notice>
        : <Ended {...props} items={items} tally={tally} />}
    </div>
  );
}

/** What became of it: what was not saved is listed. */
function Ended({ type, going, items, tally, again, undo, close }: {
  type: TypeDescriptor;
  going: Going;
  items: readonly Item[];
  tally: Tally;
  again: () => void;
  undo: () => void;
  close: () => void;
}) {
  const { bulk, back, failure } = going;
  const nameOf = usePersonName();
  const unsaved = items.filter(({ result }) => result?.kind === "meanwhile" || result?.kind === "refused");
  const reversible = !back && tally.saved > 0 && isReversible(type, bulk);
  return (
    <Notice tone={unsaved.length > 0 ? "warning" : "info"}>
      {failure !== undefined && <Failure error={failure} right="write" title={words.stopped} retry={again} />}
      <p><strong>{back ? words.undone(tally) : words.result(tally)}</strong></p>
      {unsaved.length > 0 && (
        <ul className="bulk-unsaved" aria-label={words.notSaved}>
          {unsaved.map(({ seen, result }) => (
            <li key={seen.id}>
              <Link href={recordPath(type.plural, seen.id)}>{titleOf(type, seen)}</Link>{" "}
              {result?.kind === "meanwhile" && words.meanwhile(nameOf(result.theirs.changed_by))}
              {result?.kind === "refused" && sentence(saidOfError(result.error).detail ?? result.error.title)}
            </li>
          ))}
        </ul>
      )}
      <p>
        {reversible && <button type="button" onClick={undo}>{texts.record.undo}</button>}{" "}
        <button type="button" className="quiet" onClick={close}>{texts.record.dismiss}</button>
      </p>
    </Notice>
  );
}

function tallyOf(items: readonly Item[]): Tally {
  const of = (kind: string) => items.filter(({ result }) => result?.kind === kind).length;
  return { saved: of("saved"), same: of("same"), meanwhile: of("meanwhile"), refused: of("refused"), open: items.filter(({ result }) => !result).length };
}

/** What an operation asks for. A field that may be cleared need not be filled in; words come and go. */
function fieldsOf(operation: Operation): Field[] {
  if (operation.kind === "action") return operation.action.fields;
  const { field } = operation;
  if (operation.kind === "field") return [field];
  return [{ ...field, label: words.add }, { ...field, name: takingOut(field.name), label: words.take }];
}

function labelOf(operation: Operation): string {
  return operation.kind === "action" ? operation.action.label : words.set(operation.field.label);
}

function nameOf(operation: Operation): string {
  return operation.kind === "action" ? operation.action.name : `/${operation.field.name}`;
}
