// A whole number to type, with what it means and what is wrong with it.

import { useId } from "react";

/** The field. What is typed is text until it is taken. */
export function NumberField({ label, hint, value, error, onChange }: {
  label: string;
  hint?: string | undefined;
  value: string;
  error?: string | undefined;
  onChange: (value: string) => void;
}) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input id={id} type="text" inputMode="numeric" autoComplete="off" value={value} aria-invalid={error !== undefined} aria-describedby={`${id}-about`} onChange={(event) => onChange(event.target.value)} />
      <p id={`${id}-about`} className="field-about">{error ? <span className="field-error">{error}</span> : <span className="muted">{hint}</span>}</p>
    </div>
  );
}
