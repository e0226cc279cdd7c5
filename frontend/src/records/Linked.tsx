// What belongs to a record: those of other types that refer to it, as to-dos do to their customer.
//
// The service has no list by what is referred to. So the list of the other type is gone through, the last
// change first, and it is told how far.

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { typesQuery, useRight } from "../api/client";
import type { Field, TypeDescriptor } from "../api/generated";
import { count } from "../lib/format";
import { texts } from "../lib/texts";
import { Skeleton } from "../ui/Skeleton";
import { CreateDialog } from "./CreateDialog";
import { FieldValue } from "./FieldValue";
import { Unread } from "./Freshness";
import { recordPath } from "./Names";
import { StatusBadge } from "./StatusBadge";
import { type Rec, filledIn, isAddable, statusOf, tasksOf, titleOf } from "./descriptor";
import { PAGE_MAX, useListed } from "./listed";

/** So many pages are gone through unasked. */
const PAGES_UNASKED = 2;

/** A section for each type that refers to this one. */
export function Linked({ type, record }: { type: TypeDescriptor; record: Rec }) {
  const types = useQuery(typesQuery).data ?? [];
  return types.flatMap((other) =>
    filledIn(other)
      .filter((field) => field.kind === "reference" && field.to === type.name && field.listed)
      .map((field) => <LinkedBy key={`${other.plural}/${field.name}`} type={type} record={record} other={other} field={field} />));
}

function LinkedBy({ type, record, other, field }: { type: TypeDescriptor; record: Rec; other: TypeDescriptor; field: Field }) {
  const mayAdd = useRight("write") === true && isAddable(other) && !statusOf(type, record.status).ended;
  const [adding, setAdding] = useState(false);
  const { rows, reading, more } = useListed(other, { sort: "-changed_at", limit: PAGE_MAX }, PAGES_UNASKED);
  const found = rows.filter((row) => row[field.name] === record.id);
  const due = tasksOf(other)?.due;
  const id = `linked-${other.plural}-${field.name}`;
  const label = texts.inSentence(other.plural_label);
  return (
    <section className="details linked" aria-labelledby={id}>
      <div className="linked-head">
        <h2 id={id}>{other.plural_label} {found.length > 0 && <span className="muted">{count(found.length)}</span>}</h2>
        {mayAdd && <button type="button" onClick={() => setAdding(true)}>{texts.list.new(texts.inSentence(other.label))}</button>}
      </div>
      {reading.isPending && !reading.isError && <Skeleton lines={2} />}
      <Unread reading={reading} retry={() => void reading.refetch()} />
      {found.length > 0 && (
        <ul className="linked-rows">
          {found.map((row) => (
            <li key={row.id}>
              <Link href={recordPath(other.plural, row.id)}>{titleOf(other, row)}</Link>
              <span className="muted">{due && row[due.name] !== undefined && <FieldValue field={due} value={row[due.name]} place="list" />}</span>
              <StatusBadge type={other} status={row.status} />
            </li>
          ))}
        </ul>
      )}
      {!reading.isPending && !reading.isError && !more && !reading.isFetching && found.length === 0 && <p className="muted">{texts.linked.none(label)}</p>}
      {more && (
        <p className="muted">
          {texts.linked.looked(count(rows.length), label)} <button type="button" className="link" onClick={more}>{texts.linked.further}</button>
        </p>
      )}
      {adding && <CreateDialog type={other} beside={{ values: { [field.name]: record.id }, draft: `+${record.id}` }} onClose={() => setAdding(false)} />}
    </section>
  );
}
