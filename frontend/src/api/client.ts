// The cache of what the service answered, and what everybody asks it: types, counts, who I am, names.

import { QueryClient, queryOptions, useQuery } from "@tanstack/react-query";
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

/** Everybody who has signed in to this workspace, by id. */
export const peopleQuery = queryOptions({
  queryKey: ["names"],
  queryFn: async ({ signal }): Promise<ReadonlyMap<string, string>> => {
    const people = new Map<string, string>();
    let cursor: string | undefined;
    for (let page = 0; page < PEOPLE_PAGES_MAX; page += 1) {
      const found = await call("list_records", { path: { plural: "people" }, query: { limit: "100", cursor }, signal });
      for (const person of found.items) {
        const name = (person as { display_name?: unknown }).display_name;
        if (typeof name === "string") people.set(person.id, name);
      }
      cursor = found.next_cursor;
      if (!cursor) break;
    }
    return people;
  },
  staleTime: 60_000,
});

/** Whether I have a right; `undefined` while that is not known. */
export function useRight(right: Right): boolean | undefined {
  const me = useQuery(meQuery).data;
  return me && me.rights.some((held) => held === right);
}

/** How people are called. */
export function usePersonName(): (id: string, otherwise?: string) => string {
  const me = useQuery(meQuery).data;
  const people = useQuery({ ...peopleQuery, enabled: me?.rights.includes("read") === true }).data;
  return (id, otherwise) => {
    const own = me?.id === id ? me.person?.display_name : undefined;
    return own ?? people?.get(id) ?? otherwise ?? texts.someone(id);
  };
}

/** Whether the answer was that there is no such thing. */
export function isMissing(error: unknown): boolean {
  return error instanceof ProblemError && error.status === 404;
}
