// A field to fill in, as its kind asks for, with its label, its limit and what is wrong with it.

import { useQuery } from "@tanstack/react-query";
import { meQuery, peopleQuery, usePersonName } from "../api/client";
import type { Field } from "../api/generated";
import { characters } from "../lib/format";
import { type Fields, isFields } from "../lib/json";
import { texts } from "../lib/texts";
import { RecordPicker } from "./RecordPicker";
import { TagsInput } from "./TagsInput";
import { knownWords } from "./data";
import { membersOf } from "./descriptor";

/** From this part of its limit on, a field says how much is left. */
const NEAR_THE_LIMIT = 0.8;
/** The most characters of an e-mail address and a telephone number, as the service takes them. */
const MAX: { readonly [kind: string]: number } = { email: 254, phone: 40 };

/** What is wrong, by JSON Pointer. */
export type FieldErrors = { readonly [pointer: string]: string };

/** A field and, in a group, the fields within. `name` is what ids in the form begin with. */
export function FieldInput({ field, pointer, name, value, errors, onChange }: {
  field: Field;
  pointer: string;
  name: string;
  value: unknown;
  errors: FieldErrors;
  onChange: (value: unknown) => void;
}) {
  if (field.kind === "group") {
    return <GroupInput field={field} pointer={pointer} name={name} value={isFields(value) ? value : {}} errors={errors} onChange={onChange} />;
  }
  const id = `${name}${pointer}`;
  const about = `${id}-about`;
  const error = errors[pointer];
  const limit = typeof value === "string" ? limitOf(field, value) : undefined;
  const hint = field.kind === "tags" ? texts.form.tagsHint : field.kind === "reference" ? texts.form.pickHint : undefined;
  return (
    <div className={`field kind-${field.kind}`}>
      <label htmlFor={id}>{field.label}{field.required && <span className="required" aria-hidden="true"> *</span>}</label>
      <Control field={field} id={id} about={about} value={value} invalid={error !== undefined} onChange={onChange} />
      <p id={about} className="field-about">
        {error && <span className="field-error">{error}</span>}
        {!error && (limit ?? hint) && <span className="muted">{limit ?? hint}</span>}
      </p>
    </div>
  );
}

/** What is said of the length of a text near or over its limit. */
export function limitOf(field: { max?: number; kind?: string }, value: string): string | undefined {
  const max = field.max ?? MAX[field.kind ?? ""];
  if (max === undefined) return undefined;
  const length = characters(value.trim());
  if (length > max) return texts.form.tooLong(length - max);
  return length >= max * NEAR_THE_LIMIT ? texts.form.left(max - length) : undefined;
}

/** By how many characters a text is over its limit. */
export function tooLongBy(field: { max?: number; kind?: string }, value: string): number {
  const max = field.max ?? MAX[field.kind ?? ""] ?? Number.POSITIVE_INFINITY;
  return Math.max(0, characters(value.trim()) - max);
}

/** Where the value itself is filled in. */
export function Control({ field, id, about, value, invalid, onChange }: {
  field: Field;
  id: string;
  about?: string | undefined;
  value: unknown;
  invalid: boolean;
  onChange: (value: unknown) => void;
}) {
  const text = typeof value === "string" ? value : "";
  const common = { id, "aria-describedby": about, "aria-invalid": invalid, "aria-required": field.required || undefined };
  const changed = (event: { target: { value: string } }) => onChange(event.target.value);
  switch (field.kind) {
    case "text":
      return <textarea {...common} rows={5} value={text} onChange={changed} />;
    case "date":
      return <input {...common} type="date" value={text} onChange={changed} />;
    case "email":
      return <input {...common} type="email" autoComplete="off" value={text} onChange={changed} />;
    case "phone":
      return <input {...common} type="tel" autoComplete="off" value={text} onChange={changed} />;
    case "person":
      return <PersonSelect {...common} value={text} required={field.required} onChange={onChange} />;
    case "reference":
      return <RecordPicker id={id} to={field.to ?? ""} label={field.label} value={text} describedBy={about} invalid={invalid} onChange={onChange} />;
    case "tags":
      // A field that takes words out of a set is called as the set, with something before it.
      return <TagsInput id={id} value={Array.isArray(value) ? value : []} known={knownWords(field.name.replace(/^-/, ""))} describedBy={about} invalid={invalid} onChange={onChange} />;
    default:
      return <input {...common} type="text" autoComplete="off" value={text} onChange={changed} />;
  }
}

function PersonSelect({ value, required, onChange, ...common }: {
  id: string;
  value: string;
  required: boolean;
  onChange: (value: string) => void;
}) {
  const me = useQuery(meQuery).data;
  const people = useQuery(peopleQuery).data;
  const nameOf = usePersonName();
  const here = [...(people ?? [])].filter(([, known]) => known.here).map(([id]) => id);
  const ids = new Set([...here, ...(value ? [value] : []), ...(me ? [me.id] : [])]);
  const options = [...ids].map((id) => ({ id, name: nameOf(id) })).sort((a, b) => a.name.localeCompare(b.name));
  return (
    <select {...common} value={value} onChange={(event) => onChange(event.target.value)}>
      <option value="">{required ? texts.none : texts.form.nobody}</option>
      {options.map((option) => <option key={option.id} value={option.id}>{option.name}</option>)}
    </select>
  );
}

function GroupInput({ field, pointer, name, value, errors, onChange }: {
  field: Field;
  pointer: string;
  name: string;
  value: Fields;
  errors: FieldErrors;
  onChange: (value: Fields) => void;
}) {
  const error = errors[pointer];
  return (
    <fieldset className="field kind-group">
      <legend>{field.label}</legend>
      {error && <p className="field-error" tabIndex={-1} data-error>{error}</p>}
      <div className="fields">
        {membersOf(field).map((member) => (
          <FieldInput
            key={member.name}
            field={member}
            pointer={`${pointer}/${member.name}`}
            name={name}
            value={value[member.name]}
            errors={errors}
            onChange={(changed) => onChange({ ...value, [member.name]: changed })}
          />
        ))}
      </div>
    </fieldset>
  );
}
