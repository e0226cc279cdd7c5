// What a list shows, beyond its filters: its columns, and views that somebody gave a name.

import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Link } from "wouter";
import { meQuery } from "../api/client";
import type { TypeDescriptor } from "../api/generated";
import { announce } from "../lib/live";
import { texts } from "../lib/texts";
import { Menu } from "../ui/Menu";
import { TextField } from "../ui/TextField";
import { chosenColumns, columnsOf, saidColumns } from "./columns";
import { NAME_MAX, VIEW, type View, keepViews, paramsOf, queryOf, readViews, withView } from "./views";

type Change = (changes: { [name: string]: string }) => void;

/** Which columns are shown. */
export function ColumnsMenu({ type, params, change }: { type: TypeDescriptor; params: URLSearchParams; change: Change }) {
  const shown = new Set(chosenColumns(type, params).map((column) => column.name));
  const toggle = (name: string, on: boolean) => {
    const names = new Set(shown);
    if (on) names.add(name);
    else names.delete(name);
    change({ columns: saidColumns(type, names) });
  };
  return (
    <Menu label={texts.list.columns}>
      {columnsOf(type).map(({ name, label }) => (
        <label key={name} className="box"><input type="checkbox" checked={shown.has(name)} onChange={(event) => toggle(name, event.target.checked)} /> {label}</label>
      ))}
      {params.has("columns") && <button type="button" className="link" onClick={() => change({ columns: "" })}>{texts.list.usualColumns}</button>}
    </Menu>
  );
}

/** The views of this workspace that are kept in this browser. */
export function ViewsMenu({ type, params, change }: { type: TypeDescriptor; params: URLSearchParams; change: Change }) {
  const tenant = useQuery(meQuery).data?.tenant;
  // What is kept is read anew after each change of it.
  const [, setChanges] = useState(0);
  const views = tenant === undefined ? [] : readViews(tenant, type.plural);
  const current = params.get(VIEW) ?? "";
  const keep = (next: readonly View[]) => {
    if (tenant !== undefined) keepViews(tenant, type.plural, next);
    setChanges((n) => n + 1);
  };
  const remove = (view: View) => {
    keep(views.filter((other) => other !== view));
    announce(texts.list.viewRemoved(view.name), { label: texts.record.undo, perform: () => keep(withView(readViews(tenant ?? "", type.plural), view)) });
  };
  const save = (name: string) => {
    keep(withView(views, { name, query: queryOf(params) }));
    change({ [VIEW]: name });
    announce(texts.list.viewKept(name));
  };
  return (
    <Menu label={current === "" ? texts.list.views : texts.list.viewed(current)}>
      {views.length > 0 && (
        <ul className="views">
          {views.map((view) => (
            <li key={view.name}>
              <Link href={`/r/${type.plural}?${paramsOf(view)}`} aria-current={view.name === current ? "true" : undefined}>{view.name}</Link>
              <button type="button" className="quiet" aria-label={texts.list.removeView(view.name)} onClick={() => remove(view)}>×</button>
            </li>
          ))}
        </ul>
      )}
      <NewView key={current} first={current} save={save} />
    </Menu>
  );
}

/** Gives what is shown a name. */
function NewView({ first, save }: { first: string; save: (name: string) => void }) {
  const [name, setName] = useState(first);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const said = name.trim().slice(0, NAME_MAX);
    if (said !== "") save(said);
  };
  return (
    <form className="new-view" onSubmit={submit}>
      <TextField label={texts.list.nameView} value={name} onChange={setName} />
      <button type="submit" disabled={name.trim() === ""}>{texts.list.keepView}</button>
    </form>
  );
}
