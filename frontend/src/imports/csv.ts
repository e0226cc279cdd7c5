// The rows of a CSV file (RFC 4180) as its text comes, each with the line on which it begins. It reads as
// `annals import` does: quotation marks only at the beginning of a cell, blank lines passed over. Pure.

/** A row. */
export type Row = { line: number; cells: string[] };

/** The rows cannot be told apart. */
export class Broken extends Error {
  override readonly name = "Broken";
  constructor(readonly kind: "unclosed" | "too-large", readonly line: number) {
    super(`${kind} in line ${line}`);
  }
}

/** A row beyond this is a quotation mark that was not closed. */
const ROW_MAX = 1024 * 1024;
const [QUOTE, RETURN, NEWLINE] = [34, 13, 10];

enum At { Row, Cell, Plain, Quoted, Mark }

/** Rows under way. */
export class Rows {
  readonly #delimiter: number;
  #at = At.Row;
  #line = 1;
  #begun = 1;
  #cell = "";
  #cells: string[] = [];
  #size = 0;

  constructor(delimiter: string) {
    this.#delimiter = delimiter.charCodeAt(0);
  }

  /** Takes the next piece of the text: the rows that end in it. Throws `Broken`. */
  push(text: string): Row[] {
    const rows: Row[] = [];
    let from = 0;
    const endCell = (to: number) => {
      this.#cells.push(this.#cell + text.slice(from, to));
      this.#cell = "";
    };
    for (let i = 0; i < text.length; i += 1) {
      const c = text.charCodeAt(i);
      const isBreak = c === NEWLINE || c === RETURN;
      if (this.#at === At.Row) {
        from = i;
        if (isBreak) {
          if (c === NEWLINE) this.#line += 1;
          continue;
        }
        this.#begun = this.#line;
        this.#size = 0;
        this.#at = At.Cell;
      }
      if (this.#at === At.Quoted) {
        if (c === NEWLINE) this.#line += 1;
        if (c !== QUOTE) continue;
        this.#grow(text.slice(from, i));
        from = i + 1;
        this.#at = At.Mark;
        continue;
      }
      if (this.#at === At.Cell) {
        from = i;
        if (c === QUOTE) {
          from = i + 1;
          this.#at = At.Quoted;
          continue;
        }
        this.#at = At.Plain;
      }
      if (this.#at === At.Mark) {
        // Two of them are one; anything else goes on as if there had been none.
        from = i;
        if (c === QUOTE) {
          this.#at = At.Quoted;
          continue;
        }
        this.#at = At.Plain;
      }
      if (c === this.#delimiter) {
        endCell(i);
        this.#at = At.Cell;
      } else if (isBreak) {
        endCell(i);
        rows.push({ line: this.#begun, cells: this.#cells });
        this.#cells = [];
        if (c === NEWLINE) this.#line += 1;
        this.#at = At.Row;
      }
    }
    if (this.#at === At.Plain || this.#at === At.Quoted) this.#grow(text.slice(from));
    return rows;
  }

  /** The end of the text: the row that ends with it, if there is one. Throws `Broken`. */
  end(): Row[] {
    if (this.#at === At.Quoted) throw new Broken("unclosed", this.#begun);
    return this.#at === At.Row ? [] : this.push("\n");
  }

  #grow(piece: string): void {
    this.#cell += piece;
    this.#size += piece.length;
    if (this.#size > ROW_MAX) throw new Broken("too-large", this.#begun);
  }
}

/** Whether there is nothing in it, as in the empty rows at the end of many a spreadsheet. */
export function isBlank(row: Row): boolean {
  return row.cells.every((cell) => cell.trim() === "");
}

/** A cell as RFC 4180 has it. */
export function quoted(cell: string, delimiter: string): string {
  return /["\r\n]/.test(cell) || cell.includes(delimiter) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** What may separate cells. */
export const DELIMITERS = [",", ";", "\t", "|"] as const;

/** What most likely separates the cells of a file that begins like this. */
export function guessedDelimiter(beginning: string): string {
  const line = beginning.split(/\r?\n/, 1)[0] ?? "";
  const counts = DELIMITERS.map((delimiter) => line.split(delimiter).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ",";
}
