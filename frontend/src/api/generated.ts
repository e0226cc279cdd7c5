// The API as TypeScript: written by scripts/generate-api.mjs from docs/openapi.json, never by hand.

/** What every path begins with. */
export const BASE = "/api/v1";

/** The fields of a record of whatever type. */
export type Fields = { readonly [name: string]: unknown };

export type Field = {
  name: string;
  label: string;
  kind: string;
  required: boolean;
  listed: boolean;
  max?: number;
  max_items?: number;
  to?: string;
  fields?: Field[];
};

export type AnyRecord = {
  id: string;
  type: string;
  version: number;
  status: string;
  owner?: string;
  created_at: string;
  created_by: string;
  changed_at: string;
  changed_by: string;
};

export type Action = {
  name: string;
  label: string;
  from: string[];
  reason: "optional" | "required";
  fields: Field[];
};

export type Status = {
  name: string;
  label: string;
  ended: boolean;
};

export type TypeDescriptor = {
  name: string;
  plural: string;
  label: string;
  plural_label: string;
  title: string;
  statuses: Status[];
  fields: Field[];
  actions: Action[];
  ending?: string;
  keeping: "editors" | "the_person_themselves";
};

export type Types = {
  items: TypeDescriptor[];
};

export type Counts = { [name: string]: { [name: string]: number } };

export type FieldError = {
  pointer: string;
  detail: string;
};

export type Problem = {
  type: string;
  title: string;
  status: number;
  detail?: string;
  trace_id: string;
  errors?: FieldError[];
  current_version?: number;
  rule?: string;
  parameter?: string;
  header?: string;
};

export type Actor = {
  kind: string;
  id: string;
  name?: string;
  on_behalf_of?: string;
};

export type StoredEvent = {
  type: string;
  schema: number;
  data: unknown;
};

export type Change = {
  path: string;
  op: "add" | "replace" | "remove";
  from?: unknown;
  to?: unknown;
};

export type HistoryItem = {
  version: number;
  unreadable?: boolean;
  commit_id?: string;
  recorded_at?: string;
  effective_at?: string;
  action?: string;
  actor?: Actor;
  reason?: string;
  correlation_id?: string;
  causation_id?: string;
  events?: StoredEvent[];
  changes?: Change[];
  prev_hash?: string;
  hash?: string;
};

export type HistoryPage = {
  items: HistoryItem[];
  next_cursor?: string;
};

export type Health = {
  status: string;
  build: string;
};

export type Myself = {
  id: string;
  tenant: string;
  own_workspace: boolean;
  rights: ("read" | "write" | "audit" | "operate" | "administer")[];
  person?: Person;
};

export type PersonRights = {
  id: string;
  username: string;
  email: string;
  display_name?: string;
  status: "invited" | "active" | "disabled";
  groups: string[];
};

export type Customer = AnyRecord & {
  name: string;
  email?: string;
  phone?: string;
  company?: string;
  address?: {
    line1?: string;
    line2?: string;
    postal_code?: string;
    city?: string;
    country?: string;
  };
  notes?: string;
  tags?: string[];
};

export type CustomerListed = AnyRecord & {
  name: string;
  email?: string;
  phone?: string;
  company?: string;
  address?: {
    line1?: string;
    line2?: string;
    postal_code?: string;
    city?: string;
    country?: string;
  };
  notes?: string;
  tags?: string[];
};

export type CustomerNew = {
  name: string;
  email?: string;
  phone?: string;
  company?: string;
  address?: {
    line1?: string;
    line2?: string;
    postal_code?: string;
    city?: string;
    country?: string;
  };
  notes?: string;
  tags?: string[];
};

export type CustomerPatch = {
  name?: string;
  email?: string;
  phone?: string;
  company?: string;
  address?: {
    line1?: string;
    line2?: string;
    postal_code?: string;
    city?: string;
    country?: string;
  };
  notes?: string;
  tags?: string[];
};

export type CustomerPage = {
  items: CustomerListed[];
  next_cursor?: string;
};

export type Todo = AnyRecord & {
  title: string;
  due_on?: string;
  assignee?: string;
  customer_id?: string;
  notes?: string;
};

export type TodoListed = AnyRecord & {
  title: string;
  due_on?: string;
  assignee?: string;
  customer_id?: string;
  notes?: string;
};

export type TodoNew = {
  title: string;
  due_on?: string;
  assignee?: string;
  customer_id?: string;
  notes?: string;
};

export type TodoPatch = {
  title?: string;
  due_on?: string;
  assignee?: string;
  customer_id?: string;
  notes?: string;
};

export type TodoPage = {
  items: TodoListed[];
  next_cursor?: string;
};

export type Person = AnyRecord & {
  display_name: string;
  email?: string;
  locale?: string;
  time_zone?: string;
};

export type PersonListed = AnyRecord & {
  display_name: string;
  email?: string;
  locale?: string;
  time_zone?: string;
};

export type PersonNew = {
  display_name: string;
  email?: string;
  locale?: string;
  time_zone?: string;
};

export type PersonPatch = {
  display_name?: string;
  email?: string;
  locale?: string;
  time_zone?: string;
};

export type PersonPage = {
  items: PersonListed[];
  next_cursor?: string;
};

