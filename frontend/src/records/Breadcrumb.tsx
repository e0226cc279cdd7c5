// Where a page of a record stands: its list, the record, and perhaps a page of its own.

import { Link } from "wouter";
import type { TypeDescriptor } from "../api/generated";
import { texts } from "../lib/texts";

/** The way to here; `record` is the record above this page, where this is not its own. */
export function Breadcrumb({ type, record, here }: { type: TypeDescriptor; record?: { title: string; path: string }; here: string }) {
  return (
    <nav aria-label={texts.record.breadcrumb} className="breadcrumb">
      <ol>
        <li><Link href={`/r/${type.plural}`}>{type.plural_label}</Link></li>
        {record && <li><Link href={record.path}>{record.title}</Link></li>}
        <li aria-current="page">{here}</li>
      </ol>
    </nav>
  );
}
