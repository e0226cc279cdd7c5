// What the operator's pages read, how often they read it again, and what they order.

import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { call } from "../api/call";
import { client } from "../api/client";
import type { Operations } from "../api/generated";
import { ProblemError } from "../api/problem";
import { send } from "../api/send";
import { hasEnded, pollEvery } from "./measure";
import { type Readings, withReadings } from "./readings";
import type { Alarm, LogState, ParkedPage, Rebuild, Replay, View } from "./shapes";

/** Readings of the lag are kept this long while no page asks for them, in ms. */
const READINGS_KEPT_MS = 10 * 60_000;
/** What a page of the history of one view looks through at most, in pages. */
const HISTORY_PAGES_MAX = 5;
/** How many rebuilds a page shows. */
const SHOWN_STEP = 20;

type Watched = { state: { data?: unknown; error: unknown } };

/** When what does not move by itself is read again. Nobody looks at a hidden page: there it stops. */
function slowly(query: Watched): number {
  return pollEvery(false, query.state.error, Date.now());
}

/** Every view, with how its lag went lately. */
export const viewsQuery = queryOptions({
  queryKey: ["operations", "views"] as const,
  queryFn: async ({ signal, queryKey }): Promise<{ items: View[]; readings: Readings }> => {
    const { items } = await call("list_views", { signal });
    const before = client.getQueryData<{ readings: Readings }>(queryKey)?.readings ?? {};
    return { items, readings: withReadings(before, items) };
  },
  // Each answer is a reading, also one that says the same.
  structuralSharing: false,
  gcTime: READINGS_KEPT_MS,
  refetchInterval: slowly,
});

/** One view; read often while something is being built for it. */
export function viewQuery(view: string) {
  return queryOptions({
    queryKey: ["operations", "view", view] as const,
    queryFn: ({ signal }): Promise<View> => call("read_view", { path: { view }, signal }),
    refetchInterval: (query) => pollEvery(query.state.data?.rebuild !== undefined, query.state.error, Date.now()),
  });
}

/** One rebuild with its segments and differences; read often until it has ended. */
export function rebuildQuery(id: string) {
  return queryOptions({
    queryKey: ["operations", "rebuild", id] as const,
    queryFn: ({ signal }): Promise<Rebuild> => call("read_rebuild", { path: { id }, signal }),
    refetchInterval: (query) => {
      const { data, error } = query.state;
      return data && hasEnded(data) ? false : pollEvery(data !== undefined && !data.paused, error, Date.now());
    },
  });
}

/** A page of rebuilds, the newest first; of one view those that the next pages of the API hold. */
export function rebuildsQuery(view: string | undefined) {
  return infiniteQueryOptions({
    queryKey: ["operations", "rebuilds", view ?? ""] as const,
    queryFn: async ({ pageParam, signal }): Promise<{ items: Rebuild[]; next_cursor?: string | undefined }> => {
      const items: Rebuild[] = [];
      let cursor = pageParam;
      for (let page = 0; page < HISTORY_PAGES_MAX && items.length < SHOWN_STEP; page += 1) {
        const found: Operations["list_rebuilds"]["answer"] = await call("list_rebuilds", { query: { cursor, limit: String(SHOWN_STEP) }, signal });
        items.push(...found.items.filter((each) => view === undefined || each.view === view));
        cursor = found.next_cursor;
        if (!cursor) break;
      }
      return { items, next_cursor: cursor };
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor,
    refetchInterval: (query) => {
      const isMoving = (query.state.data?.pages ?? []).some((page) => page.items.some((each) => !hasEnded(each)));
      return isMoving ? slowly(query) : false;
    },
  });
}

/** What is parked, page by page; of one view or of all. */
export function parkedQuery(view: string | undefined) {
  return infiniteQueryOptions({
    queryKey: ["operations", "parked", view ?? ""] as const,
    queryFn: ({ pageParam, signal }): Promise<ParkedPage> => call("list_parked", { query: { view, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor,
    refetchInterval: slowly,
  });
}

/** What the mappings put aside. */
export const failuresQuery = infiniteQueryOptions({
  queryKey: ["operations", "failures"] as const,
  queryFn: ({ pageParam, signal }) => call("list_failures", { query: { cursor: pageParam }, signal }),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (last) => last.next_cursor,
  refetchInterval: slowly,
});

/** What operators must hear of, newest first. */
export const alarmsQuery = queryOptions({
  queryKey: ["operations", "alarms"] as const,
  queryFn: async ({ signal }): Promise<Alarm[]> => (await call("list_desk_alarms", { signal })).items,
  refetchInterval: slowly,
});

/** Whether the log is open. */
export const logQuery = queryOptions({
  queryKey: ["operations", "log"] as const,
  queryFn: ({ signal }): Promise<LogState> => call("read_log", { signal }),
  refetchInterval: slowly,
});

/** Whether a replay goes on. */
export function isMoving({ state }: Pick<Replay, "state">): boolean {
  return state === "counting" || state === "running";
}

/** Replays and their counts, newest first. */
export const replaysQuery = infiniteQueryOptions({
  queryKey: ["operations", "replays"] as const,
  queryFn: ({ pageParam, signal }) => call("list_replays", { query: { cursor: pageParam }, signal }),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (last) => last.next_cursor,
  refetchInterval: (query) => {
    const moving = (query.state.data?.pages ?? []).some((page) => page.items.some(isMoving));
    return moving ? pollEvery(true, query.state.error, Date.now()) : false;
  },
});

/** One replay; read often until it has ended. */
export function replayQuery(id: string) {
  return queryOptions({
    queryKey: ["operations", "replay", id] as const,
    queryFn: ({ signal }): Promise<Replay> => call("read_replay", { path: { id }, signal }),
    refetchInterval: (query) => (query.state.data && !isMoving(query.state.data) ? false : pollEvery(true, query.state.error, Date.now())),
  });
}

/** The verbs of operators: each is an order with a reason. */
type Verb = {
  [N in keyof Operations]: Operations[N]["body"] extends { reason: string } ? N : never;
}[keyof Operations];

/**
 * Orders something, once for each key, and reads anew whatever it may have changed: also when it was refused
 * because things are not as they were shown.
 */
export async function order<N extends Verb>(name: N, input: { path?: Operations[N]["path"]; body: Operations[N]["body"] }, key: string): Promise<Operations[N]["answer"]> {
  try {
    const answer = await send(name, { ...input, headers: { "Idempotency-Key": key } as Partial<Operations[N]["headers"]> });
    await anew();
    return answer;
  } catch (error) {
    if (error instanceof ProblemError && [404, 409].includes(error.status)) void anew();
    throw error;
  }
}

function anew(): Promise<void> {
  return client.invalidateQueries({ queryKey: ["operations"] });
}
