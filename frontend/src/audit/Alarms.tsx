// Signs that the log was tampered with: above everything, and among the changes.

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useSearchParams } from "wouter";
import { Failure } from "../api/Failure";
import type { AlarmItem, TypeDescriptor } from "../api/generated";
import { sentence, utcTime } from "../lib/format";
import { useRecordTitle } from "../records/Names";
import { Notice } from "../ui/Notice";
import { alarmsQuery } from "./data";
import { auditPath, withFilter, withoutFilter } from "./filters";
import { typeLabel } from "./labels";
import { momentTime } from "./when";
import { words } from "./words";

/** So many alarms are told at once; more on demand. */
const TOLD_MAX = 3;

/** The banner; nothing while there is nothing to tell. */
export function Alarms({ types }: { types: readonly TypeDescriptor[] }) {
  const [params] = useSearchParams();
  const alarms = useQuery(alarmsQuery);
  const [all, setAll] = useState(false);
  if (alarms.isError) return <Failure error={alarms.error} title={words.alarm.failed} right="audit" retry={() => void alarms.refetch()} />;
  const found = alarms.data ?? [];
  if (found.length === 0) return null;
  return (
    <Notice tone="alarm" title={words.alarm.banner(found.length)}>
      <ul className="alarms">
        {found.slice(0, all ? undefined : TOLD_MAX).map((alarm) => (
          <li key={JSON.stringify(alarm)}><AlarmRow alarm={alarm} types={types} params={params} /></li>
        ))}
      </ul>
      {!all && found.length > TOLD_MAX && <p><button type="button" onClick={() => setAll(true)}>{words.alarm.all(found.length)}</button></p>}
      <p>{words.alarm.hint}</p>
    </Notice>
  );
}

/** One alarm: what was noticed, of which record, when. */
export function AlarmRow({ alarm, types, params }: { alarm: AlarmItem; types: readonly TypeDescriptor[]; params: URLSearchParams }) {
  const { record } = alarm;
  const { title } = useRecordTitle(record?.type ?? "", record?.id ?? "");
  const of = record && auditPath(withFilter(withoutFilter(params), { record: `${record.type}/${record.id}` }));
  return (
    <>
      <strong>{alarm.alarm === "tamper" ? words.alarm.tamper : words.alarm.diverged}</strong>
      {record && <> · {typeLabel(types, record.type)} {title}{alarm.version !== undefined && `, ${words.list.version(alarm.version)}`}</>}
      {" · "}<time dateTime={alarm.recorded_at} title={utcTime(alarm.recorded_at)}>{momentTime(alarm.recorded_at)}</time>
      <br />
      {sentence(alarm.detail)} {of && <Link href={of}>{words.alarm.toRecord}</Link>}
    </>
  );
}
