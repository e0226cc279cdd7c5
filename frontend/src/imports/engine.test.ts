// Importing, below the screen: rows of CSV, what a file is, keys and ids, columns, and the report.

import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TypeDescriptor } from "../api/generated";
import { Broken, type Row, Rows, guessedDelimiter, isBlank, quoted } from "./csv";
import { type Fault, Unfit, examine } from "./file";
import { Keys, digestOf, ulid } from "./keys";
import { cellFault, fieldsOf, guessedMapping, leavesOf, mappingFaults } from "./mapping";
import { Report } from "./report";
import { Sha256, hex } from "./sha256";

describe("a digest", () => {
  it("is SHA-256, however the bytes come", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 8 }), (pieces) => {
        const digest = new Sha256();
        for (const piece of pieces) digest.update(piece);
        expect(hex(digest.digest())).toBe(createHash("sha256").update(Buffer.concat(pieces)).digest("hex"));
      }),
    );
  });

  it("of texts tells apart what joins to the same text", () => {
    expect(hex(digestOf(["ab", "c"]))).not.toBe(hex(digestOf(["a", "bc"])));
    const prefixed = (text: string) => Buffer.concat([Buffer.from([0, 0, 0, 0, 0, 0, 0, Buffer.byteLength(text)]), Buffer.from(text)]);
    const expected = createHash("sha256").update(Buffer.concat([prefixed("ü"), prefixed("c")])).digest("hex");
    expect(hex(digestOf(["ü", "c"]))).toBe(expected);
  });
});

/** All rows of a text that comes in pieces of this size. */
function rows(text: string, piece = text.length, delimiter = ","): Row[] {
  const reading = new Rows(delimiter);
  const found: Row[] = [];
  for (let at = 0; at < text.length; at += Math.max(1, piece)) found.push(...reading.push(text.slice(at, at + Math.max(1, piece))));
  return [...found, ...reading.end()];
}

describe("the rows of a file", () => {
  it("know their lines whatever ends them, and wherever the text is cut", () => {
    for (const end of ["\n", "\r\n"]) {
      const text = ["a,b", "", '"1\n2","x ""y"""', "", "", "c,"].join(end);
      for (const tail of ["", end]) {
        for (const piece of [1, 2, 3, 1000]) {
          expect(rows(text + tail, piece)).toEqual([
            { line: 1, cells: ["a", "b"] },
            { line: 3, cells: ["1\n2", 'x "y"'] },
            { line: 7, cells: ["c", ""] },
          ]);
        }
      }
    }
  });

  it("come back as they were written, whatever is in them", () => {
    const cell = fc.string({ unit: fc.constantFrom("a", '"', ",", ";", "\n", "\r", " ", "ü", "👋") });
    fc.assert(
      fc.property(fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 7 }), (table, piece) => {
        const text = table.map((cells) => cells.map((each) => quoted(each, ",")).join(",")).join("\r\n");
        expect(rows(text, piece).map(({ cells }) => cells)).toEqual(table);
      }),
    );
  });

  it("tell of a quotation mark that is not closed, and take one inside of a cell as it is", () => {
    expect(() => rows('a,b\n1,"x\n2,y\n')).toThrow(new Broken("unclosed", 2));
    expect(() => rows(`a\n"${"x\n".repeat(1_100_000)}`, 100_000)).toThrow(new Broken("too-large", 2));
    expect(rows('a\n5" pipe\n"b"c')[1]?.cells).toEqual(['5" pipe']);
    expect(rows('a\n"b"c')[1]?.cells).toEqual(["bc"]);
  });

  it("are blank where nothing is in them, and separated by what occurs most", () => {
    expect([rows(", ,\n"), rows(",x\n")].map(([row]) => row && isBlank(row))).toEqual([true, false]);
    expect(["a,b;c,d", "a;b", "a\tb", "a|b|c", "name"].map(guessedDelimiter)).toEqual([",", ";", "\t", "|", ","]);
  });
});

const found = (...parts: (string | Uint8Array)[]) => examine(new Blob(parts as BlobPart[]), undefined, () => {});
const fault = async (...parts: (string | Uint8Array)[]): Promise<Fault> => {
  const error: unknown = await found(...parts).catch((caught: unknown) => caught);
  if (error instanceof Unfit) return error.fault;
  throw new Error("it was fit");
};

