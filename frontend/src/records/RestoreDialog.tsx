// Restoring a record as it was: what exactly, what will change by today's rules, and why.

import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useEffect, useId, useState } from "react";
import { Forbidden, said, useWait } from "../api/Failure";
import { usePersonName } from "../api/client";
import type { TypeDescriptor } from "../api/generated";
import { ProblemError } from "../api/problem";
import { holdUnsaved } from "../lib/leaving";
import { type Message, announce } from "../lib/live";
import { texts } from "../lib/texts";
import { Dialog } from "../ui/Dialog";
import { Notice } from "../ui/Notice";
import { Skeleton } from "../ui/Skeleton";
import { ChangeList } from "./CommitCard";
import { DiscardDialog, FormFailure, ReasonInput } from "./FormDialog";
import { WasNow } from "./WasNow";
import { newIntent } from "./commands";
import { showRecord } from "./data";
import { type Rec, labelAt, statusOf, titleOf, wordFor } from "./descriptor";
import { type Form, useForm } from "./form";
import { type Restoring, preview, reinstating, restorable, restore, touched } from "./restore";

type About = { type: TypeDescriptor; record: Rec; then: Rec };

/** The dialog. `record` is as it is now, `then` as it was; `onRestored` leads to what it is then. */
export function RestoreDialog({ type, record, then, onClose, onRestored }: About & { onClose: () => void; onRestored: () => void }) {
  const nameOf = usePersonName();
  // What is decided about is what was seen, whatever is read meanwhile.
  const [seen, setSeen] = useState(record);
  const [meanwhile, setMeanwhile] = useState<string | undefined>(undefined);
  const [fields, setFields] = useState<readonly string[] | undefined>(undefined);
  const [asking, setAsking] = useState(false);
  const [intent] = useState(newIntent);
  const form = useForm([], { values: {}, reason: "" });
  const name = useId();
  const seconds = useWait(form.failure);
  const what: Restoring = { version: then.version, fields };
  const first = reinstating(type, seen, then, what);
  const reason = first?.reason ?? "optional";
  const looked = usePreview(type, seen, what);
  const refused = looked.error instanceof ProblemError && looked.error.status < 500 && looked.error.status !== 429;
  const theirs = looked.data && "theirs" in looked.data ? looked.data.theirs : undefined;
  const ready = fields?.length !== 0 && !refused && !looked.isPending && !theirs;

  const newer = (found: Rec) => {
    const names = touched(type, seen, found, what);
    if (names.length > 0) setMeanwhile(texts.restore.meanwhile(nameOf(found.changed_by), names.map((field) => wordFor(type, field))));
    setSeen(found);
  };
  useEffect(() => {
    if (theirs) newer(theirs);
  }, [theirs]);
  const perform = async () => {
    const outcome = await restore(type, seen, what, form.reason, intent);
    if (outcome.kind === "conflict") return newer(outcome.theirs);
    if (outcome.kind !== "kept") return undefined;
    const { record: after, alsoChanged, by } = outcome;
    onClose();
    onRestored();
    if (after.version === seen.version) return announce(texts.nothingChanged);
    if (alsoChanged.length > 0) return announce(texts.conflict.alsoChanged(nameOf(by ?? ""), alsoChanged.map((field) => wordFor(type, field))));
    return announce(texts.restore.done(titleOf(type, after), then.version), undoOf(type, seen, after));
  };
  const typed = form.reason.trim() !== "";
  useEffect(() => (typed ? holdUnsaved() : undefined), [typed]);
  const close = () => (typed ? setAsking(true) : onClose());
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!form.busy && ready && seconds === 0 && form.check(reason)) void form.run(perform);
  };
  return (
    <Dialog title={texts.restore.title(titleOf(type, seen), then.version)} wide onClose={close}>
      <form noValidate onSubmit={submit}>
        <p>{texts.restore.lead}</p>
        <Choice type={type} record={seen} then={then} fields={fields} onChange={setFields} />
        {meanwhile && <Notice tone="warning"><p>{meanwhile}</p></Notice>}
        <section aria-labelledby={`${name}-preview`} className="preview" aria-busy={looked.isFetching || undefined}>
          <h3 id={`${name}-preview`}>{texts.restore.preview}</h3>
          {first && <p>{texts.restore.reinstates(statusOf(type, seen.status).label, first.label)}</p>}
          {fields?.length === 0 ? <p className="muted">{texts.restore.choose}</p> : <Preview type={type} looked={looked} refused={refused} />}
        </section>
        <FormFailure form={form} fields={[]} seconds={seconds} />
        <ReasonInput id={`${name}/reason`} form={form} reason={reason} />
        <Foot form={form} disabled={!ready || seconds > 0} onClose={close} />
      </form>
      {asking && <DiscardDialog onKeep={() => setAsking(false)} onDiscard={onClose} />}
    </Dialog>
  );
}

