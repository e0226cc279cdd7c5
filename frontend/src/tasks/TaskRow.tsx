// One thing to be done: its box, what it is, when it is due, who does it and what it is about.

import { memo } from "react";
import { Link } from "wouter";
import { Failure } from "../api/Failure";
import type { Field, TypeDescriptor } from "../api/generated";
import { texts } from "../lib/texts";
import { RecordLink, recordPath } from "../records/Names";
import { FieldValue } from "../records/FieldValue";
import { type Rec, type Tasks, titleOf } from "../records/descriptor";
import { InlineField } from "./InlineField";
import { words } from "./words";

/** What became of the last thing that was done to a row, where it is not simply done. */
export type Trouble = { error: unknown; again: () => void };

/** What can be done to a row; absent for those who may not write. */
export type Doing = {
  tick: (record: Rec) => void;
  change: (record: Rec, field: Field, value: unknown) => void;
  edit: (id: string) => void;
};

/** The row. */
export const TaskRow = memo(function TaskRow({ type, tasks, record, late, busy, trouble, doing }: {
  type: TypeDescriptor;
  tasks: Tasks;
  record: Rec;
  /** Whether its day has passed. */
  late: boolean;
  busy: boolean;
  trouble: Trouble | undefined;
  doing: Doing | undefined;
}) {
  const title = titleOf(type, record);
  const done = record.status === tasks.done;
  const box = words.box((done ? tasks.reopen : tasks.complete).label, title);
  const about = tasks.about && record[tasks.about.name];
  return (
    <li className="task" data-row={record.id} aria-busy={busy}>
      <div className="task-line">
        {doing && <input type="checkbox" aria-label={box} checked={done !== busy} aria-disabled={busy} onChange={() => { if (!busy) doing.tick(record); }} />}
        <Link className={done ? "task-title done" : "task-title"} href={recordPath(type.plural, record.id)}>{title}</Link>
        <div className="task-about">
          {[tasks.due, tasks.assignee].map((field) => (
            <div key={field.name} className={late && field === tasks.due ? `task-${field.kind} late` : `task-${field.kind}`}>
              {doing && !done
                ? <InlineField field={field} title={title} value={record[field.name]} save={(value) => doing.change(record, field, value)} />
                : <FieldValue field={field} value={record[field.name]} place="list" />}
            </div>
          ))}
          <div className="task-reference">{tasks.about && typeof about === "string" && <RecordLink to={tasks.about.to ?? ""} id={about} />}</div>
        </div>
        {doing && !done && <button type="button" className="quiet task-edit" aria-label={words.edit(title)} onClick={() => doing.edit(record.id)}>{texts.record.edit}</button>}
      </div>
      {trouble && <Failure error={trouble.error} right="write" title={words.notSaved(title)} retry={trouble.again} />}
    </li>
  );
});
