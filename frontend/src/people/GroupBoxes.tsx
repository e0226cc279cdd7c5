// What somebody may do, as boxes to tick, each with what it means.

import { useId } from "react";
import { GROUPS, type Group } from "./rights";
import { words } from "./words";

/** The boxes; `value` is the groups that are ticked. */
export function GroupBoxes({ value, error, onChange }: {
  value: readonly Group[];
  error?: string | undefined;
  onChange: (value: Group[]) => void;
}) {
  const name = useId();
  return (
    <fieldset className="field boxes" aria-describedby={`${name}-about`}>
      <legend>{words.access}</legend>
      {GROUPS.map((group) => (
        <label key={group} className="box">
          <input
            type="checkbox"
            checked={value.includes(group)}
            onChange={(event) => onChange(GROUPS.filter((each) => (each === group ? event.target.checked : value.includes(each))))}
          />
          <span><strong>{words.groups[group]}</strong> <span className="muted">{words.explained[group]}</span></span>
        </label>
      ))}
      <p id={`${name}-about`} className="field-about">{error && <span className="field-error">{error}</span>}</p>
    </fieldset>
  );
}
