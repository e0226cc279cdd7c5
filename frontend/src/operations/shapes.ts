// What the API tells operators, by the names that these screens use.

import type { Operations } from "../api/generated";

type Answer<N extends keyof Operations> = Operations[N]["answer"];

/** A view: which generations of it there are, how far behind it is, and what may be done with it now. */
export type View = Answer<"read_view">;
/** One generation of a view. */
export type Generation = View["active"];
/** A rebuild, a dry run, a verification, a repair or a pass over a view. */
export type Rebuild = Answer<"read_rebuild">;
export type Segment = NonNullable<Rebuild["segments"]>[number];
export type Difference = NonNullable<Rebuild["differences"]>[number];
/** A page of records that are parked, and how many there are of each error. */
export type ParkedPage = Answer<"list_parked">;
export type Parked = ParkedPage["items"][number];
export type ParkedGroup = ParkedPage["groups"][number];
/** What a mapping could not deliver and put aside. */
export type Failed = Answer<"list_failures">["items"][number];
export type Alarm = Answer<"list_desk_alarms">["items"][number];
export type Replay = Answer<"read_replay">;
export type LogState = Answer<"read_log">;
export type Actor = Rebuild["requested_by"];

/** What is asked of a rebuild. */
export type RebuildOrder = Omit<Operations["rebuild_view"]["body"], "reason">;
export type RepairOrder = Omit<Operations["repair_view"]["body"], "reason">;
export type ReplayOrder = Omit<Operations["start_replay"]["body"], "reason" | "dry_run">;
