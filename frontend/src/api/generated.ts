// The API as TypeScript: written by scripts/generate-api.mjs from docs/openapi.json, never by hand.

/** What every path begins with. */
export const BASE = "/api/v1";

/** The fields of a record of whatever type. */
export type Fields = { readonly [name: string]: unknown };

/** What can be done with a record besides editing it. */
export type Action = {
  fields: Field[];
  /** The statuses in which it is offered. */
  from: string[];
  /** For people. */
  label: string;
  /** As in the path. */
  name: string;
  reason: "optional" | "required";
};

export type Actor = {
  /** Who acted; a person's record in `/people` has the same id. */
  id: string;
  kind: "app_user" | "service_account" | "system";
  /** How they were called then. */
  name?: string;
  /** For whom, where that was somebody else. */
  on_behalf_of?: string;
};

/** Something that an auditor must hear of. */
export type AlarmItem = {
  alarm: "tamper" | "diverged";
  /** A sentence for people. */
  detail: string;
  kind: "alarm";
  record?: RecordName;
  /** When it was noticed. */
  recorded_at: string;
  /** The version concerned. */
  version?: number;
};

export type AlarmPage = {
  items: AlarmItem[];
};

export type AuditItem = CommitItem | AlarmItem;

export type AuditPage = {
  /** Nothing that was recorded before this instant is missing here; absent as long as that cannot be said of any. */
  complete_through?: string;
  items: AuditItem[];
  next_cursor?: Cursor;
};

export type Blame = {
  items: Blamed[];
  /** The version whose fields these are. */
  version: number;
};

/** A field, and the change that made it what it is. */
export type Blamed = {
  actor: Actor;
  commit_id: string;
  /** A JSON Pointer. */
  path: string;
  /** Why, where that was said. */
  reason?: string;
  /** When it was recorded. */
  recorded_at: string;
  /** What it is. */
  value: unknown;
  /** The version that the change made. */
  version: number;
};

/** A field that is another one after the change. */
export type Change = {
  /** What it was; absent when it was not there. */
  from?: unknown;
  op: "add" | "replace" | "remove";
  /** A JSON Pointer (RFC 6901). */
  path: string;
  /** What it is; absent when it is gone. */
  to?: unknown;
};

/** One change: the events of one request. */
export type CommitItem = {
  /** The first event, with its type. */
  action: string;
  actor: Actor;
  /** What caused it, where that was said. */
  causation_id?: string;
  commit_id: string;
  /** The larger flow that it belongs to. */
  correlation_id: string;
  /** Since when it holds, where that is another instant. */
  effective_at?: string;
  /** The types of its events, each once. */
  events: string[];
  /** The fields that it changed, as JSON Pointers; absent where an earlier change cannot be read. */
  fields?: string[];
  /** The hash of the commit. */
  hash: string;
  kind: "commit";
  /** Why, where that was said. */
  reason?: string;
  record: RecordName;
  /** When it was recorded. */
  recorded_at: string;
  /** The version that it made. */
  version: number;
};

export type CorrelationPage = {
  /** Nothing that was recorded before this instant is missing here; absent as long as that cannot be said of any. */
  complete_through?: string;
  /** The flow. */
  correlation_id: string;
  items: CommitItem[];
  next_cursor?: Cursor;
};

export type Counts = {
  customer: {
    active?: number;
    archived?: number;
  };
  person: {
    active?: number;
    invited?: number;
    removed?: number;
  };
  todo: {
    completed?: number;
    dropped?: number;
    open?: number;
  };
};

/** Where the next page begins; absent at the end. Opaque. */
export type Cursor = string;

/** Customer. */
export type Customer = AnyRecord & ({
  address?: {
    city?: string;
    country?: string;
    line1?: string;
    line2?: string;
    postal_code?: string;
  };
  company?: string;
  email?: string;
  name: string;
  notes?: string;
  phone?: string;
  status?: "active" | "archived";
  tags?: string[];
  type?: "customer";
});

/** Customer, as lists show it. */
export type CustomerListed = AnyRecord & ({
  company?: string;
  email?: string;
  name: string;
  phone?: string;
  status?: "active" | "archived";
  tags?: string[];
  type?: "customer";
});

export type CustomerNew = {
  address?: {
    /** One line; not only spaces, and no control characters. */
    city?: string | null;
    /** One line; not only spaces, and no control characters. */
    country?: string | null;
    /** One line; not only spaces, and no control characters. */
    line1?: string | null;
    /** One line; not only spaces, and no control characters. */
    line2?: string | null;
    /** One line; not only spaces, and no control characters. */
    postal_code?: string | null;
  } | null;
  /** One line; not only spaces, and no control characters. */
  company?: string | null;
  /** An e-mail address. */
  email?: string | null;
  /** Left out, an id is chosen: by the `Idempotency-Key`, where there is one. */
  id?: string | null;
  /** One line; not only spaces, and no control characters. */
  name: string;
  /** Text with line breaks; not only spaces, and no other control characters. */
  notes?: string | null;
  /** A telephone number. */
  phone?: string | null;
  /** Why. Stored with the change and shown in the history; instead of `X-Change-Reason`. */
  reason?: string | null;
  /** Words; one that is repeated counts once. */
  tags?: string[] | null;
};

/** A page of a list: Customers. */
export type CustomerPage = {
  items: CustomerListed[];
  next_cursor?: Cursor;
};

/** A JSON merge patch (RFC 7386): what is left out stays, null clears. */
export type CustomerPatch = {
  /** What is left out stays as it is. */
  address?: {
    /** One line; not only spaces, and no control characters. */
    city?: string | null;
    /** One line; not only spaces, and no control characters. */
    country?: string | null;
    /** One line; not only spaces, and no control characters. */
    line1?: string | null;
    /** One line; not only spaces, and no control characters. */
    line2?: string | null;
    /** One line; not only spaces, and no control characters. */
    postal_code?: string | null;
  } | null;
  /** One line; not only spaces, and no control characters. */
  company?: string | null;
  /** An e-mail address. */
  email?: string | null;
  /** One line; not only spaces, and no control characters. */
  name?: string;
  /** Text with line breaks; not only spaces, and no other control characters. */
  notes?: string | null;
  /** A telephone number. */
  phone?: string | null;
  /** Why. Stored with the change and shown in the history; instead of `X-Change-Reason`. */
  reason?: string | null;
  /** Words; one that is repeated counts once. */
  tags?: string[] | null;
};

