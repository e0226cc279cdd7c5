// Picks a person by name: everybody who has ever been in the workspace.

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { meQuery, peopleQuery, usePersonName } from "../api/client";
import { Combobox, matching } from "../ui/Combobox";
import { ME } from "./filters";
import { words } from "./words";

/** The picker; `value` is a person's id, `me`, or empty. */
export function PersonPicker({ id, value, onChange }: { id: string; value: string; onChange: (value: string) => void }) {
  const [typed, setTyped] = useState<string | undefined>(undefined);
  const nameOf = usePersonName();
  const me = useQuery(meQuery).data;
  const people = useQuery(peopleQuery).data;
  const sorted = [...(people ?? [])].sort(([, a], [, b]) => a.name.localeCompare(b.name));
  const options = [
    { id: ME, title: words.filter.me, hint: me ? nameOf(me.id) : "" },
    ...sorted.map(([key, { name, here }]) => ({ id: key, title: name, hint: here ? "" : words.filter.left })),
  ];
  const title = value === ME ? words.filter.me : value === "" ? "" : nameOf(value);
  return (
    <Combobox
      id={id}
      label={words.filter.actor}
      value={value}
      title={title}
      typed={typed}
      setTyped={setTyped}
      offered={matching(options, typed)}
      none={words.filter.nobody}
      onChange={onChange}
    />
  );
}