describe("a file", () => {
  it("is told by its columns, its rows and its digest", async () => {
    const text = "\ufeffname;email\nAnn;a@x.y\n;\n\nBob;\n";
    expect(await found(text)).toEqual({
      delimiter: ";",
      head: ["name", "email"],
      sample: [{ line: 2, cells: ["Ann", "a@x.y"] }, { line: 5, cells: ["Bob", ""] }],
      rows: 2,
      digest: createHash("sha256").update(text).digest("hex").slice(0, 32),
    });
  });

  it("is read whole beyond one piece, whatever character is cut there", async () => {
    const line = `${"ü".repeat(99)}\n`;
    const large = await found(`name\n${line.repeat(4_000)}`);
    expect(large.rows).toBe(4_000);
  });

  it("in Latin-1 is told by its line and byte, also where that is far in", async () => {
    const latin = Buffer.from("Müller\n", "latin1");
    expect(await fault("name\n", latin)).toEqual({ kind: "not-utf-8", line: 2, byte: 0xfc });
    expect(await fault("name\n", "Zoë\n".repeat(100_000), latin)).toEqual({ kind: "not-utf-8", line: 100_002, byte: 0xfc });
    // A character whose end is missing.
    expect(await fault("name\nab", Buffer.from([0xc3]))).toEqual({ kind: "not-utf-8", line: 2, byte: 0xc3 });
    for (let shift = 0; shift < 4; shift += 1) {
      // Right at the border between two pieces.
      const before = "name\n" + "x".repeat(256 * 1024 - 6 + shift - 1);
      expect(await fault(before, Buffer.from([0xff, 0xfe]))).toEqual({ kind: "not-utf-8", line: 2, byte: 0xff });
    }
  });

  it("that is something else is told as that", async () => {
    expect(await fault("")).toEqual({ kind: "empty" });
    expect(await fault(" ".repeat(0) + "\n\n")).toEqual({ kind: "empty" });
    expect(await fault(Buffer.from([0x50, 0x4b, 3, 4, 9]))).toEqual({ kind: "spreadsheet" });
    expect(await fault(Buffer.from("name\n", "utf16le"))).toEqual({ kind: "utf-16" });
    expect(await fault(Buffer.from([0xff, 0xfe]), Buffer.from("name\n", "utf16le"))).toEqual({ kind: "utf-16" });
    expect(await fault('a\n"b')).toEqual({ kind: "unclosed", line: 2 });
  });
});