export type DeskAlarm = {
  /** When it was noticed. */
  at: string;
  /** A sentence for people. */
  detail: string;
  /** What it is about. */
  kind: "tamper" | "diverged" | "log_shortened" | "drift";
  record?: RecordRef;
  /** The workspace, where a record is concerned. */
  tenant?: string;
  /** The version concerned, where it is known. */
  version?: number;
};

export type DeskAlarms = {
  items: DeskAlarm[];
};

/** What is different between two versions. */
export type Diff = {
  changes: Change[];
  from: DiffSide;
  to: DiffSide;
};

export type DiffSide = {
  /** When that version was recorded. */
  recorded_at?: string;
  /** 0 before the record existed. */
  version: number;
};

export type Difference = {
  /** The names of what differs, never the contents. */
  detail: string;
  /** `lag`: only behind. `drift`: not what the fold says. `missing`: no row. `surplus`: a row of no record. `count`: numbers that do not agree. */
  kind: "lag" | "drift" | "missing" | "surplus" | "count";
  record?: RecordRef;
  /** The version concerned. */
  version?: number;
};

export type Export = {
  /** Bytes written so far. */
  bytes: number;
  /** Commits written so far. */
  commits: number;
  /** It holds what was recorded up to then. */
  complete_through: string;
  /** Why it was given up. */
  error?: string;
  /** Until when the files are kept. */
  expires_at?: string;
  filter: ExportFilter;
  /** `ndjson`: a line for each commit, with the stored text, to be verified. `csv`: a row for each change, for spreadsheets. */
  format: "ndjson" | "csv";
  /** The export's id, and that of the `access` record that tells of it. */
  id: string;
  /** Until when the links are good. */
  links_expire_at?: string;
  manifest?: ExportFile;
  /** The files, in their order. */
  parts: ExportPart[];
  /** How much of the time that it covers has been written. */
  progress: number;
  /** Why, where that was said. */
  reason?: string;
  /** When it was asked for. */
  requested_at: string;
  requested_by: Actor;
  /** Lines or rows written so far. */
  rows: number;
  /** `expired`: it was done, and its files are gone. */
  state: "queued" | "running" | "done" | "failed" | "expired";
  /** How many of them could not be read, and are told as such. */
  unreadable: number;
};

export type ExportFile = {
  name: string;
  /** Of the file's bytes. */
  sha256: string;
  /** Where it is read; absent while it is not there. */
  url?: string;
};

/** All that is given must fit; without any, every commit does. */
export type ExportFilter = {
  /** One of the commit's events. */
  action?: string;
  /** Who acted. */
  actor?: string;
  /** The larger flow. */
  correlation_id?: string;
  /** A JSON Pointer to a field, or to one that holds it. */
  field?: string;
  /** One record, by its type and id. */
  record?: string;
  /** From this instant on. */
  since?: string;
  /** A record type, by its name. */
  type?: string;
  /** Before this instant. */
  until?: string;
};

export type ExportPage = {
  items: Export[];
  next_cursor?: Cursor;
};

export type ExportPart = {
  /** Bytes. */
  bytes: number;
  /** Commits. */
  commits: number;
  name: string;
  /** Lines or rows, the header not counted. */
  rows: number;
  /** Of the file's bytes. */
  sha256: string;
  /** Where it is read; absent while it is not there. */
  url?: string;
};

export type ExportRequest = {
  filter?: ExportFilter;
  /** `ndjson`: a line for each commit, with the stored text, to be verified. `csv`: a row for each change, for spreadsheets. */
  format: "ndjson" | "csv";
  /** Why. Stored with the change and shown in the history; instead of `X-Change-Reason`. */
  reason?: string | null;
};

export type FailedBatch = {
  /** When it was given up. */
  at: string;
  /** When it was driven again. */
  driven_at?: string;
  /** When the first of them came into the stream. */
  first_at?: string;
  /** By which it is driven again. */
  key: string;
  /** When the last of them did. */
  last_at?: string;
  /** The function that gave it up. */
  mapping: "projector" | "publisher";
  /** Why it was given up, as AWS names it. */
  reason: string;
  /** How many records of the stream it holds. */
  records: number;
};

export type FailurePage = {
  items: FailedBatch[];
  next_cursor?: Cursor;
};

export type Field = {
  /** Of `group`: its fields. */
  fields?: Field[];
  /** What it holds. */
  kind: "line" | "text" | "email" | "phone" | "date" | "person" | "reference" | "tags" | "group";
  /** For people. */
  label: string;
  /** Whether lists show it. */
  listed: boolean;
  /** Of `line` and `text`, and of a word of `tags`: the most characters. */
  max?: number;
  /** Of `tags`: the most words. */
  max_items?: number;
  /** As in JSON. */
  name: string;
  /** There when nobody fills it in: it follows from what is done with the record. */
  read_only?: true;
  /** Whether a record cannot be without it. */
  required: boolean;
  /** Of `reference`: the type of the other record. */
  to?: string;
};

export type FieldError = {
  /** A sentence for people. */
  detail: string;
  /** A JSON Pointer (RFC 6901) into the request's body. */
  pointer: string;
};

export type Findings = {
  /** Commits hashed. */
  commits: number;
  /** Things that are not as they should be. */
  findings: number;
  /** Links between commits compared. */
  links: number;
  /** The gravest of what was found. */
  outcome: "clean" | "content" | "link" | "gap" | "key_mismatch" | "head";
  /** Records checked. */
  records: number;
};

export type Head = {
  /** The hash of the commit that made it. */
  hash: string;
  id: string;
  type: string;
  /** The newest version. */
  version: number;
};

export type HeadPage = {
  items: Head[];
  next_cursor?: Cursor;
};

export type Health = {
  /** The version of the service. */
  build: string;
  folds: {
    customer: string;
    person: string;
    todo: string;
  };
  /** The format in which changes are stored. */
  format: number;
  status: "ok";
};

export type HistoryEntry = HistoryItem | UnreadableItem;

/** One change: the events of one request. */
export type HistoryItem = {
  /** The first event, with its type. */
  action: string;
  actor: Actor;
  /** What caused it, where that was said. */
  causation_id?: string;
  /** What is different after it; absent where an earlier change cannot be read. */
  changes?: Change[];
  commit_id: string;
  /** The larger flow that it belongs to. */
  correlation_id: string;
  /** Since when it holds, where that is another instant. */
  effective_at?: string;
  events: StoredEvent[];
  hash: string;
  prev_hash: string;
  /** Why, where that was said. */
  reason?: string;
  /** When it was recorded. */
  recorded_at: string;
  /** Asked with `include=stored`: the text that is stored and hashed, byte for byte; redacted for those who may not audit. */
  stored?: string | Redacted;
  /** The version that it made. */
  version: number;
};

