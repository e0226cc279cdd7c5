// Sending the rows of a file: one reads, several send, one counts; memory does not grow with the file.

import { reasonHeader } from "../api/call";
import { client, countsQuery } from "../api/client";
import type { TypeDescriptor } from "../api/generated";
import { ProblemError, isProblem } from "../api/problem";
import { patiently, send } from "../api/send";
import { isBlank } from "./csv";
import { rowsOf } from "./file";
import { type Keyed, Keys } from "./keys";
import { fieldsOf, leavesOf } from "./mapping";
import { Report } from "./report";
import { words } from "./words";

/** What is to be imported, and how. */
export type Order = {
  type: TypeDescriptor;
  file: File;
  delimiter: string;
  head: readonly string[];
  /** For each column the field that it is. */
  mapping: readonly string[];
  reason: string;
  /** How many rows there are, and the digest of the file, as they were found. */
  rows: number;
  digest: string;
};

/** What became of the rows so far. */
export type Tally = { created: number; already: number; refused: number };

/** How many rows are sent at once: more, a browser does not send to one place. */
const JOBS = 6;
/** How often it is told how far it is, in ms. */
const TOLD_MS = 200;
/** Views follow the log within a moment, in ms. */
const FOLLOW_MS = 2_000;

type Task = { number: number; line: number; cells: string[]; keyed: Keyed | undefined };

/** An import, from its beginning to its end, however often it has to be gone on with. */
export class Import {
  readonly report: Report;
  readonly tally: Tally = { created: 0, already: 0, refused: 0 };
  /** By which all its commits are found: the same as that of `annals import`. */
  readonly flow: string;
  state: "running" | "stopped" | "done" = "stopped";
  failure: unknown;
  /** Rows a second, over what was sent since it was begun or gone on with. */
  rate = 0;
  #stopping = false;

  constructor(readonly order: Order) {
    this.report = new Report(order.head, order.delimiter);
    this.flow = `import-${order.digest}`;
  }

  /** How many rows are settled. */
  get settled(): number {
    return this.tally.created + this.tally.already + this.tally.refused;
  }

  /** Asks it to stop; rows under way are waited for. */
  stop(): void {
    this.#stopping = true;
  }

  /** Sends all rows that are not settled. `told` hears now and then how far it is, and when it ends. */
  async run(told: () => void): Promise<void> {
    [this.state, this.failure, this.#stopping] = ["running", undefined, false];
    const [begun, before] = [performance.now(), this.settled];
    const rated = () => {
      this.rate = ((this.settled - before) * 1_000) / Math.max(1, performance.now() - begun);
      told();
    };
    rated();
    const timer = setInterval(rated, TOLD_MS);
    const tasks = this.#tasks();
    await Promise.all(Array.from({ length: JOBS }, () => this.#work(tasks)));
    clearInterval(timer);
    this.state = this.failure === undefined && !this.#stopping ? "done" : "stopped";
    rated();
    refresh(this.order.type);
  }

  /** Takes one row after the other. The rows come in the order of the file, whoever takes them. */
  async #work(tasks: AsyncGenerator<Task>): Promise<void> {
    try {
      for (let next = await tasks.next(); !next.done; next = await tasks.next()) {
        const { number, line, cells, keyed } = next.value;
        const reason = keyed ? await this.#sent(keyed) : words.ragged(cells.length, this.order.mapping.length);
        if (reason !== undefined) this.tally.refused += 1;
        this.report.settled(number, reason === undefined ? undefined : { line, reason, cells });
      }
    } catch (error) {
      // The first failure is the one to tell; the others follow from it.
      this.failure ??= error;
    }
  }

  async *#tasks(): AsyncGenerator<Task> {
    const { type, file, delimiter, mapping, reason, rows } = this.order;
    const keys = new Keys(type.plural, reason, rows);
    const known = leavesOf(type);
    let [number, head] = [0, true];
    for await (const found of rowsOf(file, delimiter)) {
      for (const row of found) {
        if (this.#stopping || this.failure !== undefined) return;
        if (head || isBlank(row)) {
          head = false;
          continue;
        }
        const fields = fieldsOf(known, mapping, row.cells);
        const keyed = fields && keys.keyed(fields);
        // What an earlier run has settled is counted for its key only.
        if (!this.report.has(number)) yield { number, line: row.line, cells: row.cells, keyed };
        number += 1;
      }
    }
  }

  /**
   * Sends a row: why it is refused, if it is. Only what the service says of the row itself is a refusal;
   * everything else is thrown, and leaves the row unsettled.
   */
  async #sent({ key, body, ownId }: Keyed): Promise<string | undefined> {
    let [replayed, tries] = [false, 1];
    const answered = (headers: Headers) => { replayed = headers.get("idempotency-replayed") === "true"; };
    const headers = { "Idempotency-Key": key, "X-Correlation-Id": this.flow, ...reasonHeader(this.order.reason) };
    const path = { plural: this.order.type.plural };
    try {
      await patiently(() => send("create_record", { path, headers, body, answered }, () => { tries += 1; }));
    } catch (error) {
      // The id is made of the row, so the record with that id is that row.
      if (isProblem(error, "id-taken") && !ownId) this.tally.already += 1;
      else if (isOfTheRow(error)) return inOneLine(error);
      else throw error;
      return undefined;
    }
    // A replay of an earlier try of ours means that its answer was lost, no more.
    if (replayed && tries === 1) this.tally.already += 1;
    else this.tally.created += 1;
    return undefined;
  }
}

/** Whether an error is one of this row. All others would be those of the next row as well. */
function isOfTheRow(error: unknown): error is ProblemError {
  if (!(error instanceof ProblemError)) return false;
  return ["invalid-fields", "id-taken"].includes(error.kind) || error.status === 413 || error.status === 422;
}

function inOneLine({ title, detail, errors }: ProblemError): string {
  const fields = errors.map(({ pointer, detail: what }) => `${pointer.slice(1).replaceAll("/", ".")}: ${what}`);
  return (fields.length > 0 ? fields.join("; ") : (detail ?? title)).replaceAll(/\s+/g, " ");
}

/** Lists and counts are read anew, and once more when the views have followed. */
function refresh(type: TypeDescriptor): void {
  const anew = () => {
    for (const queryKey of [["list", type.plural], ["latest", type.plural], countsQuery.queryKey]) void client.invalidateQueries({ queryKey });
  };
  anew();
  setTimeout(anew, FOLLOW_MS);
}

