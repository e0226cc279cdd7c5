// Starts an export of what is asked for: in which format, and why.

import { useId, useState } from "react";
import { useLocation } from "wouter";
import { OrderDialog } from "../api/OrderDialog";
import type { Export, Myself, TypeDescriptor } from "../api/generated";
import { announce } from "../lib/live";
import { texts } from "../lib/texts";
import { TextField } from "../ui/TextField";
import { AskedFor } from "./Asked";
import { startExport } from "./data";
import { type AuditFilter, asked, isFiltered } from "./filters";
import { words } from "./words";

type Format = Export["format"];

const FORMATS: readonly { format: Format; label: string; hint: string }[] = [
  { format: "ndjson", label: words.exporting.ndjson, hint: words.exporting.ndjsonHint },
  { format: "csv", label: words.exporting.csv, hint: words.exporting.csvHint },
];

/** The dialog. Once started, the exports are shown. */
export function ExportDialog({ me, filter, types, onClose }: {
  me: Myself;
  filter: AuditFilter;
  types: readonly TypeDescriptor[];
  onClose: () => void;
}) {
  const name = useId();
  const [format, setFormat] = useState<Format>("ndjson");
  const [reason, setReason] = useState("");
  const [, navigate] = useLocation();
  const order = async (key: string) => {
    await startExport(format, asked(filter, me.id), reason, key);
    announce(words.exporting.started);
    navigate("/audit/exports");
  };
  return (
    <OrderDialog title={words.exporting.title} button={words.exporting.start} right="audit" said={[format, filter, reason]} order={order} onClose={onClose}>
      <p>{words.exporting.lead}</p>
      <div>
        <p className="muted">{words.exporting.filter}</p>
        {isFiltered(filter) ? <AskedFor filter={filter} types={types} /> : <p>{words.exporting.everything}</p>}
      </div>
      <fieldset className="field boxes">
        <legend>{words.exporting.format}</legend>
        {FORMATS.map((each) => (
          <label key={each.format} className="box">
            <input type="radio" name={name} checked={format === each.format} onChange={() => setFormat(each.format)} />
            <span><strong>{each.label}</strong> <span className="muted">{each.hint}</span></span>
          </label>
        ))}
      </fieldset>
      <TextField label={`${words.exporting.reason} (${texts.form.optional})`} kind="lines" value={reason} onChange={setReason} />
      <p className="muted">{words.exporting.recorded}</p>
    </OrderDialog>
  );
}