export type HistoryPage = {
  items: HistoryEntry[];
  next_cursor?: Cursor;
};

export type Invitation = {
  /** One line; not only spaces, and no control characters. */
  display_name?: string | null;
  /** An e-mail address. */
  email: string;
  /** Rights, by their groups. */
  groups?: ("viewers" | "editors" | "auditors" | "operators" | "admins")[] | null;
  /** Why. Stored with the change and shown in the history; instead of `X-Change-Reason`. */
  reason?: string | null;
};

/** A JSON Patch (RFC 6902) that makes the fields of one version those of the other. */
export type JsonPatch = ({
  op: "add" | "replace" | "remove";
  path: string;
  /** Absent with `remove`. */
  value?: unknown;
})[];

export type Log = {
  /** The rebuilds by which it is recovered. */
  recovery?: string[];
  /** Since when it is closed. */
  since?: string;
  /** `closed`: nothing is written. */
  state: "open" | "closed";
  /** Everything recorded before has been verified to be in the views. */
  verified_through?: string;
  /** Why it is closed. */
  why?: string;
};

export type Myself = {
  /** The caller's id, as in `owner`, `created_by` and `actor`. */
  id: string;
  /** Whether it is the caller's own, because they belong to no organisation. */
  own_workspace: boolean;
  person?: Person;
  rights: ("read" | "write" | "audit" | "operate" | "administer")[];
  /** The workspace. */
  tenant: string;
};

export type ParkedGroup = {
  /** The error. */
  error: string;
  /** How many records stopped with it. */
  records: number;
};

export type ParkedPage = {
  /** How many there are with each error, the most frequent first. */
  groups: ParkedGroup[];
  items: ParkedRecord[];
  next_cursor?: Cursor;
};

export type ParkedRecord = {
  /** The build that tried last. */
  build: string;
  /** `newer_build`: it passes with an update. */
  cause: "poison" | "newer_build";
  /** What went wrong, without contents. */
  error: string;
  /** When it was parked. */
  first_at: string;
  /** The generation that cannot follow. */
  generation: number;
  /** When it was last tried. */
  last_at: string;
  record: RecordRef;
  skipped?: {
    /** When. */
    at: string;
    /** Who, by id. */
    by: string;
    /** Why. */
    reason: string;
  };
  /** The workspace. */
  tenant: string;
  /** How often it was tried. */
  tries: number;
  /** The version at which it stopped. */
  version: number;
  view: string;
};

export type PeopleRights = {
  items: PersonRights[];
};

/** Person. */
export type Person = AnyRecord & ({
  display_name: string;
  email?: string;
  groups?: string[];
  locale?: string;
  status?: "invited" | "active" | "removed";
  time_zone?: string;
  type?: "person";
});

/** Person, as lists show it. */
export type PersonListed = AnyRecord & ({
  display_name: string;
  email?: string;
  status?: "invited" | "active" | "removed";
  type?: "person";
});

export type PersonNew = {
  /** One line; not only spaces, and no control characters. */
  display_name: string;
  /** An e-mail address. */
  email?: string | null;
  /** One line; not only spaces, and no control characters. */
  locale?: string | null;
  /** One line; not only spaces, and no control characters. */
  time_zone?: string | null;
};

/** A page of a list: People. */
export type PersonPage = {
  items: PersonListed[];
  next_cursor?: Cursor;
};

/** A JSON merge patch (RFC 7386): what is left out stays, null clears. */
export type PersonPatch = {
  /** One line; not only spaces, and no control characters. */
  display_name?: string;
  /** An e-mail address. */
  email?: string | null;
  /** One line; not only spaces, and no control characters. */
  locale?: string | null;
  /** One line; not only spaces, and no control characters. */
  time_zone?: string | null;
};

/** Somebody of the workspace, and what they may do there. */
export type PersonRights = {
  /** How they call themselves. */
  display_name?: string;
  email: string;
  groups: ("viewers" | "editors" | "auditors" | "operators" | "admins")[];
  /** The person's id. */
  id: string;
  status: "invited" | "active" | "disabled";
  username: string;
};

/** What went wrong (RFC 9457). A client may rely on `type` and `status`; `title` and `detail` are for people. */
export type Problem = {
  /** With `version-mismatch`: where the record is. */
  current_version?: number;
  detail?: string;
  /** With `invalid-fields`: all of them at once. */
  errors?: FieldError[];
  /** With `invalid-header`: which one. */
  header?: string;
  /** With `invalid-parameter`: which one. */
  parameter?: string;
  /** With `rebuild-under-way`: by which rebuild, where that is known. */
  rebuild?: string;
  /** With `rule`: which one. */
  rule?: string;
  status: number;
  title: string;
  /** Finds the request in the logs. */
  trace_id: string;
  type: "urn:annals:problem:malformed-body" | "urn:annals:problem:invalid-fields" | "urn:annals:problem:invalid-parameter" | "urn:annals:problem:invalid-header" | "urn:annals:problem:invalid-cursor" | "urn:annals:problem:unauthorized" | "urn:annals:problem:forbidden" | "urn:annals:problem:not-found" | "urn:annals:problem:method-not-allowed" | "urn:annals:problem:id-taken" | "urn:annals:problem:belongs-elsewhere" | "urn:annals:problem:record-busy" | "urn:annals:problem:rebuild-under-way" | "urn:annals:problem:rebuild-ended" | "urn:annals:problem:not-verified" | "urn:annals:problem:no-previous-generation" | "urn:annals:problem:nothing-to-retire" | "urn:annals:problem:replay-ended" | "urn:annals:problem:log-open" | "urn:annals:problem:cursor-gone" | "urn:annals:problem:version-mismatch" | "urn:annals:problem:body-too-large" | "urn:annals:problem:commit-too-large" | "urn:annals:problem:unsupported-media-type" | "urn:annals:problem:rule" | "urn:annals:problem:key-reused" | "urn:annals:problem:state-too-large" | "urn:annals:problem:version-required" | "urn:annals:problem:too-many-requests" | "urn:annals:problem:answer-too-large" | "urn:annals:problem:failure" | "urn:annals:problem:newer-build" | "urn:annals:problem:log-closed" | "urn:annals:problem:unavailable";
};

