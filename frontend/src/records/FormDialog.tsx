// A dialog with a form: fields, reason, what is wrong, and the question before typed words are lost.

import { type FormEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { Forbidden, Trace, said, useWait } from "../api/Failure";
import type { Field } from "../api/generated";
import { ProblemError } from "../api/problem";
import { holdUnsaved } from "../lib/leaving";
import { texts } from "../lib/texts";
import { Dialog } from "../ui/Dialog";
import { Notice } from "../ui/Notice";
import { FieldInput, limitOf } from "./FieldInput";
import { type Form, REASON_MAX, isChanged, type Start, unplaced } from "./form";

/** The dialog. `onSave` is run by the form, so that what it throws is shown where it belongs. */
export function FormDialog({ title, lead, fields, form, start, reason, save, restored, onRestart, onSave, onClose }: {
  title: string;
  /** What is said before the fields. */
  lead?: ReactNode;
  fields: readonly Field[];
  form: Form;
  /** What the form says when nothing was typed. */
  start: Start;
  reason: "optional" | "required";
  /** What the button that saves says. */
  save: string;
  /** Whether the form began with a draft. */
  restored: boolean;
  onRestart: () => void;
  onSave: () => Promise<void>;
  onClose: () => void;
}) {
  const name = useId();
  const body = useRef<HTMLFormElement>(null);
  const [asking, setAsking] = useState(false);
  const changed = isChanged(form, start);
  const seconds = useWait(form.failure);
  useEffect(() => (changed ? holdUnsaved() : undefined), [changed]);
  useEffect(() => {
    const first = (selector: string) => body.current?.querySelector<HTMLElement>(selector);
    (first("[aria-invalid=true]") ?? first("[data-error]"))?.focus();
  }, [form.errors]);
  const close = () => (changed ? setAsking(true) : onClose());
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!form.busy && seconds === 0 && form.check(reason)) void form.run(onSave);
  };
  return (
    <Dialog title={title} wide={fields.length > 1} onClose={close}>
      <form ref={body} noValidate onSubmit={submit}>
        {restored && changed && (
          <Notice tone="info">
            <p>{texts.form.draft} <button type="button" className="link" onClick={onRestart}>{texts.form.draftDiscard}</button></p>
          </Notice>
        )}
        <FormFailure form={form} fields={fields} seconds={seconds} />
        {lead}
        <div className="fields">
          {fields.map((field) => (
            <FieldInput
              key={field.name}
              field={field}
              pointer={`/${field.name}`}
              name={name}
              value={form.values[field.name]}
              errors={form.errors}
              onChange={(value) => form.setValues({ ...form.values, [field.name]: value })}
            />
          ))}
        </div>
        <ReasonInput id={`${name}/reason`} form={form} reason={reason} />
        <div className="dialog-foot">
          <button type="submit" className="primary" disabled={seconds > 0} aria-disabled={form.busy}>{form.busy ? texts.saving : save}</button>
          <button type="button" onClick={close}>{texts.cancel}</button>
        </div>
      </form>
      {asking && <DiscardDialog onKeep={() => setAsking(false)} onDiscard={onClose} />}
    </Dialog>
  );
}

/** Why something is done, for the timeline. */
export function ReasonInput({ id, form, reason }: { id: string; form: Form; reason: "optional" | "required" }) {
  const error = form.errors["/reason"];
  const about = `${id}-about`;
  return (
    <div className="field reason">
      <label htmlFor={id}>
        {texts.form.reason}
        {reason === "required" ? <span className="required" aria-hidden="true"> *</span> : ` (${texts.form.optional})`}
      </label>
      <textarea
        id={id}
        rows={2}
        value={form.reason}
        aria-describedby={about}
        aria-invalid={error !== undefined}
        aria-required={reason === "required" || undefined}
        onChange={(event) => form.setReason(event.target.value)}
      />
      <p id={about} className="field-about">
        {error ? <span className="field-error">{error}</span> : (
          <span className="muted">{limitOf({ max: REASON_MAX }, form.reason) ?? texts.form.reasonHint}</span>
        )}
      </p>
    </div>
  );
}

/** What went wrong and belongs to no single field. */
export function FormFailure({ form, fields, seconds }: { form: Form; fields: readonly Field[]; seconds: number }) {
  const elsewhere = unplaced(fields, form.failure);
  if (form.failure === undefined) return null;
  if (Object.keys(form.errors).length > 0 && elsewhere.length === 0) return null;
  const { heading, detail } = said(form.failure);
  const refused = form.failure instanceof ProblemError && form.failure.status < 500;
  if (form.failure instanceof ProblemError && form.failure.status === 403) {
    return <div data-error tabIndex={-1}><Forbidden error={form.failure} right="write" /></div>;
  }
  return (
    <div data-error tabIndex={-1}>
      <Notice tone="alarm" title={refused ? texts.form.problems : heading}>
        {elsewhere.length > 0 ? elsewhere.map((text) => <p key={text}>{text}</p>) : <p>{detail ?? heading}</p>}
        {seconds > 0 && <p>{texts.failure.wait(seconds)}</p>}
        <Trace error={form.failure} />
      </Notice>
    </div>
  );
}

/** Asks before what was typed is thrown away. */
export function DiscardDialog({ onKeep, onDiscard }: { onKeep: () => void; onDiscard: () => void }) {
  return (
    <Dialog title={texts.form.leaveTitle} onClose={onKeep}>
      <p>{texts.form.leaveHint}</p>
      <div className="dialog-foot">
        <button type="button" className="primary" onClick={onKeep}>{texts.form.keep}</button>
        <button type="button" className="danger" onClick={onDiscard}>{texts.form.discard}</button>
      </div>
    </Dialog>
  );
}
