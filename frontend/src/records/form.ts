// What a form holds while somebody fills it in: values, reason, what is wrong. And what it checks itself.

import { useState } from "react";
import type { Field } from "../api/generated";
import { ProblemError } from "../api/problem";
import { sentence } from "../lib/format";
import { type Fields, isEmpty, isFields, same } from "../lib/json";
import { texts } from "../lib/texts";
import { type FieldErrors, tooLongBy } from "./FieldInput";
import { membersOf } from "./descriptor";

/** The most characters of a reason, as the service takes it. */
export const REASON_MAX = 500;

/** What a form starts with. */
export type Start = { values: Fields; reason: string };

/** What a form holds. */
export type Form = {
  values: Fields;
  reason: string;
  /** What is wrong, by the field's pointer; `/reason` for the reason. */
  errors: FieldErrors;
  /** What went wrong with saving. */
  failure: unknown;
  busy: boolean;
  setValues: (values: Fields) => void;
  setReason: (reason: string) => void;
  /** Runs a save; what it throws is shown where it belongs. */
  run: (save: () => Promise<void>) => Promise<void>;
  /** Shows what is wrong before anything is sent; says whether nothing is. */
  check: (reason: "optional" | "required") => boolean;
};

/** The state of a form over these fields. */
export function useForm(fields: readonly Field[], start: Start): Form {
  const [values, setValues] = useState(start.values);
  const [reason, setReason] = useState(start.reason);
  const [errors, setErrors] = useState<FieldErrors>({});
  const [failure, setFailure] = useState<unknown>(undefined);
  const [busy, setBusy] = useState(false);
  return {
    values,
    reason,
    errors,
    failure,
    busy,
    setValues,
    setReason,
    check: (asked) => {
      const found = { ...faults(fields, values), ...reasonFault(reason, asked) };
      setErrors(found);
      setFailure(undefined);
      return Object.keys(found).length === 0;
    },
    run: async (save) => {
      setBusy(true);
      setFailure(undefined);
      setErrors({});
      try {
        await save();
      } catch (error) {
        setFailure(error);
        setErrors(placed(fields, error));
      } finally {
        setBusy(false);
      }
    },
  };
}

/** Whether a form says something else than it started with. */
export function isChanged(form: Form, start: Start): boolean {
  return !same(form.values, start.values) || form.reason.trim() !== start.reason.trim();
}

/** What of a problem belongs to which field; a pointer into a field belongs to the field. */
export function placed(fields: readonly Field[], error: unknown): FieldErrors {
  if (!(error instanceof ProblemError)) return {};
  const known = knownPointers(fields);
  const found: { [pointer: string]: string } = {};
  for (const { pointer, detail } of error.errors) {
    const at = known.find((candidate) => pointer === candidate || pointer.startsWith(`${candidate}/`));
    if (at !== undefined) found[at] ??= sentence(detail);
  }
  return found;
}

/** What of a problem belongs to no field of the form. */
export function unplaced(fields: readonly Field[], error: unknown): string[] {
  if (!(error instanceof ProblemError)) return [];
  const known = knownPointers(fields);
  const elsewhere = error.errors.filter(({ pointer }) => !known.some((at) => pointer === at || pointer.startsWith(`${at}/`)));
  return elsewhere.map(({ pointer, detail }) => texts.form.somewhere(pointer, detail));
}

/** The pointers of all inputs, the innermost first. */
function knownPointers(fields: readonly Field[], within = ""): string[] {
  const inner = fields.flatMap((field) => [
    ...knownPointers(membersOf(field), `${within}/${field.name}`),
    `${within}/${field.name}`,
  ]);
  return within === "" ? [...inner, "/reason"] : inner.filter((pointer) => pointer !== "/reason");
}

function faults(fields: readonly Field[], values: Fields, within = ""): { [pointer: string]: string } {
  const found: { [pointer: string]: string } = {};
  for (const field of fields) {
    const pointer = `${within}/${field.name}`;
    const value = values[field.name];
    if (field.kind === "group") Object.assign(found, faults(membersOf(field), isFields(value) ? value : {}, pointer));
    else if (field.required && isEmpty(typeof value === "string" ? value.trim() : value)) found[pointer] = texts.form.required;
    else if (typeof value === "string" && tooLongBy(field, value) > 0) found[pointer] = texts.form.tooLong(tooLongBy(field, value));
    else if (Array.isArray(value) && field.max_items !== undefined && value.length > field.max_items) found[pointer] = texts.form.tooMany(field.max_items);
  }
  return found;
}

function reasonFault(reason: string, asked: "optional" | "required"): FieldErrors {
  if (asked === "required" && reason.trim() === "") return { "/reason": texts.form.reasonMissing };
  const over = tooLongBy({ max: REASON_MAX }, reason);
  return over > 0 ? { "/reason": texts.form.tooLong(over) } : {};
}