export type PromoteRequest = {
  /** Promote the generation although it is not verified. */
  force?: boolean | null;
  /** Why; not only spaces. Stored in the log and shown in the search over it. */
  reason: string;
};

export type ReasonRequest = {
  /** Why; not only spaces. Stored in the log and shown in the search over it. */
  reason: string;
};

export type Rebuild = {
  /** Whether it ended although records are parked, all of which were accepted. */
  accepted_parked?: boolean;
  /** When all of the log was read. */
  caught_up_at?: string;
  /** By what it did last. */
  commits_per_second?: number;
  /** The first that were found, with one rebuild; lists leave them out. */
  differences?: Difference[];
  /** How many more were found. */
  differences_more?: number;
  /** When it ended. */
  ended_at?: string;
  /** Why it failed. */
  error?: string;
  /** How many commits are to be read, where that is known. */
  expected?: number;
  /** The generation that it works on. */
  generation: number;
  /** Its id, and that of the `operation` record that tells of it. */
  id: string;
  /** `pass`: the view is held against the whole log. */
  kind: "full" | "dry_run" | "verify" | "repair" | "pass";
  /** Over how many segments the log is read. */
  parallel: number;
  /** Whether its workers rest. */
  paused: boolean;
  /** What its workers are at. */
  phase: "waiting" | "read" | "verify" | "compare" | "count" | "ended";
  /** How much of it is done; absent where that is not known. */
  progress?: number;
  /** Whether its generation is promoted by itself once it is verified. */
  promote: boolean;
  /** The most read units a second. */
  rate?: number;
  /** Why. */
  reason?: string;
  /** By what it did last. */
  records_per_second?: number;
  /** When it was asked for. */
  requested_at: string;
  requested_by: Actor;
  /** How many of a thousand records are verified; absent when all are. */
  sample?: number;
  /** With `repair`: which records. */
  scope?: {
    records?: RecordRef[];
    /** Those that were changed since this instant. */
    since?: string;
    /** All of this type. */
    type?: string;
  };
  /** How long it will take, by what it did last; absent where that is not known. */
  seconds_left?: number;
  /** With one rebuild; lists leave them out. */
  segments?: RebuildSegment[];
  /** The last three are how it can end. */
  state: "building" | "caught_up" | "verifying" | "verified" | "failed" | "cancelled";
  totals: RebuildTotals;
  view: string;
};

export type RebuildPage = {
  items: Rebuild[];
  next_cursor?: Cursor;
};

export type RebuildRequest = {
  /** Count, compare and tell; change nothing. */
  dry_run?: boolean | null;
  /** Over how many segments the log is read; 4 when not said. */
  parallel?: number | null;
  /** Promote the new generation by itself once it is verified. */
  promote?: boolean | null;
  /** The most read units a second, of all segments together. */
  rate?: number | null;
  /** Why; not only spaces. Stored in the log and shown in the search over it. */
  reason: string;
};

export type RebuildSegment = {
  /** Commits read. */
  commits: number;
  /** Which of the segments of its phase, from 0. */
  number: number;
  /** What it does. */
  phase: "read" | "verify" | "compare" | "count";
  /** Records read, or verified. */
  records: number;
  /** How far it is. */
  state: "waiting" | "running" | "done";
  /** When it was last heard of. */
  updated_at?: string;
};

export type RebuildTotals = {
  /** Commits read. */
  commits: number;
  /** Rows that were not what the fold says. */
  drift: number;
  /** Rows that were only behind. */
  lag: number;
  /** Records that could not be followed. */
  parked: number;
  /** Read units used. */
  read_units: number;
  /** Records read, or verified. */
  records: number;
  /** Rows that had to be rewritten. */
  repaired: number;
  /** Rows written. */
  written: number;
};

export type ReconcileRequest = {
  /** Read the whole log, not only what is recent. */
  full?: boolean | null;
  /** Why; not only spaces. Stored in the log and shown in the search over it. */
  reason: string;
};

export type Reconciling = {
  items: Rebuild[];
};

/** What all records have, beside the fields of their types. */
export type AnyRecord = {
  /** When it was changed last. */
  changed_at: string;
  /** Who changed it last, by id. */
  changed_by: string;
  /** When it was made. */
  created_at: string;
  /** Who made it, by id. */
  created_by: string;
  id: string;
  /** The person who answers for it, by id; absent when nobody does. */
  owner?: string;
  /** Asked with `version` or `at`: there when that is less than a minute ago. A change from before may still come. */
  provisional?: true;
  /** There when the newest change cannot be read: what is shown is the version before it. */
  stale?: true;
  status: string;
  type: string;
  /** Asked with `version` or `at`: since when the record was like this. */
  valid_from?: string;
  /** Asked with `version` or `at`: until when, exclusively; absent while it is the newest version, and where the next one cannot be read (`stale`). */
  valid_to?: string;
  /** Counts the record's changes, from 1. */
  version: number;
};

/** A record of any workspace. */
export type RecordKey = {
  id: string;
  /** The workspace. */
  tenant: string;
  /** Its type, by name. */
  type: string;
};

export type RecordName = {
  id: string;
  type: string;
};

export type RecordRef = {
  /** As in `id`. */
  id: string;
  /** The workspace, where it is not the caller's. */
  tenant?: string;
  type: string;
};

/** Stands where something is that is not shown: redacted is not absent. */
export type Redacted = {
  redacted: "no-permission" | "erased";
};

export type Removal = {
  /** Why. Stored with the change and shown in the history; instead of `X-Change-Reason`. */
  reason?: string | null;
};

export type RepairRequest = {
  /** Why; not only spaces. Stored in the log and shown in the search over it. */
  reason: string;
  /** Records of the caller's workspace, by type and id. */
  records?: string[];
  /** Records that were changed since this instant. */
  since?: string;
  /** All records of this type, by its name. */
  type?: string;
};

export type Replay = {
  /** Commits found so far. */
  commits: number;
  /** Whether events are only counted. */
  dry_run: boolean;
  /** When it ended. */
  ended_at?: string;
  /** Why it failed. */
  error?: string;
  /** Events found so far. */
  events: number;
  /** Its id, and that of the `operation` record that tells of it. */
  id: string;
  /** Events sent so far. */
  published: number;
  /** Why. */
  reason: string;
  /** When it was asked for. */
  requested_at: string;
  requested_by?: Actor;
  /** How far it is. */
  state: "counting" | "running" | "done" | "failed" | "cancelled";
};

