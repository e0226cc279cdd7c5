// Which records a list shows, and in which order.

import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { countsQuery, meQuery, peopleQuery } from "../api/client";
import type { TypeDescriptor } from "../api/generated";
import { count } from "../lib/format";
import { texts } from "../lib/texts";
import { ME, changedParams, chipsOf } from "./filters";

/** The filters of a list; `change` gets what is to be changed in the URL. */
export function Filters({ type, params, change }: {
  type: TypeDescriptor;
  params: URLSearchParams;
  change: (changes: { [name: string]: string }) => void;
}) {
  // People own themselves: nothing to choose.
  const hasOwners = type.keeping === "editors";
  return (
    <div className="filters">
      <Chips type={type} params={params} />
      {hasOwners && <OwnerFilter owner={params.get("owner") ?? ""} change={(owner) => change({ owner })} />}
      <label className="filter">
        <span>{texts.list.order}</span>
        <select value={params.get("sort") ?? ""} onChange={(event) => change({ sort: event.target.value })}>
          <option value="">{texts.list.newest}</option>
          <option value="changed_at">{texts.list.oldest}</option>
        </select>
      </label>
    </div>
  );
}

/** Whose records are shown. */
export function OwnerFilter({ owner, change }: { owner: string; change: (owner: string) => void }) {
  const me = useQuery(meQuery).data;
  const mayRead = me?.rights.includes("read") === true;
  const people = useQuery({ ...peopleQuery, enabled: mayRead }).data;
  // Those who left may still own something.
  const others = [...(people ?? [])].filter(([id]) => id !== me?.id).sort(([, a], [, b]) => a.name.localeCompare(b.name));
  const isListed = owner === "" || owner === ME || others.some(([id]) => id === owner);
  return (
    <label className="filter">
      <span>{texts.list.owner}</span>
      <select value={owner} onChange={(event) => change(event.target.value)}>
        <option value="">{texts.list.anyone}</option>
        <option value={ME}>{texts.list.me}</option>
        {!isListed && <option value={owner}>{texts.someone(owner)}</option>}
        {others.map(([id, { name }]) => <option key={id} value={id}>{name}</option>)}
      </select>
    </label>
  );
}

function Chips({ type, params }: { type: TypeDescriptor; params: URLSearchParams }) {
  const mayRead = useQuery(meQuery).data?.rights.includes("read") === true;
  const counts = useQuery({ ...countsQuery, enabled: mayRead }).data?.[type.name];
  const chosen = params.get("status") ?? "";
  const chips = chipsOf(type, texts.list.current);
  if (chips.length === 0) return null;
  return (
    <nav aria-label={texts.list.status} className="chips">
      {chips.map((chip) => {
        const query = changedParams(params, { status: chip.status }).toString();
        const number = counts && chip.counted.reduce((sum, name) => sum + (counts[name] ?? 0), 0);
        return (
          <Link
            key={chip.label}
            className="chip"
            href={query ? `/r/${type.plural}?${query}` : `/r/${type.plural}`}
            aria-current={chip.status === chosen ? "true" : undefined}
          >
            {chip.label}{number !== undefined && <span className="chip-count"> {count(number)}</span>}
          </Link>
        );
      })}
    </nav>
  );
}
