// Folds some records of a view anew: named ones, all of a type, or all that changed since a time.

import { useId, useState } from "react";
import type { TypeDescriptor } from "../api/generated";
import { instantOf } from "../lib/format";
import { announce } from "../lib/live";
import { TextField } from "../ui/TextField";
import { ReasonDialog } from "./ReasonDialog";
import { order } from "./data";
import { recordsIn } from "./measure";
import type { RepairOrder } from "./shapes";
import { words } from "./words";

type Which = "records" | "type" | "since";
const WHICH: readonly Which[] = ["records", "type", "since"];

/** The dialog. */
export function RepairDialog({ view, types, onClose }: { view: string; types: readonly TypeDescriptor[]; onClose: () => void }) {
  const name = useId();
  const [which, setWhich] = useState<Which>("records");
  const [records, setRecords] = useState("");
  const [type, setType] = useState(types[0]?.name ?? "");
  const [since, setSince] = useState("");
  const [tried, setTried] = useState(false);
  const asked = askedFor(which, { records, type, since });
  const wrong = tried && "wrong" in asked ? asked.wrong : undefined;
  const check = () => {
    setTried(true);
    return "order" in asked;
  };
  const perform = async (reason: string, key: string) => {
    if (!("order" in asked)) return;
    await order("repair_view", { path: { view }, body: { reason, ...asked.order } }, key);
    announce(words.wizard.started);
    onClose();
  };
  return (
    <ReasonDialog title={words.repair.title(view)} button={words.repair.button} said={[which, records, type, since]} leadsOn check={check} perform={perform} onClose={onClose}>
      <p>{words.repair.lead}</p>
      <fieldset className="field boxes">
        <legend>{words.repair.which}</legend>
        {WHICH.map((each) => (
          <label key={each} className="box">
            <input type="radio" name={name} checked={which === each} onChange={() => setWhich(each)} />
            <span>{words.repair[each]}</span>
          </label>
        ))}
      </fieldset>
      {which === "records" && (
        <>
          <TextField label={words.repair.recordsLabel} kind="lines" value={records} error={wrong} onChange={setRecords} />
          <p className="muted">{words.repair.recordsHint}</p>
        </>
      )}
      {which === "type" && (
        <div className="field">
          <label htmlFor={`${name}-type`}>{words.repair.typeLabel}</label>
          <select id={`${name}-type`} value={type} onChange={(event) => setType(event.target.value)}>
            {types.map((each) => <option key={each.name} value={each.name}>{each.label}</option>)}
          </select>
        </div>
      )}
      {which === "since" && (
        <div className="field">
          <label htmlFor={`${name}-since`}>{words.repair.sinceLabel}</label>
          <input id={`${name}-since`} type="datetime-local" step="1" value={since} aria-invalid={wrong !== undefined} aria-describedby={`${name}-about`} onChange={(event) => setSince(event.target.value)} />
          <p id={`${name}-about`} className="field-about">{wrong && <span className="field-error">{wrong}</span>}</p>
        </div>
      )}
    </ReasonDialog>
  );
}

function askedFor(which: Which, typed: { records: string; type: string; since: string }): { order: RepairOrder } | { wrong: string } {
  if (which === "type") return { order: { type: typed.type } };
  if (which === "since") {
    const since = instantOf(typed.since);
    return since === undefined ? { wrong: words.repair.sinceWrong } : { order: { since } };
  }
  const { records, wrong } = recordsIn(typed.records);
  if (wrong !== undefined) return { wrong: words.repair.recordsWrong(wrong) };
  return records.length === 0 ? { wrong: words.repair.recordsMissing } : { order: { records } };
}
