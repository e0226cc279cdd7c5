// The line that adds: a title and Enter are enough; day, person and what it is about can be said as well.

import { useEffect, useId, useRef, useState } from "react";
import type { Field, TypeDescriptor } from "../api/generated";
import { holdUnsaved } from "../lib/leaving";
import { announce } from "../lib/live";
import { texts } from "../lib/texts";
import { FieldInput } from "../records/FieldInput";
import { FormFailure } from "../records/FormDialog";
import { create, newCreation } from "../records/commands";
import { type Tasks, titleOf, valuesOf } from "../records/descriptor";
import { useDraft, useKeptDraft } from "../records/draft";
import { isChanged, useForm } from "../records/form";
import { useWait } from "../api/Failure";
import { words } from "./words";

/** What the draft of the line is kept as, among those of records: no record's id is empty. */
const DRAFT = "";

/** The line; `assignee` is who gets what is added, unless somebody else is chosen. */
export function QuickAdd({ type, tasks, assignee }: { type: TypeDescriptor; tasks: Tasks; assignee: string }) {
  const name = useId();
  const title = type.fields.filter((field) => field.name === type.title);
  const more = [tasks.due, tasks.assignee, tasks.about].filter((field): field is Field => field !== undefined);
  const fields = [...title, ...more];
  const start = { values: { ...valuesOf(fields, {}), [tasks.assignee.name]: assignee }, reason: "" };
  const draft = useDraft(type.plural, DRAFT);
  const form = useForm(fields, draft.found ?? start);
  const [creation, setCreation] = useState(() => draft.found?.creation ?? newCreation());
  useKeptDraft(draft.name, form, start, { creation });
  const changed = isChanged(form, start);
  const seconds = useWait(form.failure);
  const line = useRef<HTMLInputElement>(null);
  const typed = String(form.values[type.title] ?? "");
  useEffect(() => (typed !== "" ? holdUnsaved() : undefined), [typed]);
  const set = (field: string, value: unknown) => form.setValues({ ...form.values, [field]: value });

  const save = async () => {
    const record = await create(type, form.values, "", creation);
    setCreation(newCreation());
    form.setValues({ ...start.values, [tasks.assignee.name]: form.values[tasks.assignee.name] });
    announce(words.added(titleOf(type, record)));
    line.current?.focus();
  };
  const error = form.errors[`/${type.title}`];
  return (
    <form
      className="quick-add"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (!form.busy && seconds === 0 && form.check("optional")) void form.run(save);
      }}
    >
      <div className="quick-line">
        <label className="visually-hidden" htmlFor={`${name}-line`}>{words.add}</label>
        <input
          id={`${name}-line`}
          ref={line}
          type="text"
          autoComplete="off"
          data-quick-add
          placeholder={words.add}
          value={typed}
          aria-invalid={error !== undefined}
          aria-describedby={`${name}-about`}
          onChange={(event) => set(type.title, event.target.value)}
        />
        <button type="submit" className="primary" aria-disabled={form.busy} disabled={seconds > 0}>{form.busy ? texts.saving : words.addButton}</button>
      </div>
      <p id={`${name}-about`} className="field-about">{error && <span className="field-error">{error}</span>}</p>
      {(typed !== "" || changed) && (
        <div className="fields quick-more">
          {more.map((field) => (
            <FieldInput
              key={field.name}
              field={field}
              pointer={`/${field.name}`}
              name={name}
              value={form.values[field.name]}
              errors={form.errors}
              onChange={(value) => set(field.name, value)}
            />
          ))}
        </div>
      )}
      <FormFailure form={form} fields={fields} seconds={seconds} />
    </form>
  );
}