export type ReplayPage = {
  items: Replay[];
  next_cursor?: Cursor;
};

export type ReplayRequest = {
  /** Count, compare and tell; change nothing. */
  dry_run?: boolean | null;
  /** The most events a second. */
  rate?: number | null;
  /** Why; not only spaces. Stored in the log and shown in the search over it. */
  reason: string;
  /** Records of the caller's workspace, by type and id. */
  records?: string[];
  /** Only what was recorded from this instant on. */
  since?: string;
  /** Only events of records of this type. */
  type?: string;
  /** Only what was recorded before this instant. */
  until?: string;
};

export type RetryRequest = {
  /** All that stopped with this error, as it is told in `error`. */
  error?: string;
  /** Why; not only spaces. Stored in the log and shown in the search over it. */
  reason: string;
  record?: RecordKey;
  view?: string;
};

export type Retrying = {
  /** Records that are tried again. */
  records: number;
};

export type RightsChange = {
  /** Rights, by their groups. */
  grant?: ("viewers" | "editors" | "auditors" | "operators" | "admins")[] | null;
  /** Why. Stored with the change and shown in the history; instead of `X-Change-Reason`. */
  reason?: string | null;
  /** Rights, by their groups. */
  revoke?: ("viewers" | "editors" | "auditors" | "operators" | "admins")[] | null;
};

export type SkipRequest = {
  /** Why; not only spaces. Stored in the log and shown in the search over it. */
  reason: string;
  record: RecordKey;
  view: string;
};

export type Status = {
  /** Whether lists leave such records out. */
  ended: boolean;
  /** For people. */
  label: string;
  /** As in `status`. */
  name: string;
};

/** An item of the log. What is missing or of another kind than it should be is absent. */
export type StoredCommit = {
  commit_id?: string;
  /** The commit's place among those of its day. */
  feed?: string;
  /** The record's key: workspace, type and id. */
  pk: string;
  /** The hash of the commit before, in hexadecimal. */
  prev_hash?: string;
  /** What is hashed, byte for byte. */
  text?: string;
  /** The number of the commit. */
  version: number;
};

/** A fact, as it is stored. */
export type StoredEvent = {
  /** What happened. Personal fields stand together under `personal`. */
  data: unknown;
  /** The shape of `data`. */
  schema: number;
  type: string;
};

export type StoredPage = {
  items: StoredCommit[];
  next_cursor?: Cursor;
};

/** To-do. */
export type Todo = AnyRecord & ({
  /** A person, by id. */
  assignee?: string;
  /** A record of the type `customer`, by id. */
  customer_id?: string;
  due_on?: string;
  notes?: string;
  status?: "open" | "completed" | "dropped";
  title: string;
  type?: "todo";
});

/** To-do, as lists show it. */
export type TodoListed = AnyRecord & ({
  /** A person, by id. */
  assignee?: string;
  /** A record of the type `customer`, by id. */
  customer_id?: string;
  due_on?: string;
  status?: "open" | "completed" | "dropped";
  title: string;
  type?: "todo";
});

export type TodoNew = {
  /** A person of the workspace, by id. */
  assignee?: string | null;
  /** A record of the type `customer`, by id. Whether it exists is not checked. */
  customer_id?: string | null;
  /** A day of the calendar. */
  due_on?: string | null;
  /** Left out, an id is chosen: by the `Idempotency-Key`, where there is one. */
  id?: string | null;
  /** Text with line breaks; not only spaces, and no other control characters. */
  notes?: string | null;
  /** Why. Stored with the change and shown in the history; instead of `X-Change-Reason`. */
  reason?: string | null;
  /** One line; not only spaces, and no control characters. */
  title: string;
};

/** A page of a list: To-dos. */
export type TodoPage = {
  items: TodoListed[];
  next_cursor?: Cursor;
};

/** A JSON merge patch (RFC 7386): what is left out stays, null clears. */
export type TodoPatch = {
  /** A person of the workspace, by id. */
  assignee?: string | null;
  /** A record of the type `customer`, by id. Whether it exists is not checked. */
  customer_id?: string | null;
  /** A day of the calendar. */
  due_on?: string | null;
  /** Text with line breaks; not only spaces, and no other control characters. */
  notes?: string | null;
  /** Why. Stored with the change and shown in the history; instead of `X-Change-Reason`. */
  reason?: string | null;
  /** One line; not only spaces, and no control characters. */
  title?: string;
};

/** A record type. */
export type TypeDescriptor = {
  actions: Action[];
  /** The action that `DELETE` stands for; absent when records do not end. */
  ending?: string;
  /** What can happen to a record: the types of its events. */
  events: string[];
  fields: Field[];
  /** Who keeps its records: editors, or each person their own with `PUT /me`. */
  keeping: "editors" | "the_person_themselves";
  /** The singular, for people. */
  label: string;
  /** The singular, as in `type`. */
  name: string;
  /** The plural, as in paths. */
  plural: string;
  /** The plural, for people. */
  plural_label: string;
  /** The action with which restoring a former version begins where the record has ended; absent when there is none. */
  reinstating?: string;
  statuses: Status[];
  /** The field that names a record in a list. */
  title: string;
};

export type Types = {
  items: TypeDescriptor[];
};

/** A change that is damaged, so that nothing more can be told of it. */
export type UnreadableItem = {
  unreadable: true;
  /** The version that it made. */
  version: number;
};

export type Verification = {
  /** By which its result is told. */
  id: string;
};

export type VerificationResult = {
  /** Commits hashed. */
  commits: number;
  /** Things that are not as they should be. */
  findings: number;
  /** The verification. */
  id?: string;
  /** Links between commits compared. */
  links: number;
  /** The gravest of what was found. */
  outcome: "clean" | "content" | "link" | "gap" | "key_mismatch" | "head";
  /** Records checked. */
  records: number;
};

export type VerificationStart = {
  /** `all`, or one record by its type and id. */
  scope: string;
};

export type VerifyRequest = {
  /** Why; not only spaces. Stored in the log and shown in the search over it. */
  reason: string;
  /** Only so many of a thousand records; all when not said. */
  sample?: number | null;
};