describe("the key of a row", () => {
  const keys = (bodies: { [name: string]: unknown }[], plural = "customers", reason = "") => {
    const made = new Keys(plural, reason, bodies.length);
    return bodies.map((body) => made.keyed(body));
  };
  const ann = { name: "Ann", address: { line1: "Ring 1", city: "Wien" } };

  it("is the same for the same file, and another one for each row", () => {
    const file = [ann, { name: "Bob" }, ann, ann];
    expect(keys(file)).toEqual(keys(file));
    expect(new Set(keys(file).map(({ key }) => key)).size).toBe(4);
    expect(new Set(keys(file).map(({ body }) => body["id"])).size).toBe(4);
  });

  it("does not depend on the order of columns, but on type and reason; the id is that of the row", () => {
    const [plain] = keys([ann]);
    expect(keys([{ address: { city: "Wien", line1: "Ring 1" }, name: "Ann" }])[0]).toEqual(plain);
    expect(keys([ann], "todos")[0]?.key).not.toBe(plain?.key);
    const [reasoned] = keys([ann], "customers", "moved here");
    expect(reasoned?.key).not.toBe(plain?.key);
    expect(reasoned?.body).toEqual(plain?.body);
    expect(plain?.key).toMatch(/^import-[0-9a-f]{32}$/);
    expect(plain?.body["id"]).toMatch(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/);
  });

  it("leaves an id of the file as it is", () => {
    expect(keys([{ id: "7", name: "Ann" }])[0]).toMatchObject({ body: { id: "7", name: "Ann" }, ownId: true });
  });

  it("counts many rows without mixing them up", () => {
    const many = Array.from({ length: 3_000 }, (_, index) => ({ name: `C${index % 1_000}` }));
    expect(new Set(keys(many).map(({ key }) => key)).size).toBe(3_000);
  });

  it("writes 128 bits as a ULID", () => {
    expect(ulid(new Uint8Array(16).fill(255))).toBe("7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
    expect(ulid(new Uint8Array(16))).toBe("00000000000000000000000000");
  });
});

const customers = {
  title: "name",
  fields: [
    { name: "name", label: "Name", kind: "line", max: 5, required: true },
    { name: "email", label: "E-mail", kind: "email", required: false },
    { name: "tags", label: "Tags", kind: "tags", max: 3, max_items: 2, required: false },
    { name: "total", label: "Total", kind: "line", read_only: true, required: false },
    { name: "address", label: "Address", kind: "group", required: false, fields: [{ name: "city", label: "Town", kind: "line", max: 100, required: false }] },
  ],
} as unknown as TypeDescriptor;

describe("columns", () => {
  it("are fields by name or by label, and left out where they are none", () => {
    const head = ["id", "NAME", "e-mail", "town", "address.city", "Fax", "refused_line", "total"];
    expect(guessedMapping(customers, head)).toEqual(["id", "name", "email", "", "address.city", "", "", ""]);
    expect(guessedMapping(customers, ["City"])).toEqual(["address.city"]);
    expect(leavesOf(customers).map(({ path }) => path)).toEqual(["name", "email", "tags", "address.city"]);
  });

  it("must hold what no record can be without, and no field twice", () => {
    expect(mappingFaults(customers, ["email", "email"]).map(({ kind, leaf }) => [kind, leaf?.path])).toEqual([["twice", "email"], ["missing", "name"]]);
    expect(mappingFaults(customers, ["name", "", ""])).toEqual([]);
  });

  it("make a body of a row as the command line does", () => {
    const mapping = ["id", "name", "address.city", "tags", ""];
    const body = (cells: string[]) => fieldsOf(leavesOf(customers), mapping, cells);
    expect(body(["7", "Ann", "Wien", "a; b;", "123"])).toEqual({ id: "7", name: "Ann", address: { city: "Wien" }, tags: ["a", "b"] });
    expect(body(["", "Ann", "", " ;", ""])).toEqual({ name: "Ann" });
    expect(body(["7", "Ann"])).toBeUndefined();
  });

  it("tell what can be seen to be wrong", () => {
    const [name, , tags] = leavesOf(customers);
    const faults = (cell: string, leaf = name) => leaf && cellFault(leaf.field, cell);
    expect([faults("Ann"), faults(""), faults("Annette"), faults("a;b;c", tags), faults("a;long", tags), faults("", tags)])
      .toEqual([undefined, "required", "too-long", "too-many", "too-long", undefined]);
  });
});

describe("the report", () => {
  it("has refused rows in the order of the file, whenever they were settled, and can be imported", async () => {
    const report = new Report(["name", "refused_line", "note"], ";");
    report.settled(2, { line: 4, reason: "too long", cells: ["Annette", "9", 'says "hi"; x'] });
    report.settled(0, undefined);
    expect(report.next).toBe(1);
    report.settled(1, { line: 3, reason: "name: is required", cells: ["", "", ""] });
    expect(report.next).toBe(3);
    // Text of a blob is without the mark, which only its bytes begin with.
    expect(await report.file().text()).toBe(
      '\ufeffrefused_line;refused_reason;name;note\r\n3;name: is required;;\r\n4;too long;Annette;"says ""hi""; x"\r\n'.replace(/^\ufeff/, ""),
    );
    expect(new Uint8Array(await report.file().arrayBuffer()).slice(0, 3)).toEqual(new Uint8Array([0xef, 0xbb, 0xbf]));
  });

  it("holds rows that were settled before an earlier one", async () => {
    const report = new Report(["name"], ",");
    report.settled(5, { line: 9, reason: "x", cells: ["b"] });
    report.settled(3, { line: 7, reason: "x", cells: ["a"] });
    expect([report.has(3), report.has(4)]).toEqual([true, false]);
    expect(await report.file().text()).toContain("7,x,a\r\n9,x,b\r\n");
  });
});
