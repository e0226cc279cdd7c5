// Refused rows, in the order of the file: each with its line and the reason before its cells, so that the
// report can be mended and imported.

import { quoted } from "./csv";
import { REPORTED } from "./mapping";

/** A row that was refused. */
export type Refused = { line: number; reason: string; cells: readonly string[] };

/** So many characters are held as text; what is more is left to the browser, which may keep it on disk. */
const HELD_MAX = 256 * 1024;

/** The report under way. */
export class Report {
  readonly #head: readonly string[];
  readonly #delimiter: string;
  readonly #early = new Map<number, Refused | undefined>();
  #blob = new Blob([]);
  #held = "";
  #next = 0;

  constructor(head: readonly string[], delimiter: string) {
    [this.#head, this.#delimiter] = [head, delimiter];
    this.#write([...REPORTED, ...head.filter((name) => !REPORTED.includes(name))]);
  }

  /** The number of the first row that is not settled yet. */
  get next(): number {
    return this.#next;
  }

  /** Takes note of a settled row, in whatever order they come. */
  settled(number: number, refused: Refused | undefined): void {
    this.#early.set(number, refused);
    while (this.#early.has(this.#next)) {
      this.#refused(this.#early.get(this.#next));
      this.#early.delete(this.#next);
      this.#next += 1;
    }
  }

  /** Whether a row has been settled. */
  has(number: number): boolean {
    return number < this.#next || this.#early.has(number);
  }

  /** The report as a file, with the mark by which spreadsheets know UTF-8. */
  file(): Blob {
    const early = [...this.#early].sort(([a], [b]) => a - b).map(([, refused]) => refused);
    const rest = early.filter((refused) => refused !== undefined).map((refused) => this.#line(refused)).join("");
    return new Blob(["\ufeff", this.#blob, this.#held, rest], { type: "text/csv;charset=utf-8" });
  }

  #refused(refused: Refused | undefined): void {
    if (!refused) return;
    this.#held += this.#line(refused);
    if (this.#held.length < HELD_MAX) return;
    this.#blob = new Blob([this.#blob, this.#held]);
    this.#held = "";
  }

  #line({ line, reason, cells }: Refused): string {
    // The columns of an earlier report make room for those of this one.
    const kept = cells.filter((_, index) => !REPORTED.includes(this.#head[index] ?? ""));
    return this.#row([String(line), reason, ...kept]);
  }

  #write(cells: readonly string[]): void {
    this.#held += this.#row(cells);
  }

  #row(cells: readonly string[]): string {
    return `${cells.map((cell) => quoted(cell, this.#delimiter)).join(this.#delimiter)}\r\n`;
  }
}
