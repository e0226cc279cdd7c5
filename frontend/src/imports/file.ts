// Reading a file piece by piece, and finding out what it is before anything of it is sent.

import { Broken, type Row, Rows, guessedDelimiter, isBlank } from "./csv";
import { Sha256, hex } from "./sha256";

/** So much is in memory at a time. */
const PIECE_BYTES = 256 * 1024;
/** So many rows are shown before. */
export const SAMPLE_ROWS = 5;

/** A file that cannot be imported as it is. */
export type Fault =
  | { kind: "empty" | "spreadsheet" | "utf-16" | "unreadable" }
  /** The first line that is no UTF-8, and the byte that is none. */
  | { kind: "not-utf-8"; line: number; byte: number }
  | { kind: "unclosed" | "too-large"; line: number };

/** Thrown for such a file. */
export class Unfit extends Error {
  override readonly name = "Unfit";
  constructor(readonly fault: Fault) {
    super(fault.kind);
  }
}

/** What was found. */
export type Examined = {
  delimiter: string;
  /** The first row, which names the columns. */
  head: string[];
  sample: Row[];
  /** How many rows there are after it, blank ones not counted. */
  rows: number;
  /** 128 bits of the content's SHA-256, in hexadecimal. */
  digest: string;
};

/** Reads it to its end. Throws `Unfit`. */
export async function examine(file: Blob, delimiter: string | undefined, progress: (share: number) => void): Promise<Examined> {
  const beginning = new Uint8Array(await bytesOf(file, 0, PIECE_BYTES));
  refuseOther(beginning);
  const separated = delimiter ?? guessedDelimiter(new TextDecoder().decode(beginning));
  const digest = new Sha256();
  let head: string[] | undefined;
  const sample: Row[] = [];
  let rows = 0;
  let read = 0;
  const watch = (bytes: Uint8Array) => {
    digest.update(bytes);
    read += bytes.length;
    progress(read / Math.max(1, file.size));
  };
  for await (const found of rowsOf(file, separated, watch)) {
    for (const row of found) {
      if (head === undefined) head = row.cells.map((cell) => cell.trim());
      else if (!isBlank(row)) {
        rows += 1;
        if (sample.length < SAMPLE_ROWS) sample.push(row);
      }
    }
  }
  if (!head) throw new Unfit({ kind: "empty" });
  return { delimiter: separated, head, sample, rows, digest: hex(digest.digest().subarray(0, 16)) };
}

/** All rows, the first one too, as many at a time as end in a piece. Throws `Unfit`. */
export async function* rowsOf(file: Blob, delimiter: string, watch: (bytes: Uint8Array) => void = () => {}): AsyncGenerator<Row[]> {
  const rows = new Rows(delimiter);
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const checked = new Lines();
  try {
    for (let at = 0; at < file.size; at += PIECE_BYTES) {
      const bytes = new Uint8Array(await bytesOf(file, at, at + PIECE_BYTES));
      watch(bytes);
      yield rows.push(decoded(decoder, bytes, checked));
    }
    yield rows.push(decoded(decoder, undefined, checked));
    yield rows.end();
  } catch (error) {
    if (error instanceof Broken) throw new Unfit({ kind: error.kind, line: error.line });
    throw error;
  }
}

async function bytesOf(file: Blob, from: number, to: number): Promise<ArrayBuffer> {
  try {
    return await file.slice(from, to).arrayBuffer();
  } catch {
    // It was moved, or has changed under our hands.
    throw new Unfit({ kind: "unreadable" });
  }
}

/** Files that begin as something else does. */
function refuseOther(beginning: Uint8Array): void {
  const begins = (...bytes: number[]) => bytes.every((byte, index) => beginning[index] === byte);
  if (beginning.length === 0) throw new Unfit({ kind: "empty" });
  if (begins(0x50, 0x4b, 3, 4) || begins(0xd0, 0xcf, 0x11, 0xe0)) throw new Unfit({ kind: "spreadsheet" });
  // Latin letters in UTF-16 without its mark: every other byte is zero.
  if (begins(0xff, 0xfe) || begins(0xfe, 0xff) || beginning.subarray(0, 64).includes(0)) throw new Unfit({ kind: "utf-16" });
}

/** Where a text is, for what has to be said of a place in it. */
class Lines {
  /** Line breaks before the piece that is looked at. */
  passed = 0;
  /** What of the piece before may be the beginning of a character. */
  tail: Uint8Array = new Uint8Array();
}

function decoded(decoder: TextDecoder, bytes: Uint8Array | undefined, lines: Lines): string {
  try {
    const text = bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode();
    if (bytes) {
      lines.passed += breaksIn(bytes, bytes.length);
      lines.tail = bytes.slice(-3);
    }
    return text;
  } catch {
    const looked = new Uint8Array([...lines.tail, ...(bytes ?? [])]);
    const wrong = firstWrong(looked);
    const line = lines.passed - breaksIn(lines.tail, lines.tail.length) + breaksIn(looked, wrong) + 1;
    throw new Unfit({ kind: "not-utf-8", line, byte: looked[wrong] ?? 0 });
  }
}

function breaksIn(bytes: Uint8Array, to: number): number {
  let count = 0;
  for (let i = 0; i < to; i += 1) if (bytes[i] === 10) count += 1;
  return count;
}

/** The place of the first byte that is no UTF-8. What it begins with may be the end of a character. */
function firstWrong(bytes: Uint8Array): number {
  const isNext = (index: number) => ((bytes[index] ?? 0) & 0xc0) === 0x80;
  let at = 0;
  while (at < 3 && isNext(at)) at += 1;
  const decoder = new TextDecoder("utf-8", { fatal: true });
  while (at < bytes.length) {
    const first = bytes[at] ?? 0;
    const length = first < 0x80 ? 1 : first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0;
    if (length === 0) return at;
    try {
      if (length > 1) decoder.decode(bytes.subarray(at, at + length));
    } catch {
      return at;
    }
    at += length;
  }
  return at;
}
