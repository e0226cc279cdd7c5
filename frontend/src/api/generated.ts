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
  /** With `rule`: which one. */
  rule?: string;
  status: number;
  title: string;
  /** Finds the request in the logs. */
  trace_id: string;
  type: "urn:annals:problem:malformed-body" | "urn:annals:problem:invalid-fields" | "urn:annals:problem:invalid-parameter" | "urn:annals:problem:invalid-header" | "urn:annals:problem:invalid-cursor" | "urn:annals:problem:unauthorized" | "urn:annals:problem:forbidden" | "urn:annals:problem:not-found" | "urn:annals:problem:method-not-allowed" | "urn:annals:problem:id-taken" | "urn:annals:problem:belongs-elsewhere" | "urn:annals:problem:record-busy" | "urn:annals:problem:cursor-gone" | "urn:annals:problem:version-mismatch" | "urn:annals:problem:body-too-large" | "urn:annals:problem:commit-too-large" | "urn:annals:problem:unsupported-media-type" | "urn:annals:problem:rule" | "urn:annals:problem:key-reused" | "urn:annals:problem:state-too-large" | "urn:annals:problem:version-required" | "urn:annals:problem:too-many-requests" | "urn:annals:problem:answer-too-large" | "urn:annals:problem:failure" | "urn:annals:problem:newer-build" | "urn:annals:problem:unavailable";
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

export type RecordName = {
  id: string;
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

export type RightsChange = {
  /** Rights, by their groups. */
  grant?: ("viewers" | "editors" | "auditors" | "operators" | "admins")[] | null;
  /** Why. Stored with the change and shown in the history; instead of `X-Change-Reason`. */
  reason?: string | null;
  /** Rights, by their groups. */
  revoke?: ("viewers" | "editors" | "auditors" | "operators" | "admins")[] | null;
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
  list_exports: {
    path: {};
    query: { cursor?: string; limit?: string };
    headers: { traceparent?: string };
    body: undefined;
    answer: ExportPage;
  };
  list_heads: {
    path: {};
    query: { cursor?: string; limit?: string; record?: string };
    headers: { traceparent?: string };
    body: undefined;
    answer: HeadPage;
  };
  list_records: {
    path: { plural: string };
    query: { cursor?: string; limit?: string; owner?: string; seen?: string; sort?: string; status?: string };
    headers: { traceparent?: string };
    body: undefined;
    answer: CustomerPage | PersonPage | TodoPage;
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
  remove_person: {
    path: { id: string };
    query: {};
    headers: { "Idempotency-Key"?: string; "X-Causation-Id"?: string; "X-Change-Reason"?: string; "X-Correlation-Id"?: string; traceparent?: string };
    body: Removal;
    answer: PersonRights;
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
  search_commits: {
    path: {};
    query: { action?: string; actor?: string; correlation_id?: string; cursor?: string; field?: string; limit?: string; order?: string; record?: string; since?: string; type?: string; until?: string };
    headers: { traceparent?: string };
    body: undefined;
    answer: AuditPage;
  };
  start_verification: {
    path: {};
    query: {};
    headers: { "Idempotency-Key"?: string; "X-Causation-Id"?: string; "X-Change-Reason"?: string; "X-Correlation-Id"?: string; traceparent?: string };
    body: VerificationStart;
    answer: Verification;
  };
};

/** Where each operation is. */
export const OPERATIONS: { readonly [name in keyof Operations]: { method: string; path: string } } = {
  act_on_record: { method: "POST", path: "/{plural}/{id}/{action}" },
  blame_record: { method: "GET", path: "/{plural}/{id}/blame" },
  change_rights: { method: "POST", path: "/people/{id}/rights" },
  count_records: { method: "GET", path: "/meta/counts" },
  create_record: { method: "POST", path: "/{plural}" },
  diff_record: { method: "GET", path: "/{plural}/{id}/diff" },
  edit_record: { method: "PATCH", path: "/{plural}/{id}" },
  end_record: { method: "DELETE", path: "/{plural}/{id}" },
  finish_verification: { method: "POST", path: "/audit/verifications/{id}/result" },
  get_record: { method: "GET", path: "/{plural}/{id}" },
  health: { method: "GET", path: "/health" },
  invite_person: { method: "POST", path: "/people/rights" },
  keep_myself: { method: "PUT", path: "/me" },
  list_alarms: { method: "GET", path: "/audit/alarms" },
  list_exports: { method: "GET", path: "/audit/exports" },
  list_heads: { method: "GET", path: "/audit/heads" },
  list_records: { method: "GET", path: "/{plural}" },
  list_rights: { method: "GET", path: "/people/rights" },
  list_types: { method: "GET", path: "/meta/types" },
  read_commit: { method: "GET", path: "/{plural}/{id}/history/{version}" },
  read_correlation: { method: "GET", path: "/audit/correlations/{id}" },
  read_export: { method: "GET", path: "/audit/exports/{id}" },
  read_history: { method: "GET", path: "/{plural}/{id}/history" },
  read_myself: { method: "GET", path: "/me" },
  read_open_api: { method: "GET", path: "/openapi.json" },
  read_rights: { method: "GET", path: "/people/{id}/rights" },
  read_stored: { method: "GET", path: "/audit/stored/{type}/{id}" },
  remove_person: { method: "DELETE", path: "/people/{id}/rights" },
  request_export: { method: "POST", path: "/audit/exports" },
  restore_record: { method: "POST", path: "/{plural}/{id}/restore" },
  search_commits: { method: "GET", path: "/audit/commits" },
  start_verification: { method: "POST", path: "/audit/verifications" },
};

