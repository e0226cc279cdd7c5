// Things to be done, by the day on which they are due: added in a line, ticked off in a row.

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useSearchParams } from "wouter";
import { client, countsQuery, meQuery, useRight } from "../api/client";
import type { TypeDescriptor } from "../api/generated";
import { isProblem } from "../api/problem";
import { count, timeZone } from "../lib/format";
import type { Shortcut } from "../lib/shortcuts";
import { texts } from "../lib/texts";
import { dayOf } from "../lib/zone";
import { CreateDialog } from "../records/CreateDialog";
import { EditHere } from "../records/EditHere";
import { OwnerFilter } from "../records/Filters";
import { Freshness, Unread } from "../records/Freshness";
import { LayoutSwitch } from "../records/LayoutSwitch";
import { ViewsMenu } from "../records/ListMenus";
import { SampleOffer, SampleProgress } from "../records/SampleData";
import { type Rec, type Tasks, titleOf } from "../records/descriptor";
import { changedParams, ME } from "../records/filters";
import type { Listed } from "../records/listed";
import { CopyLink } from "../ui/CopyLink";
import { Notice } from "../ui/Notice";
import { Page } from "../ui/Page";
import { Shortcuts } from "../ui/Shortcuts";
import { Skeleton } from "../ui/Skeleton";
import { useNow } from "../ui/Time";
import { QuickAdd } from "./QuickAdd";
import { TaskRow } from "./TaskRow";
import { useDone, useOpen } from "./data";
import { useDoing } from "./doing";
import { GROUPS, grouped, occurs } from "./groups";
import "./tasks.css";
import { words } from "./words";

/** The page; `?owner=` says whose, `?find=` what is looked for, `?done` shows those that are done as well. */
export function TasksPage({ type, tasks }: { type: TypeDescriptor; tasks: Tasks }) {
  const [params, setParams] = useSearchParams();
  const me = useQuery(meQuery).data;
  const mayWrite = useRight("write") === true;
  const change = (changes: { [name: string]: string }, replace = false) => setParams((now) => changedParams(now, changes), { replace });
  const flag = (name: string, on: boolean) =>
    setParams((now) => {
      const next = changedParams(now, { [name]: "" });
      if (on) next.set(name, "");
      return next;
    }, { replace: !on });
  const asked = params.get("owner") ?? "";
  const owner = asked === ME ? me?.id : asked || undefined;
  const open = useOpen(type, tasks.open, owner);
  const showDone = params.has("done");
  const done = useDone(type, tasks.done, owner, showDone);
  const [editing, setEditing] = useState<string | undefined>(undefined);
  const { doing, going } = useDoing(type, tasks, setEditing);
  const keys = keysOf([...open.rows, ...done.rows], mayWrite ? doing : undefined);
  const shared = { type, tasks, going, doing: mayWrite ? doing : undefined, find: params.get("find") ?? "" };
  const add = mayWrite && (
    <div className="actions"><button type="button" onClick={() => flag("new", true)}>{texts.list.new(texts.inSentence(type.label))}</button></div>
  );
  return (
    <Page title={type.plural_label} beside={add}>
      <div className="filters">
        <LayoutSwitch type={type} params={params} />
        <label className="filter">
          <span>{words.find}</span>
          <input type="search" data-find value={shared.find} title={words.findHint} onChange={(event) => change({ find: event.target.value }, true)} />
        </label>
        <OwnerFilter owner={asked} change={(to) => change({ owner: to })} />
      </div>
      <div className="list-tools">
        <ViewsMenu type={type} params={params} change={(changes) => change(changes, true)} />
        <CopyLink />
        <Shortcuts keys={keys} />
        <Freshness reading={open.reading} />
      </div>
      {mayWrite && me && <QuickAdd key={me.id} type={type} tasks={tasks} assignee={owner ?? me.id} />}
      <SampleProgress />
      <Groups {...shared} open={open} clear={() => change({ find: "" })} />
      <Done {...shared} done={done} owner={owner} shown={showDone} show={(on) => flag("done", on)} />
      {mayWrite && params.has("new") && <CreateDialog type={type} onClose={() => flag("new", false)} />}
      {editing !== undefined && <EditHere type={type} id={editing} onClose={() => setEditing(undefined)} />}
    </Page>
  );
}

type Shared = {
  type: TypeDescriptor;
  tasks: Tasks;
  going: ReturnType<typeof useDoing>["going"];
  doing: ReturnType<typeof useDoing>["doing"] | undefined;
  find: string;
};

