// What the page that imports says; loaded with it.

import { count } from "../lib/format";
import type { CellFault } from "./mapping";
import type { Tally } from "./sending";

const plural = new Intl.PluralRules("en");
const counted = (n: number, one: string, other: string) => `${count(n)} ${plural.select(n) === "one" ? one : other}`;
const seconds = new Intl.NumberFormat("en", { style: "unit", unit: "second", unitDisplay: "long", maximumFractionDigits: 0 });
const minutes = new Intl.NumberFormat("en", { style: "unit", unit: "minute", unitDisplay: "long", maximumFractionDigits: 0 });

/** Its sentences. */
export const words = {
  title: (label: string) => `Import ${label}`,
  here: "Import",
  lead: "Each row of a CSV file becomes a record. The first line names the columns. Nothing is sent before you have seen what becomes of it.",
  twice: "The same file can be imported again: what is there already is not doubled, here or on the command line.",
  file: "CSV file",
  examining: "Reading the file…",
  found: (name: string, rows: number, columns: number) => `${name}: ${counted(rows, "row", "rows")}, ${counted(columns, "column", "columns")}`,
  noRows: "There is nothing to import after the first line.",
  delimiter: "Cells are separated by",
  delimiters: { ",": "Comma", ";": "Semicolon", "\t": "Tab", "|": "Vertical bar" } as { readonly [delimiter: string]: string },
  unfit: "This file cannot be imported as it is",
  faults: {
    empty: "It is empty. Its first line must name the columns.",
    spreadsheet: "It is a spreadsheet, not CSV. Save it as “CSV UTF-8”.",
    utf16: "It is UTF-16, not UTF-8. Save it as “CSV UTF-8”, or convert it: iconv -f UTF-16 -t UTF-8",
    unreadable: "It cannot be read, or has changed since it was chosen. Choose it again.",
    notUtf8: (line: number, byte: number) =>
      `Line ${count(line)}: byte 0x${byte.toString(16).padStart(2, "0")} is not UTF-8; the file is probably in Latin-1 (Windows-1252). Save it as “CSV UTF-8”, or convert it: iconv -f WINDOWS-1252 -t UTF-8`,
    unclosed: (line: number) => `Line ${count(line)}: a quotation mark is not closed.`,
    tooLarge: (line: number) => `Line ${count(line)}: the row has more than 1 MB. Is a quotation mark not closed?`,
  },
  columns: "Which column is which field",
  column: "Column",
  examples: "First values",
  field: "Field",
  fieldOf: (column: string) => `Field of the column ${column}`,
  unnamed: (n: number) => `(column ${n})`,
  leftOut: "— left out —",
  id: "Id of the record",
  twoForOne: (field: string) => `Two columns are the field “${field}”. Leave one of them out.`,
  missing: (field: string) => `No column is the field “${field}”, without which no record can be.`,
  preview: "What becomes of the first rows",
  wrong: { required: "is missing", "too-long": "is too long", "too-many": "has too many entries" } as { readonly [fault in CellFault]: string },
  wrongCell: (field: string, what: string) => `${field} ${what}`,
  ragged: (found: number, wanted: number) => `${found} cells where ${wanted} are expected`,
  lineHead: "Line",
  line: (n: number) => `Line ${count(n)}`,
  begin: (rows: number) => `Import ${counted(rows, "row", "rows")}`,
  progress: "Importing",
  running: (name: string) => `${name} is being imported. It goes on while you work on other pages of this tab.`,
  tally: ({ created, already, refused }: Tally, rows: number) =>
    `${count(created + already + refused)} of ${count(rows)} rows: ${count(created)} created, ${count(already)} already there, ${count(refused)} refused`,
  rate: (rate: number, left: number) => `${counted(Math.round(rate), "row", "rows")} a second, about ${left < 90 ? seconds.format(Math.ceil(left)) : minutes.format(Math.ceil(left / 60))} left`,
  stop: "Stop",
  goOn: "Go on",
  stopped: "It stopped before its end",
  stoppedHint: "What was sent is kept. Going on, or importing the file again, sends nothing twice.",
  done: (name: string) => `${name} was imported`,
  refusedHint: "The refused rows, each with its line and the reason, can be downloaded, mended, and imported.",
  download: "Download the refused rows",
  list: (label: string) => `Show the ${label}`,
  audit: "All that belongs to it",
  another: "Import another file",
};
