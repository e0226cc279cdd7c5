// Picks another record: type a part of its name, choose one of the latest (combobox with a list,
// WAI-ARIA Authoring Practices, read 2026-11-22).

import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useState } from "react";
import { call } from "../api/call";
import { typesQuery } from "../api/client";
import type { TypeDescriptor } from "../api/generated";
import { texts } from "../lib/texts";
import { useRecordTitle } from "./Names";
import { type Rec, titleOf } from "./descriptor";

/** How many options are offered at once. */
const OFFERED_MAX = 12;

type Option = { id: string; title: string; hint: string };

/** The picker; `value` is the id of the chosen record, or empty. */
export function RecordPicker({ id, to, label, value, describedBy, invalid, onChange }: {
  id: string;
  to: string;
  label: string;
  value: string;
  describedBy: string;
  invalid: boolean;
  onChange: (value: string) => void;
}) {
  const { title } = useRecordTitle(to, value);
  const [typed, setTyped] = useState<string | undefined>(undefined);
  const [active, setActive] = useState(0);
  const offered = useOptions(to, typed);
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
          onClick={() => setTyped((now) => now ?? "")}
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
        {open && offered.length === 0 && <li role="option" aria-selected="false" aria-disabled="true" className="muted">{texts.form.noneFound}</li>}
      </ul>
    </div>
  );
}

/** The latest records that what is typed occurs in. */
function useOptions(to: string, typed: string | undefined): Option[] {
  const type = useQuery(typesQuery).data?.find((candidate) => candidate.name === to);
  const plural = type?.plural ?? "";
  const found = useQuery({
    queryKey: ["pick", plural],
    queryFn: async ({ signal }): Promise<Rec[]> =>
      (await call("list_records", { path: { plural }, query: { limit: "100" }, signal })).items,
    enabled: type !== undefined && typed !== undefined,
    staleTime: 30_000,
  }).data;
  if (!type || !found) return [];
  const wanted = (typed ?? "").toLocaleLowerCase();
  const options = found.map((record) => ({ id: record.id, title: titleOf(type, record), hint: hintOf(type, record) }));
  return options.filter((option) => `${option.title} ${option.hint}`.toLocaleLowerCase().includes(wanted)).slice(0, OFFERED_MAX);
}

/** What tells two records of the same name apart: the next listed line. */
function hintOf(type: TypeDescriptor, record: Rec): string {
  const lines = type.fields.filter((field) => field.listed && field.name !== type.title && ["line", "email"].includes(field.kind));
  const values = lines.map((field) => record[field.name]).filter((value) => typeof value === "string");
  return values.length > 0 ? String(values[0]) : "";
}
