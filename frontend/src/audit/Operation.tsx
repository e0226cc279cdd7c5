// All that one operation caused, as a tree: each change under the one that caused it.

import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { Failure } from "../api/Failure";
import type { CommitItem, TypeDescriptor } from "../api/generated";
import { utcTime } from "../lib/format";
import { Actor, RecordName, ofType } from "./CommitList";
import { isSelected, operationQuery, selectionFor } from "./data";
import { type Selection, auditPath, changed, selectedText } from "./filters";
import { verbs } from "./labels";
import { type Branch, treeOf } from "./tree";
import { momentTime } from "./when";
import { words } from "./words";

type Shared = { types: readonly TypeDescriptor[]; params: URLSearchParams; selection: Selection };

/** The tree; nothing for a change that stands by itself. */
export function Operation({ id, ...shared }: Shared & { id: string }) {
  const operation = useQuery(operationQuery(id));
  if (operation.isError) return <Failure error={operation.error} right="audit" retry={() => void operation.refetch()} />;
  const { items = [], isWhole = true } = operation.data ?? {};
  if (items.length < 2) return null;
  return (
    <section aria-labelledby="operation" className="audit-operation">
      <h3 id="operation">{words.beside.operation}</h3>
      <p className="muted">{words.beside.operationCount(items.length)}</p>
      <Branches branches={treeOf(items)} {...shared} />
      {!isWhole && <p className="muted">{words.beside.operationMore}</p>}
    </section>
  );
}

function Branches({ branches, ...shared }: Shared & { branches: readonly Branch<CommitItem>[] }) {
  const { params, types, selection } = shared;
  return (
    <ul className="tree">
      {branches.map(({ item, caused }) => (
        <li key={item.commit_id}>
          <Link href={auditPath(changed(params, { selected: selectedText(selectionFor(item)) }))} aria-current={isSelected(item, selection) ? "true" : undefined}>
            <Actor item={item} /> {verbs(item.events)} <RecordName item={item} />
          </Link>
          <span className="muted tree-about">{ofType(types, item)} · <time dateTime={item.recorded_at} title={utcTime(item.recorded_at)}>{momentTime(item.recorded_at)}</time></span>
          {caused.length > 0 && <Branches branches={caused} {...shared} />}
        </li>
      ))}
    </ul>
  );
}
