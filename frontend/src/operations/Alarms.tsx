// What operators must hear of: above everything.

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Failure } from "../api/Failure";
import { sentence } from "../lib/format";
import { Notice } from "../ui/Notice";
import { At } from "../ui/Time";
import { alarmsQuery } from "./data";
import type { Alarm } from "./shapes";
import { words } from "./words";

/** So many alarms are told at once; more on demand. */
const TOLD_MAX = 3;

/** The alarms; nothing while there are none. */
export function Alarms() {
  const alarms = useQuery(alarmsQuery);
  const [all, setAll] = useState(false);
  const found = alarms.data ?? [];
  return (
    <>
      {alarms.isError && <Failure error={alarms.error} title={words.alarm.failed} right="operate" retry={() => void alarms.refetch()} />}
      {found.length > 0 && (
        <Notice tone="alarm" title={words.alarm.title(found.length)}>
          <ul className="ops-alarms">
            {found.slice(0, all ? undefined : TOLD_MAX).map((alarm) => <li key={JSON.stringify(alarm)}><AlarmRow alarm={alarm} /></li>)}
          </ul>
          {!all && found.length > TOLD_MAX && <p><button type="button" onClick={() => setAll(true)}>{words.alarm.all(found.length)}</button></p>}
        </Notice>
      )}
    </>
  );
}

function AlarmRow({ alarm: { kind, record, tenant, version, detail, at } }: { alarm: Alarm }) {
  return (
    <>
      <strong>{words.alarm.kinds[kind] ?? kind}</strong>
      {record && <> · <code>{record.type}/{record.id}</code>{tenant && ` ${words.parkedPage.tenant(tenant)}`}{version !== undefined && `, ${words.alarm.version(version)}`}</>}
      {" · "}<At at={at} />
      <br />
      {sentence(detail)} {words.alarm.hints[kind]}
    </>
  );
}
