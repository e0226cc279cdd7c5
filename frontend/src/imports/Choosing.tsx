// Which column is which field, and what becomes of the first rows: all of it before anything is sent.

import { useId, useState } from "react";
import type { TypeDescriptor } from "../api/generated";
import { FieldValue } from "../records/FieldValue";
import { tooLongBy } from "../records/FieldInput";
import { REASON_MAX } from "../records/form";
import { texts } from "../lib/texts";
import { Notice } from "../ui/Notice";
import { TextField } from "../ui/TextField";
import { DELIMITERS } from "./csv";
import type { Examined } from "./file";
import { ID, LEFT_OUT, type Leaf, cellFault, converted, guessedMapping, leavesOf, mappingFaults } from "./mapping";
import type { Order } from "./sending";
import { words } from "./words";

/** How many values of a column are shown as examples. */
const EXAMPLES = 3;

/** The choice. */
export function Choosing({ type, file, examined, separate, begin }: {
  type: TypeDescriptor;
  file: File;
  examined: Examined;
  /** Reads the file anew, with something else between its cells. */
  separate: (delimiter: string) => void;
  begin: (order: Order) => void;
}) {
  const { head, rows, delimiter, digest } = examined;
  const [mapping, setMapping] = useState(() => guessedMapping(type, head));
  const [reason, setReason] = useState("");
  const known = leavesOf(type);
  const faults = mappingFaults(type, mapping);
  const over = tooLongBy({ max: REASON_MAX }, reason);
  const ready = faults.length === 0 && rows > 0 && over === 0;
  const order = { type, file, delimiter, head, mapping, reason: reason.trim(), rows, digest };
  return (
    <form className="import-choice" onSubmit={(event) => { event.preventDefault(); if (ready) begin(order); }}>
      <p className="import-found">
        <strong>{words.found(file.name, rows, head.length)}</strong>
        <label className="filter">
          <span>{words.delimiter}</span>
          <select value={delimiter} onChange={(event) => separate(event.target.value)}>
            {DELIMITERS.map((each) => <option key={each} value={each}>{words.delimiters[each]}</option>)}
          </select>
        </label>
      </p>
      {rows === 0 && <Notice tone="warning"><p>{words.noRows}</p></Notice>}
      {rows > 0 && <h2>{words.columns}</h2>}
      {rows > 0 && <MappingTable
        examined={examined}
        known={known}
        mapping={mapping}
        choose={(index, path) => setMapping(mapping.map((before, at) => (at === index ? path : before)))}
      />}
      {faults.map(({ kind, leaf }) => (
        <Notice key={`${kind} ${leaf?.path}`} tone="warning">
          <p>{kind === "twice" ? words.twoForOne(leaf?.label ?? words.id) : words.missing(leaf?.label ?? "")}</p>
        </Notice>
      ))}
      {rows > 0 && <h2>{words.preview}</h2>}
      {rows > 0 && <Preview examined={examined} known={known} mapping={mapping} />}
      <TextField label={`${texts.form.reason} (${texts.form.optional})`} value={reason} error={over > 0 ? texts.form.tooLong(over) : undefined} onChange={setReason} />
      <p><button type="submit" className="primary" disabled={!ready}>{words.begin(rows)}</button></p>
    </form>
  );
}

function MappingTable({ examined, known, mapping, choose }: {
  examined: Examined;
  known: readonly Leaf[];
  mapping: readonly string[];
  choose: (index: number, path: string) => void;
}) {
  const id = useId();
  return (
    <div className="table-frame">
      <table className="records" role="table">
        <caption className="visually-hidden">{words.columns}</caption>
        <thead role="rowgroup">
          <tr role="row">
            {[words.column, words.examples, words.field].map((label) => <th key={label} scope="col" role="columnheader">{label}</th>)}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {examined.head.map((name, index) => {
            const column = name || words.unnamed(index + 1);
            const examples = examined.sample.map((row) => row.cells[index] ?? "").filter((cell) => cell !== "");
            return (
              // Columns have no other identity: two may be called the same.
              <tr key={index} role="row">
                <th scope="row" role="rowheader">{column}</th>
                <td role="cell" data-label={words.examples} className={examples.length > 0 ? "cell-line import-examples" : "no-value"}>
                  {examples.length > 0 ? examples.slice(0, EXAMPLES).map(short).join(" · ") : texts.none}
                </td>
                <td role="cell" data-label={words.field}>
                  <label className="visually-hidden" htmlFor={`${id}-${index}`}>{words.fieldOf(column)}</label>
                  <select id={`${id}-${index}`} value={mapping[index]} onChange={(event) => choose(index, event.target.value)}>
                    <option value={LEFT_OUT}>{words.leftOut}</option>
                    {known.map(({ path, label, field }) => <option key={path} value={path}>{label}{field.required ? " *" : ""}</option>)}
                    <option value={ID}>{words.id}</option>
                  </select>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** The first rows as records; what can be seen to be wrong is told. */
function Preview({ examined, known, mapping }: { examined: Examined; known: readonly Leaf[]; mapping: readonly string[] }) {
  const chosen = mapping.flatMap((path, index) => {
    const leaf = known.find((candidate) => candidate.path === path);
    return leaf ? [{ leaf, index }] : [];
  });
  return (
    <div className="table-frame" role="region" tabIndex={0} aria-label={words.preview}>
      <table className="records" role="table">
        <caption className="visually-hidden">{words.preview}</caption>
        <thead role="rowgroup">
          <tr role="row">
            <th scope="col" role="columnheader">{words.lineHead}</th>
            {chosen.map(({ leaf, index }) => <th key={index} scope="col" role="columnheader">{leaf.label}</th>)}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {examined.sample.map(({ line, cells }) => (
            <tr key={line} role="row">
              <th scope="row" role="rowheader">{words.line(line)}</th>
              {cells.length !== mapping.length && <td role="cell" colSpan={chosen.length} className="field-error">{words.ragged(cells.length, mapping.length)}</td>}
              {cells.length === mapping.length && chosen.map(({ leaf, index }) => {
                const cell = cells[index] ?? "";
                const fault = cellFault(leaf.field, cell);
                const value = converted(leaf.field, cell);
                return (
                  <td key={index} role="cell" data-label={leaf.label} className={value === undefined && !fault ? "no-value" : `cell-${leaf.field.kind}`}>
                    {value !== undefined && <FieldValue field={{ ...leaf.field, kind: leaf.field.kind === "tags" ? "tags" : "line" }} value={Array.isArray(value) ? value : short(value)} place="list" />}
                    {fault && <div className="field-error">{words.wrongCell(leaf.label, words.wrong[fault])}</div>}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function short(text: string): string {
  const characters = [...text.replaceAll(/\s+/g, " ")];
  return characters.length > 60 ? `${characters.slice(0, 59).join("")}…` : characters.join("");
}