export type View = {
  active: ViewGeneration;
  building?: ViewGeneration;
  /** What can be done with it now; `pause`, `resume` and `cancel` with its rebuild. */
  can: ("rebuild" | "verify" | "promote" | "force_promote" | "rollback" | "retire" | "repair" | "pause" | "resume" | "cancel")[];
  drift_watch?: {
    /** When rows were last held against a fresh fold. */
    at: string;
    /** How many rows were not what the fold says. */
    drift: number;
    /** How many rows were only behind. */
    lag: number;
    /** How many records. */
    records: number;
  };
  /** Counts the changes of its generations. */
  epoch: number;
  lag: {
    /** How many of the newest changes the active rows have not reached. */
    behind: number;
    /** How long ago the oldest of those was recorded, in milliseconds; 0 where none is behind. */
    lag_ms: number;
    /** How many of the newest changes were looked at. */
    looked_at: number;
  };
  last_rebuild?: Rebuild;
  /** Whether the active generation was made by another fold than today's. */
  outdated: boolean;
  /** The record types whose fold has changed; `@layout` is the view's own layout. */
  outdated_types?: string[];
  /** Records that the active generation cannot follow, the accepted ones not counted. */
  parked: number;
  previous?: ViewGeneration;
  /** The rebuild under way. */
  rebuild?: string;
  /** Generations whose rows are being deleted. */
  retiring: number[];
  /** Parked records that somebody has accepted. */
  skipped: number;
  /** Everything recorded before has been verified to be in the view. */
  verified_through?: string;
  view: string;
};

export type ViewGeneration = {
  /** Counts the generations of its view. */
  number: number;
  /** Since when it is in this state, where that is known. */
  since?: string;
  /** `outdated`: active, and made by another fold than today's. `trial`: built to be compared, never to be promoted. */
  state: "active" | "outdated" | "building" | "caught_up" | "verified" | "failed" | "previous" | "trial";
  /** How long it is kept. */
  until?: string;
};

export type Views = {
  items: View[];
};

