// What is asked for, told in words: one chip for each part, which can be taken out where that makes sense.

import { usePersonName } from "../api/client";
import type { TypeDescriptor } from "../api/generated";
import { useRecordTitle } from "../records/Names";
import { type Asked, type AuditFilter, ME, recordOf } from "./filters";
import { actionLabel, fieldLabel, typeLabel } from "./labels";
import { timeAsked } from "./when";
import { words } from "./words";

type Chip = { label: string; value: string; parts: readonly Asked[] };

/** The chips; `remove` takes parts out of the filter. */
export function AskedFor({ filter, types, remove }: {
  filter: AuditFilter;
  types: readonly TypeDescriptor[];
  remove?: (parts: readonly Asked[]) => void;
}) {
  const chips = useChips(filter, types);
  if (chips.length === 0) return null;
  return (
    <ul className="asked" aria-label={words.filter.chosen}>
      {chips.map(({ label, value, parts }) => (
        <li key={label} className="tag">
          <span className="muted">{label}</span> {value}
          {remove && <button type="button" aria-label={words.filter.without(`${label} ${value}`)} onClick={() => remove(parts)}>×</button>}
        </li>
      ))}
    </ul>
  );
}

function useChips(filter: AuditFilter, types: readonly TypeDescriptor[]): Chip[] {
  const nameOf = usePersonName();
  const record = recordOf(filter.record ?? "");
  const { title } = useRecordTitle(record?.type ?? "", record?.id ?? "");
  const names = words.filter;
  const chip = (label: string, value: string | undefined, ...parts: Asked[]): Chip[] => (value === undefined ? [] : [{ label, value, parts }]);
  const { actor, type, action, field, since, until } = filter;
  return [
    ...chip(names.when, timeAsked(since, until), "since", "until"),
    ...chip(names.actor, actor && (actor === ME ? names.me : nameOf(actor)), "actor"),
    ...chip(names.type, type && typeLabel(types, type), "type"),
    ...chip(names.action, action && actionLabel(types, action), "action"),
    ...chip(names.field, field && fieldLabel(types, type, field), "field"),
    ...chip(names.record, record && `${typeLabel(types, record.type)} ${title}`, "record"),
    ...chip(names.operation, filter.correlation_id, "correlation_id"),
  ];
}
