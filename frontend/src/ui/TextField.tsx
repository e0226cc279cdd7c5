// A line or a few to type, with its label and what is wrong with it.

import { useId } from "react";

/** The field. */
export function TextField({ label, kind = "text", value, error, onChange }: {
  label: string;
  kind?: "text" | "email" | "lines";
  value: string;
  error?: string | undefined;
  onChange: (value: string) => void;
}) {
  const id = useId();
  const common = {
    id,
    value,
    autoComplete: "off",
    "aria-invalid": error !== undefined,
    "aria-describedby": `${id}-about`,
    onChange: (event: { target: { value: string } }) => onChange(event.target.value),
  };
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {kind === "lines" ? <textarea rows={2} {...common} /> : <input type={kind} {...common} />}
      <p id={`${id}-about`} className="field-about">{error && <span className="field-error">{error}</span>}</p>
    </div>
  );
}
