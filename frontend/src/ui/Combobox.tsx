// A field with a list of options: type a part of a name, choose one (combobox with a list, WAI-ARIA
// Authoring Practices, read 2026-11-22).

import { type KeyboardEvent, useState } from "react";
import { texts } from "../lib/texts";

/** Something that can be chosen; the hint tells two of the same title apart. */
export type Option = { id: string; title: string; hint: string };

/** The field. What is typed belongs to whoever offers the options: `undefined` while the list is closed. */
export function Combobox({ id, label, value, title, typed, setTyped, offered, none, describedBy, invalid = false, onChange }: {
  id: string;
  label: string;
  /** What is chosen, or empty; and how it is called. */
  value: string;
  title: string;
  typed: string | undefined;
  setTyped: (typed: string | undefined) => void;
  offered: readonly Option[];
  /** What is said when there is nothing to offer. */
  none: string;
  describedBy?: string | undefined;
  invalid?: boolean;
  onChange: (value: string) => void;
}) {
  const [active, setActive] = useState(0);
  const open = typed !== undefined;
  const choose = (option: Option | undefined) => {
    setTyped(undefined);
    if (option) onChange(option.id);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      if (!open) setTyped("");
      else setActive((active + step + offered.length) % Math.max(1, offered.length));
    } else if (open && event.key === "Enter") {
      event.preventDefault();
      choose(offered[active]);
    } else if (open && event.key === "Escape") {
      // It closes the list, not the dialog around it.
      event.preventDefault();
      event.stopPropagation();
      setTyped(undefined);
    }
  };
  const list = `${id}-list`;
  return (
    <div className="picker">
      <div className="picker-row">
        <input
          id={id}
          type="text"
          role="combobox"
          autoComplete="off"
          aria-expanded={open}
          aria-controls={list}
          aria-autocomplete="list"
          aria-activedescendant={open && offered[active] ? `${list}-${active}` : undefined}
          aria-describedby={describedBy}
          aria-invalid={invalid}
          value={typed ?? (value === "" ? "" : title)}
          onChange={(event) => { setTyped(event.target.value); setActive(0); }}
          onClick={() => { if (!open) setTyped(""); }}
          onBlur={() => setTyped(undefined)}
          onKeyDown={onKeyDown}
        />
        {value !== "" && (
          <button type="button" className="quiet" aria-label={texts.form.clear(label)} onClick={() => onChange("")}>×</button>
        )}
      </div>
      <ul id={list} role="listbox" aria-label={label} hidden={!open} className="options">
        {offered.map((option, index) => (
          <li
            key={option.id}
            id={`${list}-${index}`}
            role="option"
            aria-selected={index === active}
            // The focus stays in the input, so that leaving it does not close the list too early.
            onMouseDown={(event) => { event.preventDefault(); choose(option); }}
          >
            {option.title}
            {option.hint && <span className="muted"> {option.hint}</span>}
          </li>
        ))}
        {open && offered.length === 0 && <li role="option" aria-selected="false" aria-disabled="true" className="muted">{none}</li>}
      </ul>
    </div>
  );
}

/** The options that what is typed occurs in, as many as are offered at once. */
export function matching(options: readonly Option[], typed: string | undefined): Option[] {
  const wanted = (typed ?? "").toLocaleLowerCase();
  return options.filter((option) => `${option.title} ${option.hint}`.toLocaleLowerCase().includes(wanted)).slice(0, OFFERED_MAX);
}

/** How many options are offered at once. */
const OFFERED_MAX = 12;
