// Which changes are to be sent again; how many those are; and then, when somebody says so, sending them.

import { useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { Failure } from "../api/Failure";
import type { TypeDescriptor } from "../api/generated";
import { fieldTime, instantOf, sentence } from "../lib/format";
import { announce } from "../lib/live";
import { Notice } from "../ui/Notice";
import { Skeleton } from "../ui/Skeleton";
import { NumberField } from "./NumberField";
import { ReasonDialog } from "./ReasonDialog";
import { order, replayQuery } from "./data";
import { wholeNumber } from "./measure";
import { MANY } from "./replay";
import type { ReplayOrder } from "./shapes";
import { words } from "./words";

const page = words.replaysPage;
/** As the API bounds it. */
const RATE_MAX = 10_000;

/** The form. It holds what was asked for as long as that has a count. */
export function ReplayForm({ types, asked, counted, choose }: {
  types: readonly TypeDescriptor[];
  asked: ReplayOrder;
  /** The id of the count of what is asked for. */
  counted: string | undefined;
  choose: (asked: ReplayOrder, counted?: string) => void;
}) {
  const name = useId();
  const [type, setType] = useState(asked.type ?? "");
  const [since, setSince] = useState(asked.since ? fieldTime(asked.since) : "");
  const [until, setUntil] = useState(asked.until ? fieldTime(asked.until) : "");
  const [rate, setRate] = useState(asked.rate === undefined ? "" : String(asked.rate));
  const [counting, setCounting] = useState(false);
  const limit = wholeNumber(rate, 1, RATE_MAX);
  const [from, before] = [instantOf(since), instantOf(until)];
  const now: ReplayOrder = { ...(type ? { type } : {}), ...(from ? { since: from } : {}), ...(before ? { until: before } : {}), ...(typeof limit === "number" ? { rate: limit } : {}) };
  const time = (id: string, label: string, value: string, set: (value: string) => void) => (
    <div className="field">
      <label htmlFor={`${name}-${id}`}>{label} ({page.optional})</label>
      <input id={`${name}-${id}`} type="datetime-local" step="1" value={value} disabled={counted !== undefined} onChange={(event) => set(event.target.value)} />
    </div>
  );
  return (
    <section aria-labelledby="choose" className="ops-group">
      <h2 id="choose">{page.choose}</h2>
      <div className="fields">
        <div className="field">
          <label htmlFor={`${name}-type`}>{page.which}</label>
          <select id={`${name}-type`} value={type} disabled={counted !== undefined} onChange={(event) => setType(event.target.value)}>
            <option value="">{page.everything}</option>
            {types.map((each) => <option key={each.name} value={each.name}>{each.plural_label}</option>)}
          </select>
        </div>
        {time("since", page.since, since, setSince)}
        {time("until", page.until, until, setUntil)}
        {counted === undefined && <NumberField label={`${page.rate} (${page.optional})`} value={rate} error={limit === "wrong" ? words.numberWrong(1, RATE_MAX) : undefined} onChange={setRate} />}
      </div>
      {counted === undefined ? (
        <div className="ops-actions"><button type="button" className="primary" disabled={limit === "wrong"} onClick={() => setCounting(true)}>{page.count}</button></div>
      ) : <Counted id={counted} asked={asked} other={() => choose(asked)} />}
      {counting && <CountDialog asked={now} onClose={() => setCounting(false)} choose={choose} />}
    </section>
  );
}

function CountDialog({ asked, choose, onClose }: { asked: ReplayOrder; choose: (asked: ReplayOrder, counted: string) => void; onClose: () => void }) {
  const perform = async (reason: string, key: string) => {
    const { id } = await order("start_replay", { body: { reason, dry_run: true, ...asked } }, key);
    announce(page.counting);
    onClose();
    choose(asked, id);
  };
  return (
    <ReasonDialog title={page.countTitle} button={page.countButton} said={asked} perform={perform} onClose={onClose}>
      <p>{page.countLead}</p>
    </ReasonDialog>
  );
}

/** The count, and the way on from it. */
function Counted({ id, asked, other }: { id: string; asked: ReplayOrder; other: () => void }) {
  const count = useQuery(replayQuery(id));
  const [sending, setSending] = useState(false);
  const of = count.data;
  const isDone = of?.state === "done" && of.dry_run;
  return (
    <div aria-live="polite" className="ops-counted">
      <h3>{page.counted}</h3>
      {count.isError && <Failure error={count.error} right="operate" retry={() => void count.refetch()} />}
      {count.isPending && !count.isError && <Skeleton lines={2} />}
      {of?.state === "failed" && <Notice tone="alarm" title={page.states["failed"]}><p>{sentence(of.error ?? "")}</p></Notice>}
      {of?.state === "cancelled" && <p>{page.states["cancelled"]}</p>}
      {of?.state === "counting" && <p>{page.counting} <span className="muted">{page.sofar(of.events, of.commits)}</span></p>}
      {isDone && <p><strong>{of.events > 0 ? page.wouldSend(of.events, of.commits) : page.wouldSendNone}</strong></p>}
      <div className="ops-actions">
        {isDone && of.events > 0 && <button type="button" className="primary" onClick={() => setSending(true)}>{page.send(of.events)}</button>}
        <button type="button" onClick={other}>{page.other}</button>
      </div>
      {sending && of && <SendDialog events={of.events} asked={asked} sent={other} onClose={() => setSending(false)} />}
    </div>
  );
}

function SendDialog({ events, asked, sent, onClose }: { events: number; asked: ReplayOrder; sent: () => void; onClose: () => void }) {
  const [sure, setSure] = useState(false);
  const [tried, setTried] = useState(false);
  const asksTwice = events >= MANY;
  const check = () => {
    setTried(true);
    return sure || !asksTwice;
  };
  const perform = async (reason: string, key: string) => {
    await order("start_replay", { body: { reason, ...asked } }, key);
    announce(page.sending);
    onClose();
    sent();
  };
  const missing = tried && asksTwice && !sure;
  return (
    <ReasonDialog title={page.sendTitle(events)} button={page.sendButton} danger said={[asked, sure]} check={check} perform={perform} onClose={onClose}>
      <p>{page.sendLead}</p>
      {asksTwice && (
        <>
          <label className="box">
            <input type="checkbox" checked={sure} aria-invalid={missing} aria-describedby="sure-about" onChange={() => setSure(!sure)} />
            <span>{page.sure(events)}</span>
          </label>
          <p id="sure-about">{missing && <span className="field-error">{page.sureMissing}</span>}</p>
        </>
      )}
    </ReasonDialog>
  );
}
