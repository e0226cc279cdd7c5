// The cache of what the service answered, and what everybody asks it: types, counts, who I am, names.

import { QueryClient, queryOptions, useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { texts } from "../lib/texts";
import { call } from "./call";
import type { Myself, TypeDescriptor } from "./generated";
import { ProblemError, isPassing } from "./problem";

/** A right that the service may grant. */
export type Right = keyof typeof texts.failure.rights;

/** The cache. What passes is tried three times; what the service refused is not asked again. */
export const client = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (failures, error) => failures < 2 && isPassing(error),
      retryDelay: (failures) => 400 * 2 ** failures,
      staleTime: 5_000,
      // Being offline is told by the failing call itself, with a way to try again.
      networkMode: "always",
    },
    mutations: { networkMode: "always", retry: false },
  },
});

/** The record types of this deployment. */
export const typesQuery = queryOptions({
  queryKey: ["types"],
  queryFn: async ({ signal }): Promise<TypeDescriptor[]> => (await call("list_types", { signal })).items,
  staleTime: 10 * 60_000,
});

/** Who I am here. */
export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: ({ signal }): Promise<Myself> => call("read_myself", { signal }),
  staleTime: 10 * 60_000,
});

/** Numbers of records by type and status, those of types of a newer build among them. */
export type Numbers = { readonly [type: string]: { readonly [status: string]: number | undefined } };

/** How many records there are, by type and status: about, for it follows the log. */
export const countsQuery = queryOptions({
  queryKey: ["counts"],
  queryFn: ({ signal }): Promise<Numbers> => call("count_records", { signal }),
});

/** The most pages of people that are read for their names. */
const PEOPLE_PAGES_MAX = 20;

/** Somebody who has been in this workspace; `here` as long as they are. */
export type Known = { name: string; here: boolean };

/** Everybody who has been in this workspace, by id: those who left are still named in timelines. */
export const peopleQuery = queryOptions({
  queryKey: ["names"],
  queryFn: async ({ signal }): Promise<ReadonlyMap<string, Known>> => {
    const types = await client.ensureQueryData(typesQuery);
    const statuses = types.find((type) => type.plural === "people")?.statuses ?? [];
    const people = new Map<string, Known>();
    for (const { name } of statuses.filter((status) => status.ended)) await readPeople(people, false, { status: name }, signal);
    await readPeople(people, true, {}, signal);
    return people;
  },
  staleTime: 60_000,
});

async function readPeople(into: Map<string, Known>, here: boolean, query: { status?: string }, signal: AbortSignal): Promise<void> {
  let cursor: string | undefined;
  for (let page = 0; page < PEOPLE_PAGES_MAX; page += 1) {
    const path = { plural: "people" };
    const found = await call("list_records", { path, query: { ...query, limit: "100", cursor }, signal });
    for (const person of found.items) {
      if ("display_name" in person) into.set(person.id, { name: person.display_name, here });
    }
    cursor = found.next_cursor;
    if (!cursor) break;
  }
}

/** Whether I have a right; `undefined` while that is not known. */
export function useRight(right: Right): boolean | undefined {
  const me = useQuery(meQuery).data;
  return me && me.rights.some((held) => held === right);
}

/** Whose names were not known when people were read, and were asked for once more. */
const askedFor = new Set<string>();

/** How people are called. */
export function usePersonName(): (id: string, otherwise?: string) => string {
  const me = useQuery(meQuery).data;
  const people = useQuery({ ...peopleQuery, enabled: me?.rights.includes("read") === true }).data;
  const strangers = useRef(new Set<string>());
  useEffect(() => {
    // Somebody may have come since people were read: it is asked once who they are.
    const unasked = [...strangers.current].filter((id) => !askedFor.has(id));
    if (unasked.length === 0) return;
    for (const id of unasked) askedFor.add(id);
    void client.invalidateQueries({ queryKey: peopleQuery.queryKey });
  });
  return (id, otherwise) => {
    const own = me?.id === id ? me.person?.display_name : undefined;
    if (own === undefined && people && !people.has(id)) strangers.current.add(id);
    return own ?? people?.get(id)?.name ?? otherwise ?? texts.someone(id);
  };
}

/** Whether the answer was that there is no such thing. */
export function isMissing(error: unknown): boolean {
  return error instanceof ProblemError && error.status === 404;
}
