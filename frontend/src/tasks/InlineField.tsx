// A value in a row that can be changed where it stands: pressed, it becomes a field; Enter or leaving it
// saves, Escape leaves it as it was.

import { useEffect, useId, useRef, useState } from "react";
import type { Field } from "../api/generated";
import { isEmpty, same } from "../lib/json";
import { texts } from "../lib/texts";
import { Control } from "../records/FieldInput";
import { FieldValue } from "../records/FieldValue";
import { words } from "./words";

/** The value, or the field in its place. `title` says what it is a value of. */
export function InlineField({ field, title, value, save }: {
  field: Field;
  title: string;
  value: unknown;
  save: (value: unknown) => void;
}) {
  const id = useId();
  const [open, setOpen] = useState(false);
  const [chosen, setChosen] = useState<unknown>(value);
  const button = useRef<HTMLButtonElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const back = useRef(false);
  useEffect(() => {
    if (open) frame.current?.querySelector<HTMLElement>("input, select")?.focus();
    else if (back.current) button.current?.focus();
    back.current = false;
  }, [open]);
  const label = words.change(field.label, title);
  if (!open) {
    return (
      <button ref={button} type="button" className="inline" onClick={() => { setChosen(value ?? ""); setOpen(true); }}>
        <span className="visually-hidden">{label}: </span>
        {isEmpty(value) ? <span className="muted">{words.none[field.kind] ?? texts.none}</span> : <FieldValue field={field} value={value} place="list" />}
      </button>
    );
  }
  const finish = (keep: boolean, focus: boolean) => {
    back.current = focus;
    setOpen(false);
    if (keep && !same(chosen, value)) save(chosen);
  };
  return (
    <div
      ref={frame}
      className="inline-field"
      onBlur={(event) => { if (!event.currentTarget.contains(event.relatedTarget)) finish(true, false); }}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== "Escape") return;
        event.preventDefault();
        finish(event.key === "Enter", true);
      }}
    >
      <label className="visually-hidden" htmlFor={id}>{label}</label>
      <Control field={field} id={id} value={chosen} invalid={false} onChange={setChosen} />
    </div>
  );
}