/** What goes into and comes out of each operation. */
export type Operations = {
  act_on_record: {
    path: { plural: string; id: string; action: string };
    query: {};
    headers: { "Idempotency-Key"?: string; "If-Match"?: string; "X-Causation-Id"?: string; "X-Change-Reason"?: string; "X-Correlation-Id"?: string; traceparent?: string };
    body: Fields;
    answer: Customer | Todo;
  };
  blame_record: {
    path: { plural: string; id: string };
    query: { at?: string; version?: string };
    headers: { traceparent?: string };
    body: undefined;
    answer: Blame;
  };
  cancel_rebuild: {
    path: { id: string };
    query: {};
    headers: { "Idempotency-Key"?: string; "X-Causation-Id"?: string; "X-Correlation-Id"?: string; traceparent?: string };
    body: ReasonRequest;
    answer: Rebuild;
  };
  cancel_replay: {
    path: { id: string };
    query: {};
    headers: { "Idempotency-Key"?: string; "X-Causation-Id"?: string; "X-Correlation-Id"?: string; traceparent?: string };
    body: ReasonRequest;
    answer: Replay;
  };
  change_rights: {
    path: { id: string };
    query: {};
    headers: { "Idempotency-Key"?: string; "X-Causation-Id"?: string; "X-Change-Reason"?: string; "X-Correlation-Id"?: string; traceparent?: string };
    body: RightsChange;
    answer: PersonRights;
  };
  count_records: {
    path: {};
    query: {};
    headers: { traceparent?: string };
    body: undefined;
    answer: Counts;
  };
  create_record: {
    path: { plural: string };
    query: {};
    headers: { "Idempotency-Key"?: string; "X-Causation-Id"?: string; "X-Change-Reason"?: string; "X-Correlation-Id"?: string; traceparent?: string };
    body: Fields;
    answer: Customer | Todo;
  };
  diff_record: {
    path: { plural: string; id: string };
    query: { from?: string; from_at?: string; to?: string; to_at?: string };
    headers: { traceparent?: string };
    body: undefined;
    answer: Diff;
  };
  drive_failure: {
    path: { key: string };
    query: {};
    headers: { "Idempotency-Key"?: string; "X-Causation-Id"?: string; "X-Correlation-Id"?: string; traceparent?: string };
    body: ReasonRequest;
    answer: FailedBatch;
  };
  edit_record: {
    path: { plural: string; id: string };
    query: {};
    headers: { "Idempotency-Key"?: string; "If-Match": string; "X-Causation-Id"?: string; "X-Change-Reason"?: string; "X-Correlation-Id"?: string; traceparent?: string };
    body: Fields;
    answer: Customer | Todo;
  };
  end_record: {
    path: { plural: string; id: string };
    query: {};
    headers: { "Idempotency-Key"?: string; "If-Match"?: string; "X-Causation-Id"?: string; "X-Change-Reason"?: string; "X-Correlation-Id"?: string; traceparent?: string };
    body: Fields;
    answer: Customer | Todo;
  };
  finish_verification: {
    path: { id: string };
    query: {};
    headers: { "Idempotency-Key"?: string; "X-Causation-Id"?: string; "X-Change-Reason"?: string; "X-Correlation-Id"?: string; traceparent?: string };
    body: Findings;
    answer: VerificationResult;
  };
  get_record: {
    path: { plural: string; id: string };
    query: { at?: string; min_version?: string; version?: string };
    headers: { "If-None-Match"?: string; traceparent?: string };
    body: undefined;
    answer: Customer | Person | Todo;
  };
  health: {
    path: {};
    query: {};
    headers: { traceparent?: string };
    body: undefined;
    answer: Health;
  };
  invite_person: {
    path: {};
    query: {};
    headers: { "Idempotency-Key"?: string; "X-Causation-Id"?: string; "X-Change-Reason"?: string; "X-Correlation-Id"?: string; traceparent?: string };
    body: Invitation;
    answer: PersonRights;
  };
  keep_myself: {
    path: {};
    query: {};
    headers: { "Idempotency-Key"?: string; "If-Match"?: string; "X-Causation-Id"?: string; "X-Change-Reason"?: string; "X-Correlation-Id"?: string; traceparent?: string };
    body: PersonNew;
    answer: Person;
  };
  list_alarms: {
    path: {};
    query: {};
    headers: { traceparent?: string };
    body: undefined;
    answer: AlarmPage;
  };
  list_desk_alarms: {
    path: {};
    query: {};
    headers: { traceparent?: string };
    body: undefined;
    answer: DeskAlarms;
  };
  list_exports: {
    path: {};
    query: { cursor?: string; limit?: string };
    headers: { traceparent?: string };
    body: undefined;
    answer: ExportPage;
  };
  list_failures: {
    path: {};
    query: { cursor?: string; limit?: string };
    headers: { traceparent?: string };
    body: undefined;
    answer: FailurePage;
  };
  list_heads: {
    path: {};
    query: { cursor?: string; limit?: string; record?: string };
    headers: { traceparent?: string };
    body: undefined;
    answer: HeadPage;
  };
  list_parked: {
    path: {};
    query: { cursor?: string; limit?: string; view?: string };
    headers: { traceparent?: string };
    body: undefined;
    answer: ParkedPage;
  };
  list_rebuilds: {
    path: {};
    query: { cursor?: string; limit?: string };
    headers: { traceparent?: string };
    body: undefined;
    answer: RebuildPage;
  };
  list_records: {
    path: { plural: string };
    query: { cursor?: string; limit?: string; owner?: string; seen?: string; sort?: string; status?: string };
    headers: { traceparent?: string };
    body: undefined;
    answer: CustomerPage | PersonPage | TodoPage;
  };
  list_replays: {
    path: {};
    query: { cursor?: string; limit?: string };
    headers: { traceparent?: string };
    body: undefined;
    answer: ReplayPage;
  };
  list_rights: {
    path: {};
    query: {};
    headers: { traceparent?: string };
    body: undefined;
    answer: PeopleRights;
  };
  list_types: {
    path: {};
    query: {};
    headers: { traceparent?: string };
    body: undefined;
    answer: Types;
  };
  list_views: {
    path: {};
    query: {};
    headers: { traceparent?: string };
    body: undefined;
    answer: Views;
  };
  pause_rebuild: {
    path: { id: string };
    query: {};
    headers: { "Idempotency-Key"?: string; "X-Causation-Id"?: string; "X-Correlation-Id"?: string; traceparent?: string };
    body: ReasonRequest;
    answer: Rebuild;
  };
  promote_view: {
    path: { view: string };
    query: {};
    headers: { "Idempotency-Key"?: string; "X-Causation-Id"?: string; "X-Correlation-Id"?: string; traceparent?: string };
    body: PromoteRequest;
    answer: View;
  };
  read_commit: {
    path: { plural: string; id: string; version: string };
    query: { include?: string };
    headers: { traceparent?: string };
    body: undefined;
    answer: HistoryEntry;
  };
  read_correlation: {
    path: { id: string };
    query: { cursor?: string; limit?: string };
    headers: { traceparent?: string };
    body: undefined;
    answer: CorrelationPage;
  };
  read_export: {
    path: { id: string };
    query: {};
    headers: { traceparent?: string };
    body: undefined;
    answer: Export;
  };
  read_history: {
    path: { plural: string; id: string };
    query: { actor?: string; cursor?: string; event?: string; field?: string; from_version?: string; include?: string; limit?: string; order?: string; since?: string; to_version?: string; until?: string };
    headers: { traceparent?: string };
    body: undefined;
    answer: HistoryPage;
  };
  read_log: {
    path: {};
    query: {};
    headers: { traceparent?: string };
    body: undefined;
    answer: Log;
  };
  read_myself: {
    path: {};
    query: {};
    headers: { traceparent?: string };
    body: undefined;
    answer: Myself;
  };
  read_open_api: {
    path: {};
    query: {};
    headers: { traceparent?: string };
    body: undefined;
    answer: { [name: string]: unknown };
  };
  read_rebuild: {
    path: { id: string };
    query: {};
    headers: { traceparent?: string };
    body: undefined;
    answer: Rebuild;
  };
  read_replay: {
    path: { id: string };
    query: {};
    headers: { traceparent?: string };
    body: undefined;
    answer: Replay;
  };
  read_rights: {
    path: { id: string };
    query: {};
    headers: { traceparent?: string };
    body: undefined;
    answer: PersonRights;
  };
  read_stored: {
    path: { type: string; id: string };
    query: { cursor?: string; from_version?: string };
    headers: { traceparent?: string };
    body: undefined;
    answer: StoredPage;
  };
  read_view: {
    path: { view: string };
    query: {};
    headers: { traceparent?: string };
    body: undefined;
    answer: View;
  };
  rebuild_view: {
    path: { view: string };
    query: {};
    headers: { "Idempotency-Key"?: string; "X-Causation-Id"?: string; "X-Correlation-Id"?: string; traceparent?: string };
    body: RebuildRequest;
    answer: Rebuild;
  };
  reconcile: {
    path: {};
    query: {};
    headers: { "Idempotency-Key"?: string; "X-Causation-Id"?: string; "X-Correlation-Id"?: string; traceparent?: string };
    body: ReconcileRequest;
    answer: Reconciling;
  };
  recover_log: {
    path: {};
    query: {};
    headers: { "Idempotency-Key"?: string; "X-Causation-Id"?: string; "X-Correlation-Id"?: string; traceparent?: string };
    body: ReasonRequest;
    answer: Log;
  };
  remove_person: {
    path: { id: string };
    query: {};
    headers: { "Idempotency-Key"?: string; "X-Causation-Id"?: string; "X-Change-Reason"?: string; "X-Correlation-Id"?: string; traceparent?: string };
    body: Removal;
    answer: PersonRights;
  };
  repair_view: {
    path: { view: string };
    query: {};
    headers: { "Idempotency-Key"?: string; "X-Causation-Id"?: string; "X-Correlation-Id"?: string; traceparent?: string };
    body: RepairRequest;
    answer: Rebuild;
  };
  request_export: {
    path: {};
    query: {};
    headers: { "Idempotency-Key"?: string; "X-Causation-Id"?: string; "X-Change-Reason"?: string; "X-Correlation-Id"?: string; traceparent?: string };
    body: ExportRequest;
    answer: Export;
  };
  restore_record: {
    path: { plural: string; id: string };
    query: { dry_run?: string };
    headers: { "Idempotency-Key"?: string; "If-Match": string; "X-Change-Reason"?: string; "X-Correlation-Id"?: string; traceparent?: string };
    body: Fields;
    answer: Customer | {
  changes: Change[];
  record: Customer;
} | Todo | {
  changes: Change[];
  record: Todo;
};
  };
  resume_rebuild: {
    path: { id: string };
    query: {};
    headers: { "Idempotency-Key"?: string; "X-Causation-Id"?: string; "X-Correlation-Id"?: string; traceparent?: string };
    body: ReasonRequest;
    answer: Rebuild;
  };
  retire_view: {
    path: { view: string };
    query: {};
    headers: { "Idempotency-Key"?: string; "X-Causation-Id"?: string; "X-Correlation-Id"?: string; traceparent?: string };
    body: ReasonRequest;
    answer: View;
  };
  retry_parked: {
    path: {};
    query: {};
    headers: { "Idempotency-Key"?: string; "X-Causation-Id"?: string; "X-Correlation-Id"?: string; traceparent?: string };
    body: RetryRequest;
    answer: Retrying;
  };
  roll_back_view: {
    path: { view: string };
    query: {};
    headers: { "Idempotency-Key"?: string; "X-Causation-Id"?: string; "X-Correlation-Id"?: string; traceparent?: string };
    body: ReasonRequest;
    answer: View;
  };
  search_commits: {
    path: {};
    query: { action?: string; actor?: string; correlation_id?: string; cursor?: string; field?: string; limit?: string; order?: string; record?: string; since?: string; type?: string; until?: string };
    headers: { traceparent?: string };
    body: undefined;
    answer: AuditPage;
  };
  skip_parked: {
    path: {};
    query: {};
    headers: { "Idempotency-Key"?: string; "X-Causation-Id"?: string; "X-Correlation-Id"?: string; traceparent?: string };
    body: SkipRequest;
    answer: ParkedRecord;
  };
  start_replay: {
    path: {};
    query: {};
    headers: { "Idempotency-Key"?: string; "X-Causation-Id"?: string; "X-Correlation-Id"?: string; traceparent?: string };
    body: ReplayRequest;
    answer: Replay;
  };
  start_verification: {
    path: {};
    query: {};
    headers: { "Idempotency-Key"?: string; "X-Causation-Id"?: string; "X-Change-Reason"?: string; "X-Correlation-Id"?: string; traceparent?: string };
    body: VerificationStart;
    answer: Verification;
  };
  verify_view: {
    path: { view: string };
    query: {};
    headers: { "Idempotency-Key"?: string; "X-Causation-Id"?: string; "X-Correlation-Id"?: string; traceparent?: string };
    body: VerifyRequest;
    answer: Rebuild;
  };
};

