// How people and records are called where only their ids are known.

import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { typesQuery, usePersonName } from "../api/client";
import { recordQuery } from "./data";
import { titleOf } from "./descriptor";

/** Titles of other records are this fresh, in ms: they change seldom. */
const TITLE_STALE_MS = 60_000;

/** A person's name. */
export function PersonName({ id, otherwise }: { id: string; otherwise?: string | undefined }) {
  const nameOf = usePersonName();
  return <>{nameOf(id, otherwise)}</>;
}

/** What a record of a type is called; its id until that is known, and when it is not there. */
export function useRecordTitle(typeName: string, id: string): { title: string; plural: string | undefined } {
  const type = useQuery(typesQuery).data?.find((candidate) => candidate.name === typeName);
  const query = recordQuery(type?.plural ?? "", id);
  const record = useQuery({ ...query, enabled: type !== undefined && id !== "", staleTime: TITLE_STALE_MS }).data;
  return { title: type && record ? titleOf(type, record) : id, plural: type?.plural };
}

/** A link to another record, by its title. */
export function RecordLink({ to, id }: { to: string; id: string }) {
  const { title, plural } = useRecordTitle(to, id);
  return plural ? <Link href={recordPath(plural, id)}>{title}</Link> : <>{title}</>;
}

/** Where a record is shown. */
export function recordPath(plural: string, id: string): string {
  return `/r/${encodeURIComponent(plural)}/${encodeURIComponent(id)}`;
}
