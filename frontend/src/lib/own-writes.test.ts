// Read your writes, against a model: a service whose lists follow its log late, and two people who write.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type OwnWrites, REMEMBERED_MAX, type Shown, TOKENS_MAX, mended, newer, remembered, tokens, withRecord } from "./own-writes";

type Row = { id: string; version: number; changed_at: string; status: string };

const list: Shown<Row> = { shows: (row) => row.status === "active", newestFirst: true };

function row(id: string, version: number, at: number, status = "active"): Row {
  return { id, version, changed_at: String(at).padStart(6, "0"), status };
}

/** The service: the truth, what the list has seen of it, and the overlay of `seen`. */
class Service {
  private readonly log = new Map<string, Row[]>();
  private readonly seen = new Map<string, number>();
  private now = 0;

  write(id: string, status: string): Row {
    this.now += 1;
    const history = this.log.get(id) ?? [];
    const written = row(id, history.length + 1, this.now, status);
    this.log.set(id, [...history, written]);
    return written;
  }

  /** The list follows the log of one record up to some version. */
  follow(id: string, version: number): void {
    const head = this.log.get(id)?.length ?? 0;
    this.seen.set(id, Math.max(this.seen.get(id) ?? 0, Math.min(version, head)));
  }

  /** The list as it is answered: each record at least as new as its token. */
  answer(asked: string[]): Row[] {
    const wanted = new Map(asked.map((token) => token.split("@") as [string, string]));
    const rows = [...this.log].map(([id, history]) => {
      const version = Math.max(this.seen.get(id) ?? 0, Number(wanted.get(id) ?? 0));
      return history[version - 1];
    });
    return inOrder(rows.filter((found): found is Row => found !== undefined && list.shows(found)));
  }

  /** Whether a later version of a record has ended. */
  endedSince(id: string, version: number): boolean {
    return (this.log.get(id) ?? []).slice(version).some((later) => !list.shows(later));
  }
}

/** Whether a list contradicts what I wrote: shows it older, or misses it though nobody has ended it since. */
function isWrong(service: Service, rows: Row[], mine: Row): boolean {
  const found = rows.find((candidate) => candidate.id === mine.id);
  if (found) return found.version < mine.version;
  return list.shows(mine) && !service.endedSince(mine.id, mine.version);
}

function inOrder(rows: Row[]): Row[] {
  return [...rows].sort((a, b) => (a.changed_at < b.changed_at ? 1 : -1));
}

type Step = { by: "me" | "other"; id: string; status: string } | { follow: string; version: number } | "read";

const id = fc.constantFrom(..."abcdefghijklmnop");
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ by: fc.constantFrom("me" as const, "other" as const), id, status: fc.constantFrom("active", "active", "archived") }) },
    { weight: 2, arbitrary: fc.record({ follow: id, version: fc.integer({ min: 1, max: 6 }) }) },
    { weight: 3, arbitrary: fc.constant("read" as const) },
  ),
  { minLength: 20, maxLength: 80, size: "max" },
);

describe("after a write of one's own", () => {
  it("no list ever shows an older version of it, or a record that one has ended", () => {
    let reads = 0;
    let wrongWithout = 0;
    fc.assert(
      fc.property(steps, (all) => {
        const service = new Service();
        let own: OwnWrites<Row> = [];
        for (const step of all) {
          if (step === "read") {
            const stale = service.answer([]);
            const asked = tokens(own);
            expect(asked.length).toBeLessThanOrEqual(TOKENS_MAX);
            const shown = mended(service.answer(asked), own, list);
            reads += 1;
            wrongWithout += own.some((mine) => isWrong(service, stale, mine)) ? 1 : 0;
            expect(own.slice(0, TOKENS_MAX).some((mine) => isWrong(service, shown, mine))).toBe(false);
            // Further back than the tokens reach, what is shown is still never older than what was seen.
            expect(own.every((mine) => shown.every((found) => found.id !== mine.id || found.version >= mine.version))).toBe(true);
            expect(new Set(shown.map((found) => found.id)).size).toBe(shown.length);
            expect(shown).toEqual(inOrder(shown));
            expect(shown.every(list.shows)).toBe(true);
          } else if ("by" in step) {
            const written = service.write(step.id, step.status);
            if (step.by === "me") own = remembered(own, written);
          } else {
            service.follow(step.follow, step.version);
          }
        }
      }),
      { numRuns: 300, seed: 20261124 },
    );
    // The model must be late often enough to mean something.
    expect(reads).toBeGreaterThan(2_000);
    expect(wrongWithout).toBeGreaterThan(reads / 4);
  });
});

describe("a list right after a command", () => {
  const rows = [row("a", 1, 9), row("b", 1, 5), row("c", 1, 2)];

  it("shows the changed record where it belongs", () => {
    expect(withRecord(rows, row("c", 2, 10), list, false).map((shown) => shown.id)).toEqual(["c", "a", "b"]);
  });

  it("no longer shows a record that it does not match", () => {
    expect(withRecord(rows, row("b", 2, 10, "archived"), list, false).map((shown) => shown.id)).toEqual(["a", "c"]);
  });

  it("shows a new record", () => {
    expect(withRecord(rows, row("d", 1, 10), list, false).map((shown) => shown.id)).toEqual(["d", "a", "b", "c"]);
  });

  it("leaves what belongs on a later page there", () => {
    const oldest: Shown<Row> = { ...list, newestFirst: false };
    const ascending = [...rows].reverse();
    expect(withRecord(ascending, row("d", 1, 10), oldest, false).map((shown) => shown.id)).toEqual(["c", "b", "a"]);
    expect(withRecord(ascending, row("d", 1, 10), oldest, true).map((shown) => shown.id)).toEqual(["c", "b", "a", "d"]);
  });

  it("ignores an answer that was overtaken", () => {
    expect(withRecord([row("a", 3, 9)], row("a", 2, 8), list, true)).toEqual([row("a", 3, 9)]);
  });
});

describe("what is remembered", () => {
  it("is the newest version of each record, the latest write first, and bounded", () => {
    let own: OwnWrites<Row> = [];
    for (let n = 1; n <= REMEMBERED_MAX + 20; n += 1) own = remembered(own, row(`r${n}`, 1, n));
    expect(own.length).toBe(REMEMBERED_MAX);
    own = remembered(remembered(own, row("r30", 3, 500)), row("r30", 2, 499));
    expect(tokens(own)[0]).toBe("r30@3");
    expect(tokens(own).length).toBe(TOKENS_MAX);
  });

  it("never gives way to something older", () => {
    expect(newer(row("a", 2, 2), row("a", 1, 1)).version).toBe(2);
    expect(newer(row("a", 2, 2), row("a", 2, 2)).version).toBe(2);
    expect(newer(undefined, row("a", 1, 1)).version).toBe(1);
  });
});