/** Where each operation is. */
export const OPERATIONS: { readonly [name in keyof Operations]: { method: string; path: string } } = {
  act_on_record: { method: "POST", path: "/{plural}/{id}/{action}" },
  blame_record: { method: "GET", path: "/{plural}/{id}/blame" },
  cancel_rebuild: { method: "POST", path: "/operations/rebuilds/{id}/cancel" },
  cancel_replay: { method: "POST", path: "/operations/replays/{id}/cancel" },
  change_rights: { method: "POST", path: "/people/{id}/rights" },
  count_records: { method: "GET", path: "/meta/counts" },
  create_record: { method: "POST", path: "/{plural}" },
  diff_record: { method: "GET", path: "/{plural}/{id}/diff" },
  drive_failure: { method: "POST", path: "/operations/failures/{key}/drive" },
  edit_record: { method: "PATCH", path: "/{plural}/{id}" },
  end_record: { method: "DELETE", path: "/{plural}/{id}" },
  finish_verification: { method: "POST", path: "/audit/verifications/{id}/result" },
  get_record: { method: "GET", path: "/{plural}/{id}" },
  health: { method: "GET", path: "/health" },
  invite_person: { method: "POST", path: "/people/rights" },
  keep_myself: { method: "PUT", path: "/me" },
  list_alarms: { method: "GET", path: "/audit/alarms" },
  list_desk_alarms: { method: "GET", path: "/operations/alarms" },
  list_exports: { method: "GET", path: "/audit/exports" },
  list_failures: { method: "GET", path: "/operations/failures" },
  list_heads: { method: "GET", path: "/audit/heads" },
  list_parked: { method: "GET", path: "/operations/parked" },
  list_rebuilds: { method: "GET", path: "/operations/rebuilds" },
  list_records: { method: "GET", path: "/{plural}" },
  list_replays: { method: "GET", path: "/operations/replays" },
  list_rights: { method: "GET", path: "/people/rights" },
  list_types: { method: "GET", path: "/meta/types" },
  list_views: { method: "GET", path: "/operations/views" },
  pause_rebuild: { method: "POST", path: "/operations/rebuilds/{id}/pause" },
  promote_view: { method: "POST", path: "/operations/views/{view}/promote" },
  read_commit: { method: "GET", path: "/{plural}/{id}/history/{version}" },
  read_correlation: { method: "GET", path: "/audit/correlations/{id}" },
  read_export: { method: "GET", path: "/audit/exports/{id}" },
  read_history: { method: "GET", path: "/{plural}/{id}/history" },
  read_log: { method: "GET", path: "/operations/log" },
  read_myself: { method: "GET", path: "/me" },
  read_open_api: { method: "GET", path: "/openapi.json" },
  read_rebuild: { method: "GET", path: "/operations/rebuilds/{id}" },
  read_replay: { method: "GET", path: "/operations/replays/{id}" },
  read_rights: { method: "GET", path: "/people/{id}/rights" },
  read_stored: { method: "GET", path: "/audit/stored/{type}/{id}" },
  read_view: { method: "GET", path: "/operations/views/{view}" },
  rebuild_view: { method: "POST", path: "/operations/views/{view}/rebuild" },
  reconcile: { method: "POST", path: "/operations/reconcile" },
  recover_log: { method: "POST", path: "/operations/log/recover" },
  remove_person: { method: "DELETE", path: "/people/{id}/rights" },
  repair_view: { method: "POST", path: "/operations/views/{view}/repair" },
  request_export: { method: "POST", path: "/audit/exports" },
  restore_record: { method: "POST", path: "/{plural}/{id}/restore" },
  resume_rebuild: { method: "POST", path: "/operations/rebuilds/{id}/resume" },
  retire_view: { method: "POST", path: "/operations/views/{view}/retire" },
  retry_parked: { method: "POST", path: "/operations/parked/retry" },
  roll_back_view: { method: "POST", path: "/operations/views/{view}/rollback" },
  search_commits: { method: "GET", path: "/audit/commits" },
  skip_parked: { method: "POST", path: "/operations/parked/skip" },
  start_replay: { method: "POST", path: "/operations/replays" },
  start_verification: { method: "POST", path: "/audit/verifications" },
  verify_view: { method: "POST", path: "/operations/views/{view}/verify" },
};

