// The records of a type that were changed last: what is offered to be picked, and how most of what is
// shown elsewhere is called, read at once.

import { queryOptions, useQuery } from "@tanstack/react-query";
import { call } from "../api/call";
import { typesQuery } from "../api/client";
import { useRecordTitle } from "./Names";
import { type Rec, titleOf } from "./descriptor";

/** How long it is good enough, in ms. */
const STALE_MS = 30_000;

/** The latest hundred of a type that have not ended. */
export function latestQuery(plural: string) {
  return queryOptions({
    queryKey: ["latest", plural] as const,
    queryFn: async ({ signal }): Promise<Rec[]> => (await call("list_records", { path: { plural }, query: { limit: "100" }, signal })).items,
    staleTime: STALE_MS,
  });
}

/** What a record is called, where many are shown: only those that are not among the latest are read one by one. */
export function useTitleAmongMany(typeName: string, id: string): string {
  const type = useQuery(typesQuery).data?.find((candidate) => candidate.name === typeName);
  const latest = useQuery({ ...latestQuery(type?.plural ?? ""), enabled: type !== undefined });
  const record = latest.data?.find((candidate) => candidate.id === id);
  const { title } = useRecordTitle(typeName, record || (type && latest.isPending) ? "" : id);
  return type && record ? titleOf(type, record) : title || id;
}
