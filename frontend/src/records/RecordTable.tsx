// Records in rows: on a phone the same table is laid out as cards. The roles are written out, because a
// table that is laid out otherwise is none to browsers any more.

import { memo } from "react";
import { Link } from "wouter";
import type { TypeDescriptor } from "../api/generated";
import { isEmpty } from "../lib/json";
import { texts } from "../lib/texts";
import { Ago } from "../ui/Time";
import { FieldValue } from "./FieldValue";
import { PersonName, recordPath } from "./Names";
import { StatusBadge } from "./StatusBadge";
import type { Column } from "./columns";
import { type Rec, titleOf } from "./descriptor";

/** Which rows are selected, for those who may do something with them. */
export type Selection = { ids: ReadonlySet<string>; toggle: (id: string) => void; all: (on: boolean) => void };

/** The table; `busy` while what is shown belongs to another filter. */
export function RecordTable({ type, rows, columns, busy, selection }: {
  type: TypeDescriptor;
  rows: readonly Rec[];
  columns: readonly Column[];
  busy: boolean;
  selection?: Selection | undefined;
}) {
  const title = type.fields.find((field) => field.name === type.title);
  const selected = rows.filter((record) => selection?.ids.has(record.id)).length;
  return (
    <div className="table-frame" aria-busy={busy}>
      <table className="records" role="table">
        <caption className="visually-hidden">{type.plural_label}</caption>
        <thead role="rowgroup">
          <tr role="row">
            {selection && (
              <th scope="col" role="columnheader" className="select-cell">
                <input
                  type="checkbox"
                  aria-label={texts.list.selectAll}
                  checked={selected === rows.length}
                  ref={(box) => { if (box) box.indeterminate = selected > 0 && selected < rows.length; }}
                  onChange={(event) => selection.all(event.target.checked)}
                />
              </th>
            )}
            <th scope="col" role="columnheader">{title?.label ?? type.label}</th>
            {columns.map(({ name, label }) => <th key={name} scope="col" role="columnheader">{label}</th>)}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((record) => (
            <Row key={record.id} type={type} columns={columns} record={record} selected={selection?.ids.has(record.id)} toggle={selection?.toggle} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

const Row = memo(function Row({ type, columns, record, selected, toggle }: {
  type: TypeDescriptor;
  columns: readonly Column[];
  record: Rec;
  selected: boolean | undefined;
  toggle: ((id: string) => void) | undefined;
}) {
  const title = titleOf(type, record);
  return (
    <tr role="row" data-row={record.id} className={selected ? "selected" : undefined}>
      {toggle && (
        <td role="cell" className="select-cell">
          <input type="checkbox" aria-label={texts.list.select(title)} checked={selected === true} onChange={() => toggle(record.id)} />
        </td>
      )}
      <th scope="row" role="rowheader"><Link href={recordPath(type.plural, record.id)}>{title}</Link></th>
      {columns.map((column) => <Cell key={column.name} type={type} column={column} record={record} />)}
    </tr>
  );
}, (before, after) =>
  before.record === after.record && before.columns === after.columns && before.type === after.type && before.selected === after.selected && before.toggle === after.toggle);

function Cell({ type, column, record }: { type: TypeDescriptor; column: Column; record: Rec }) {
  const { name, label, field } = column;
  if (field) {
    return (
      <td role="cell" data-label={label} className={isEmpty(record[name]) ? "no-value" : `cell-${field.kind}`}>
        <FieldValue field={field} value={record[name]} place="list" />
      </td>
    );
  }
  if (name === "@status") return <td role="cell" data-label={label}><StatusBadge type={type} status={record.status} /></td>;
  if (name === "@owner") {
    const { owner } = record;
    return <td role="cell" data-label={label} className={owner ? "cell-person" : "no-value"}>{owner ? <PersonName id={owner} /> : texts.none}</td>;
  }
  const [at, by] = name === "@created" ? [record.created_at, record.created_by] : [record.changed_at, record.changed_by];
  return (
    <td role="cell" data-label={label} className="last-change">
      <Ago at={at} /> <span className="muted">{texts.list.by("")}<PersonName id={by} /></span>
    </td>
  );
}