type Looked = ReturnType<typeof usePreview>;

/** What restoring would do; worked out again whenever another thing is chosen, or somebody was faster. */
function usePreview(type: TypeDescriptor, seen: Rec, what: Restoring) {
  return useQuery({
    queryKey: ["preview", type.plural, seen.id, seen.version, what],
    // A reason is asked for in the form; that it is not typed yet is nothing to be told of here.
    queryFn: ({ signal }) => preview(type, seen, what, texts.restore.preview, signal),
    enabled: what.fields?.length !== 0,
    gcTime: 0,
  });
}

function Preview({ type, looked, refused }: { type: TypeDescriptor; looked: Looked; refused: boolean }) {
  if (looked.error instanceof ProblemError && looked.error.status === 403) return <Forbidden error={looked.error} right="write" />;
  if (looked.error) {
    const { heading, detail } = said(looked.error, refused ? texts.restore.refused : undefined);
    const problems = looked.error instanceof ProblemError ? looked.error.errors : [];
    return (
      <Notice tone="alarm" title={heading}>
        {problems.length > 0
          ? problems.map(({ pointer, detail: why }) => <p key={pointer}>{texts.form.somewhere(labelAt(type, pointer), why)}</p>)
          : detail && <p>{detail}</p>}
        {!refused && <p><button type="button" onClick={() => void looked.refetch()}>{texts.tryAgain}</button></p>}
      </Notice>
    );
  }
  // Where somebody was faster, it is looked at once more.
  if (!looked.data || "theirs" in looked.data) return <Skeleton lines={2} />;
  if (looked.data.changes.length === 0) return <p className="muted">{texts.restore.nothing}</p>;
  return <ChangeList type={type} changes={looked.data.changes} />;
}

/** Everything, or field by field; only what was different then can be chosen. */
function Choice({ type, record, then, fields, onChange }: About & {
  fields: readonly string[] | undefined;
  onChange: (fields: readonly string[] | undefined) => void;
}) {
  const name = useId();
  const offered = restorable(type, record, then);
  const whole = fields === undefined;
  return (
    <fieldset className="choice">
      <legend>{texts.restore.what}</legend>
      <label className="box">
        <input type="radio" name={name} checked={whole} onChange={() => onChange(undefined)} /> {texts.restore.whole}
      </label>
      {offered.length > 0 && (
        <label className="box">
          <input type="radio" name={name} checked={!whole} onChange={() => onChange([])} /> {texts.restore.chosen}
        </label>
      )}
      {!whole && offered.map((field) => (
        <label key={field} className="box part">
          <input
            type="checkbox"
            checked={fields.includes(field)}
            onChange={(event) => onChange(offered.filter((other) => (other === field ? event.target.checked : fields.includes(other))))}
          />
          <span className="part-name">{labelAt(type, `/${field}`)}</span>
          <span className="part-value"><WasNow type={type} pointer={`/${field}`} from={record[field]} to={then[field]} /></span>
        </label>
      ))}
    </fieldset>
  );
}

function Foot({ form, disabled, onClose }: { form: Form; disabled: boolean; onClose: () => void }) {
  return (
    <div className="dialog-foot">
      <button type="submit" className="primary" aria-disabled={disabled || form.busy}>{form.busy ? texts.saving : texts.restore.button}</button>
      <button type="button" onClick={onClose}>{texts.cancel}</button>
    </div>
  );
}

/** The way back: restoring what was there before. A record that had ended would have to be ended again. */
function undoOf(type: TypeDescriptor, before: Rec, after: Rec): Message["action"] {
  if (before.status !== after.status) return undefined;
  const intent = newIntent();
  const perform = async () => {
    try {
      const outcome = await restore(type, after, { version: before.version, fields: undefined }, texts.record.undoReason, intent);
      if (outcome.kind === "kept") return announce(texts.restore.undone(titleOf(type, outcome.record)));
      if (outcome.kind === "conflict") showRecord(type.plural, outcome.theirs);
      return announce(texts.restore.overtaken);
    } catch (error) {
      // Under the same key it is not done twice, whatever became of the first try.
      return announce(texts.record.notUndone(said(error).heading), { label: texts.tryAgain, perform: () => void perform() });
    }
  };
  return { label: texts.record.undo, perform: () => void perform() };
}
