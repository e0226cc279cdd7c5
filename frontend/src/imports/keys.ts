// What is sent for a row: the body, and the key and id by which sending it twice is harmless. They are
// those of `annals import`: whichever of the two imports a file again, nothing is doubled.
//
// Both are made of the type, the fields and how often the same fields came before in the file. So a row
// that comes twice becomes two records, and a file that comes twice becomes none. The key is known to the
// service for the person who sent it; the id holds for everybody in the workspace.

import { type Fields, isFields } from "../lib/json";
import { Sha256, hex } from "./sha256";

/** A row, ready to be sent. */
export type Keyed = {
  key: string;
  body: Fields;
  /** Whether the file says which id the record has. */
  ownId: boolean;
};

const PURPOSE = "annals:import";
/** Crockford's letters, as ULIDs are written. */
const LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** Makes keys of bodies. It has to be asked for every row, in the order of the file. */
export class Keys {
  readonly #plural: string;
  readonly #reason: string;
  readonly #seen: Occurrences;

  constructor(plural: string, reason: string, rows: number) {
    this.#plural = plural;
    this.#reason = reason;
    this.#seen = new Occurrences(rows);
  }

  /** Key and body of the next row. */
  keyed(fields: Fields): Keyed {
    const ownId = "id" in fields;
    const content = JSON.stringify(sorted(fields));
    const occurrence = String(this.#seen.count(digestOf([PURPOSE, this.#plural, content])));
    const parts = [PURPOSE, this.#plural, content, occurrence];
    const body = ownId ? sorted(fields) : sorted({ ...fields, id: ulid(digestOf(parts)) });
    // The reason is a part of the request, so another reason is another request.
    const key = hex(digestOf([...parts, this.#reason]).subarray(0, 16));
    return { key: `import-${key}`, body, ownId };
  }
}

/** The digest of some texts, each with its length before it. */
export function digestOf(parts: readonly string[]): Uint8Array {
  const digest = new Sha256();
  const encoder = new TextEncoder();
  for (const part of parts) {
    const bytes = encoder.encode(part);
    const length = new DataView(new ArrayBuffer(8));
    length.setBigUint64(0, BigInt(bytes.length));
    digest.update(new Uint8Array(length.buffer)).update(bytes);
  }
  return digest.digest();
}

/** The first 128 bits as a ULID. */
export function ulid(digest: Uint8Array): string {
  let bits = BigInt(`0x${hex(digest.subarray(0, 16))}`);
  let text = "";
  for (let letter = 0; letter < 26; letter += 1) {
    text = (LETTERS[Number(bits & 31n)] ?? "") + text;
    bits >>= 5n;
  }
  return text;
}

/** The same fields in one order, whatever the order of the columns. */
function sorted(fields: Fields): Fields {
  const entries = Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, value]) => [name, isFields(value) ? sorted(value) : value]));
}

/**
 * How often something was seen. Needs 24 bytes for each row at most: a million rows need 40 MB, the hundred
 * thousand that a file of 50 MB commonly has need 3 MB.
 *
 * Rows whose digests begin with the same 64 bits count as one; they only get another number then, and the
 * same one each time.
 */
class Occurrences {
  readonly #high: Uint32Array;
  readonly #low: Uint32Array;
  readonly #counts: Uint32Array;

  constructor(rows: number) {
    const places = 2 ** Math.ceil(Math.log2(Math.max(8, rows * 1.6)));
    [this.#high, this.#low, this.#counts] = [new Uint32Array(places), new Uint32Array(places), new Uint32Array(places)];
  }

  /** How often it was seen before. */
  count(digest: Uint8Array): number {
    const view = new DataView(digest.buffer, digest.byteOffset);
    const [high, low] = [view.getUint32(0), view.getUint32(4)];
    const last = this.#counts.length - 1;
    let at = low & last;
    while (this.#counts[at] !== 0 && (this.#high[at] !== high || this.#low[at] !== low)) at = (at + 1) & last;
    const before = this.#counts[at] ?? 0;
    this.#high[at] = high;
    this.#low[at] = low;
    this.#counts[at] = before + 1;
    return before;
  }
}
