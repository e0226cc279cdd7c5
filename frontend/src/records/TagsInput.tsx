// A set of short words to type: Enter or a comma adds one, and so does leaving the field.

import { useState } from "react";
import { texts } from "../lib/texts";

/** The input; `value` is the words that are in the set. */
export function TagsInput({ id, value, known, describedBy, invalid, onChange }: {
  id: string;
  value: readonly string[];
  /** Words that are offered while somebody types. */
  known: readonly string[];
  describedBy?: string | undefined;
  invalid: boolean;
  onChange: (value: string[]) => void;
}) {
  const [typed, setTyped] = useState("");
  const add = (text: string) => {
    const words = text.split(",").map((word) => word.trim()).filter((word) => word !== "");
    setTyped("");
    if (words.length > 0) onChange([...new Set([...value, ...words])]);
  };
  return (
    <div className="tags-input">
      {value.length > 0 && (
        <ul className="tags">
          {value.map((tag) => (
            <li key={tag} className="tag">
              {tag}
              <button type="button" aria-label={texts.form.removeTag(tag)} onClick={() => onChange(value.filter((kept) => kept !== tag))}>×</button>
            </li>
          ))}
        </ul>
      )}
      <input
        id={id}
        type="text"
        value={typed}
        autoComplete="off"
        list={`${id}-known`}
        aria-describedby={describedBy}
        aria-invalid={invalid}
        onChange={(event) => (event.target.value.endsWith(",") ? add(event.target.value) : setTyped(event.target.value))}
        onBlur={() => add(typed)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && typed.trim() !== "") {
            event.preventDefault();
            add(typed);
          } else if (event.key === "Backspace" && typed === "" && value.length > 0) {
            onChange(value.slice(0, -1));
          }
        }}
      />
      <datalist id={`${id}-known`}>{known.filter((word) => !value.includes(word)).map((word) => <option key={word} value={word} />)}</datalist>
    </div>
  );
}