/** What goes into and comes out of each operation. */
export type Operations = {
  act_on_record: {
    path: { plural: string; id: string; action: string };
    query: {};
    headers: { "Idempotency-Key"?: string; "If-Match"?: string; "X-Change-Reason"?: string; "X-Correlation-Id"?: string; traceparent?: string };
    body: Fields;
    answer: Customer | Todo;
  };
  change_person_rights: {
    path: { id: string };
    query: {};
    headers: { "Idempotency-Key"?: string; "X-Change-Reason"?: string; "X-Correlation-Id"?: string; traceparent?: string };
    body: {
  grant?: string[];
  revoke?: string[];
  reason?: string;
};
    answer: PersonRights;
  };
  count_records: {
    path: {};
    query: {};
    headers: {};
    body: undefined;
    answer: Counts;
  };
  create_record: {
    path: { plural: string };
    query: {};
    headers: { "Idempotency-Key"?: string; "X-Change-Reason"?: string; "X-Correlation-Id"?: string; traceparent?: string };
    body: Fields;
    answer: Customer | Todo;
  };
  edit_record: {
    path: { plural: string; id: string };
    query: {};
    headers: { "Idempotency-Key"?: string; "If-Match"?: string; "X-Change-Reason"?: string; "X-Correlation-Id"?: string; traceparent?: string };
    body: Fields;
    answer: Customer | Todo;
  };
  end_record: {
    path: { plural: string; id: string };
    query: {};
    headers: { "Idempotency-Key"?: string; "If-Match"?: string; "X-Change-Reason"?: string; "X-Correlation-Id"?: string; traceparent?: string };
    body: Fields;
    answer: Customer | Todo;
  };
  get_record: {
    path: { plural: string; id: string };
    query: { min_version?: string };
    headers: { "If-None-Match"?: string };
    body: undefined;
    answer: Customer | Todo | Person;
  };
  health: {
    path: {};
    query: {};
    headers: {};
    body: undefined;
    answer: Health;
  };
  invite_person: {
    path: {};
    query: {};
    headers: { "Idempotency-Key"?: string; "X-Change-Reason"?: string; "X-Correlation-Id"?: string; traceparent?: string };
    body: {
  email: string;
  display_name?: string;
  groups: string[];
  reason?: string;
};
    answer: PersonRights;
  };
  keep_myself: {
    path: {};
    query: {};
    headers: { "Idempotency-Key"?: string; "If-Match"?: string; "X-Change-Reason"?: string; "X-Correlation-Id"?: string; traceparent?: string };
    body: PersonNew;
    answer: Person;
  };
  list_people_rights: {
    path: {};
    query: {};
    headers: {};
    body: undefined;
    answer: {
  items: PersonRights[];
};
  };
  list_records: {
    path: { plural: string };
    query: { cursor?: string; limit?: string; owner?: string; seen?: string; sort?: string; status?: string };
    headers: {};
    body: undefined;
    answer: CustomerPage | TodoPage | PersonPage;
  };
  list_types: {
    path: {};
    query: {};
    headers: {};
    body: undefined;
    answer: Types;
  };
  read_commit: {
    path: { plural: string; id: string; version: string };
    query: {};
    headers: {};
    body: undefined;
    answer: HistoryItem;
  };
  read_history: {
    path: { plural: string; id: string };
    query: { cursor?: string; limit?: string; order?: string };
    headers: {};
    body: undefined;
    answer: HistoryPage;
  };
  read_myself: {
    path: {};
    query: {};
    headers: {};
    body: undefined;
    answer: Myself;
  };
  read_person_rights: {
    path: { id: string };
    query: {};
    headers: {};
    body: undefined;
    answer: PersonRights;
  };
  remove_person: {
    path: { id: string };
    query: {};
    headers: { "Idempotency-Key"?: string; "X-Change-Reason"?: string; "X-Correlation-Id"?: string; traceparent?: string };
    body: undefined;
    answer: undefined;
  };
};

/** Where each operation is. */
export const OPERATIONS: { readonly [name in keyof Operations]: { method: string; path: string } } = {
  act_on_record: { method: "POST", path: "/{plural}/{id}/{action}" },
  change_person_rights: { method: "POST", path: "/people/{id}/rights" },
  count_records: { method: "GET", path: "/meta/counts" },
  create_record: { method: "POST", path: "/{plural}" },
  edit_record: { method: "PATCH", path: "/{plural}/{id}" },
  end_record: { method: "DELETE", path: "/{plural}/{id}" },
  get_record: { method: "GET", path: "/{plural}/{id}" },
  health: { method: "GET", path: "/health" },
  invite_person: { method: "POST", path: "/people/rights" },
  keep_myself: { method: "PUT", path: "/me" },
  list_people_rights: { method: "GET", path: "/people/rights" },
  list_records: { method: "GET", path: "/{plural}" },
  list_types: { method: "GET", path: "/meta/types" },
  read_commit: { method: "GET", path: "/{plural}/{id}/history/{version}" },
  read_history: { method: "GET", path: "/{plural}/{id}/history" },
  read_myself: { method: "GET", path: "/me" },
  read_person_rights: { method: "GET", path: "/people/{id}/rights" },
  remove_person: { method: "DELETE", path: "/people/{id}/rights" },
};

