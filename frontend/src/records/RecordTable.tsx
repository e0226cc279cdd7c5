// Records in rows: on a phone the same table is laid out as cards. The roles are written out, because a
// table that is laid out otherwise is none to browsers any more.

import { memo } from "react";
import { Link } from "wouter";
import type { Field, TypeDescriptor } from "../api/generated";
import { isEmpty } from "../lib/json";
import { texts } from "../lib/texts";
import { Ago } from "../ui/Time";
import { FieldValue } from "./FieldValue";
import { PersonName, recordPath } from "./Names";
import { StatusBadge } from "./StatusBadge";
import { type Rec, titleOf } from "./descriptor";

/** The table; `busy` while what is shown belongs to another filter. */
export function RecordTable({ type, rows, busy }: { type: TypeDescriptor; rows: readonly Rec[]; busy: boolean }) {
  const fields = type.fields.filter((field) => field.listed && field.name !== type.title);
  const title = type.fields.find((field) => field.name === type.title);
  const hasStatuses = type.statuses.length > 1;
  return (
    <div className="table-frame" aria-busy={busy}>
      <table className="records" role="table">
        <caption className="visually-hidden">{type.plural_label}</caption>
        <thead role="rowgroup">
          <tr role="row">
            <th scope="col" role="columnheader">{title?.label ?? type.label}</th>
            {fields.map((field) => <th key={field.name} scope="col" role="columnheader">{field.label}</th>)}
            {hasStatuses && <th scope="col" role="columnheader">{texts.list.status}</th>}
            <th scope="col" role="columnheader">{texts.list.lastChange}</th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((record) => <Row key={record.id} type={type} fields={fields} record={record} hasStatuses={hasStatuses} />)}
        </tbody>
      </table>
    </div>
  );
}

const Row = memo(function Row({ type, fields, record, hasStatuses }: {
  type: TypeDescriptor;
  fields: readonly Field[];
  record: Rec;
  hasStatuses: boolean;
}) {
  return (
    <tr role="row">
      <th scope="row" role="rowheader"><Link href={recordPath(type.plural, record.id)}>{titleOf(type, record)}</Link></th>
      {fields.map((field) => (
        <td role="cell" key={field.name} data-label={field.label} className={isEmpty(record[field.name]) ? "no-value" : `cell-${field.kind}`}>
          <FieldValue field={field} value={record[field.name]} place="list" />
        </td>
      ))}
      {hasStatuses && <td role="cell" data-label={texts.list.status}><StatusBadge type={type} status={record.status} /></td>}
      <td role="cell" data-label={texts.list.lastChange} className="last-change">
        <Ago at={record.changed_at} /> <span className="muted">{texts.list.by("")}<PersonName id={record.changed_by} /></span>
      </td>
    </tr>
  );
}, (before, after) => before.record === after.record && before.fields.length === after.fields.length && before.type === after.type);
