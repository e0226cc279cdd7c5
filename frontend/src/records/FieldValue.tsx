// What a field holds, shown as its kind asks for.

import type { Field, TypeDescriptor } from "../api/generated";
import { calendarDay } from "../lib/format";
import { isEmpty, isFields, pointerParts } from "../lib/json";
import { texts } from "../lib/texts";
import { PersonName, RecordLink } from "./Names";
import { fieldAt, isRedacted, isWithheld, membersOf, statusOf } from "./descriptor";

/** Where a value is shown: lists are terse, details have room and links. */
export type Place = "list" | "details";

/** A field's value. */
export function FieldValue({ field, value, place }: { field: Field; value: unknown; place: Place }) {
  if (isRedacted(value)) return <Redacted value={value} />;
  if (isEmpty(value)) return <span className="muted" aria-label={texts.empty}>{texts.none}</span>;
  switch (field.kind) {
    case "tags":
      return <Tags value={value} />;
    case "group":
      return <Group field={field} value={value} />;
    case "person":
      return <PersonName id={String(value)} />;
    case "reference":
      return <RecordLink to={field.to ?? ""} id={String(value)} />;
    case "date":
      return <time dateTime={String(value)}>{calendarDay(String(value))}</time>;
    case "text":
      return <div className="prose">{plain(value)}</div>;
    case "email":
      return place === "details" ? <a href={`mailto:${plain(value)}`}>{plain(value)}</a> : <Address value={plain(value)} />;
    case "phone":
      return place === "details" ? <a href={`tel:${plain(value).replaceAll(/[^\d+]/g, "")}`}>{plain(value)}</a> : <>{plain(value)}</>;
    default:
      return <>{plain(value)}</>;
  }
}

/** The value of whatever a JSON Pointer names in a record of a type: a field, its status, its owner. */
export function ValueAt({ type, pointer, value }: { type: TypeDescriptor; pointer: string; value: unknown }) {
  if (pointer === "/status" && typeof value === "string") return <>{statusOf(type, value).label}</>;
  if (pointer === "/owner" && typeof value === "string") return <PersonName id={value} />;
  const found = fieldAt(type.fields, pointer);
  const field = found.length === pointerParts(pointer).length ? found.at(-1) : undefined;
  if (field) return <FieldValue field={field} value={value} place="list" />;
  return isRedacted(value) ? <Redacted value={value} /> : <>{plain(value)}</>;
}

/** What stands where a value was erased, or is not for these eyes. */
function Redacted({ value }: { value: unknown }) {
  return <em className="muted">{isWithheld(value) ? texts.record.withheld : texts.record.erased}</em>;
}

/** An e-mail address, which may be broken behind the `@`. */
function Address({ value }: { value: string }) {
  const [user, host] = value.split("@");
  return host === undefined ? <>{value}</> : <>{user}@<wbr />{host}</>;
}

function Tags({ value }: { value: unknown }) {
  const tags = Array.isArray(value) ? value.map(plain) : [plain(value)];
  return (
    <ul className="tags">
      {tags.map((tag) => <li key={tag} className="tag">{tag}</li>)}
    </ul>
  );
}

function Group({ field, value }: { field: Field; value: unknown }) {
  const members = isFields(value) ? value : {};
  const shown = membersOf(field).filter((member) => !isEmpty(members[member.name]));
  return (
    <dl className="group">
      {shown.map((member) => (
        <div key={member.name}>
          <dt>{member.label}</dt>
          <dd><FieldValue field={member} value={members[member.name]} place="list" /></dd>
        </div>
      ))}
    </dl>
  );
}

function plain(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
