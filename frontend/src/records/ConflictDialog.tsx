// Two people changed the same fields: theirs, mine and what was before, for each field to choose.

import { useId, useState } from "react";
import { usePersonName } from "../api/client";
import type { TypeDescriptor } from "../api/generated";
import type { Fields } from "../lib/json";
import type { Merged } from "../lib/merge";
import { texts } from "../lib/texts";
import { Dialog } from "../ui/Dialog";
import { ValueAt } from "./FieldValue";
import { type Rec, filledIn, labelAt, titleOf, valuesOf, wordFor } from "./descriptor";

type Side = "theirs" | "mine" | "original";
const SIDES: readonly Side[] = ["theirs", "mine", "original"];

/** The dialog; `onChosen` gets all values of the form, those that were chosen among them. */
export function ConflictDialog({ type, theirs, original, merged, onChosen, onBack }: {
  type: TypeDescriptor;
  theirs: Rec;
  original: Fields;
  merged: Merged;
  onChosen: (values: Fields) => void;
  onBack: () => void;
}) {
  const name = useId();
  const nameOf = usePersonName();
  const [chosen, setChosen] = useState<{ readonly [field: string]: Side }>({});
  const who = nameOf(theirs.changed_by);
  const now = valuesOf(filledIn(type), theirs);
  const values: { readonly [side in Side]: Fields } = { theirs: now, mine: merged.values, original };
  const labels = { theirs: texts.conflict.theirs(who), mine: texts.conflict.mine, original: texts.conflict.original };
  const sideOf = (field: string): Side => chosen[field] ?? "mine";
  const outcome = () => {
    const picked = merged.conflicts.map((field) => [field, values[sideOf(field)][field]]);
    return { ...merged.values, ...Object.fromEntries(picked) };
  };
  return (
    <Dialog title={texts.conflict.title(titleOf(type, theirs))} wide onClose={onBack}>
      <p>{texts.conflict.lead(who)}</p>
      <form onSubmit={(event) => { event.preventDefault(); onChosen(outcome()); }}>
        {merged.conflicts.map((field) => (
          <fieldset key={field} className="choice">
            <legend>{labelAt(type, `/${field}`)}</legend>
            {SIDES.map((side) => (
              <label key={side} className="choice-side">
                <input
                  type="radio"
                  name={`${name}${field}`}
                  checked={sideOf(field) === side}
                  onChange={() => setChosen({ ...chosen, [field]: side })}
                />
                <span className="choice-who">{labels[side]}</span>
                <span className="choice-value"><ValueAt type={type} pointer={`/${field}`} value={values[side][field]} /></span>
              </label>
            ))}
          </fieldset>
        ))}
        {merged.theirs.length > 0 && (
          <p className="muted">{texts.conflict.merged(merged.theirs.map((field) => wordFor(type, field)))}</p>
        )}
        <div className="dialog-foot">
          <button type="submit" className="primary">{texts.conflict.save}</button>
          <button type="button" onClick={onBack}>{texts.conflict.back}</button>
        </div>
      </form>
    </Dialog>
  );
}