/** Those that are open. */
function Groups({ open, clear, ...shared }: Shared & { open: Listed; clear: () => void }) {
  const { type, tasks, find } = shared;
  const today = dayOf(useNow(), timeZone);
  const { rows, reading, more } = open;
  const found = rows.filter((record) => occurs(find, [titleOf(type, record)]));
  const groups = grouped(found, (record) => record[tasks.due.name], today);
  if (reading.isPending && !reading.isError) return <Skeleton lines={6} />;
  return (
    <>
      <Unread reading={reading} retry={() => again(type, reading)} />
      {more && (
        <Notice tone="info">
          <p>{words.notAll(count(rows.length))} <button type="button" className="link" onClick={more}>{words.readOn}</button></p>
        </Notice>
      )}
      {!reading.isError && rows.length === 0 && <Nothing />}
      {rows.length > 0 && found.length === 0 && (
        <div className="empty"><p>{words.noMatch}</p><button type="button" onClick={clear}>{words.clear}</button></div>
      )}
      {GROUPS.map((group) => {
        const inGroup = groups.get(group) ?? [];
        if (inGroup.length === 0) return null;
        return (
          <section key={group} className="task-group" aria-labelledby={`group-${group}`}>
            <h2 id={`group-${group}`}>{words.groups[group]} <span className="muted">{count(inGroup.length)}</span></h2>
            <Rows {...shared} rows={inGroup} late={group === "overdue"} />
          </section>
        );
      })}
    </>
  );
}

/** Those that are done, the last first; read when somebody wants to see them. */
function Done({ done, owner, shown, show, ...shared }: Shared & { done: Listed; owner: string | undefined; shown: boolean; show: (on: boolean) => void }) {
  const { type, tasks, find } = shared;
  const mayRead = useRight("read") === true;
  const counts = useQuery({ ...countsQuery, enabled: mayRead }).data?.[type.name];
  const label = type.statuses.find((status) => status.name === tasks.done)?.label ?? tasks.done;
  // They are counted for all together only.
  const number = owner === undefined ? counts?.[tasks.done] : undefined;
  const rows = done.rows.filter((record) => occurs(find, [titleOf(type, record)]));
  return (
    <section className="task-group" aria-labelledby="group-done">
      <h2 id="group-done">
        <button type="button" className="disclosure" aria-expanded={shown} onClick={() => show(!shown)}>
          {label} {number !== undefined && <span className="muted">{count(number)}</span>}
        </button>
      </h2>
      {shown && done.reading.isPending && !done.reading.isError && <Skeleton lines={3} />}
      {shown && <Unread reading={done.reading} retry={() => again(type, done.reading)} />}
      {shown && <Rows {...shared} rows={rows} late={false} />}
      {shown && done.more && <p className="list-foot"><button type="button" onClick={done.more}>{texts.list.more}</button></p>}
    </section>
  );
}

function Rows({ rows, late, type, tasks, going, doing }: Shared & { rows: readonly Rec[]; late: boolean }) {
  if (rows.length === 0) return null;
  return (
    <ul className="tasks">
      {rows.map((record) => {
        const state = going[record.id];
        return (
          <TaskRow
            key={record.id}
            type={type}
            tasks={tasks}
            record={record}
            late={late}
            busy={state === "busy"}
            trouble={state === "busy" ? undefined : state}
            doing={doing}
          />
        );
      })}
    </ul>
  );
}

function Nothing() {
  const mayWrite = useRight("write") === true;
  return (
    <div className="empty">
      <h2>{words.nothing}</h2>
      {mayWrite && <p>{words.nothingHint}</p>}
      {mayWrite && <SampleOffer />}
    </div>
  );
}

function again(type: TypeDescriptor, reading: Listed["reading"]): void {
  // A cursor of a list that was rebuilt leads nowhere: start again.
  if (isProblem(reading.error, "cursor-gone")) void client.resetQueries({ queryKey: ["list", type.plural] });
  else void reading.refetch();
}

function keysOf(rows: readonly Rec[], doing: Shared["doing"]): Shortcut[] {
  const find: Shortcut = { key: "/", label: words.keys.find, perform: () => document.querySelector<HTMLElement>("[data-find]")?.focus() };
  if (!doing) return [find];
  const tick = (id: string | undefined) => {
    const record = rows.find((row) => row.id === id);
    if (record) doing.tick(record);
  };
  const edit = (id: string | undefined) => { if (id !== undefined) doing.edit(id); };
  return [
    { key: "x", label: words.keys.complete, perform: tick },
    { key: "e", label: texts.keys.edit, perform: edit },
    { key: "n", label: words.keys.add, perform: () => document.querySelector<HTMLElement>("[data-quick-add]")?.focus() },
    find,
  ];
}
