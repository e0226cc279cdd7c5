// The audit's filter in the URL.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ASKED, type AuditFilter, ME, asked, auditPath, changed, filterOf, isFiltered, selectedText, selectionOf, shownOf, withFilter, withoutFilter } from "./filters";

const params = (text: string) => new URLSearchParams(text);

describe("a filter in the URL", () => {
  it("is read as it was written", () => {
    const text = fc.stringMatching(/^[A-Za-z0-9 äß%&=+#/.-]{1,12}$/).filter((found) => found.trim() === found && found !== "");
    const instant = fc.date({ min: new Date("2000-01-01"), max: new Date("2100-01-01"), noInvalidDate: true }).map((date) => date.toISOString());
    const filter = fc.record({
      actor: text, type: fc.constantFrom("customer", "access"), action: fc.constantFrom("customer.archived", "todo.dropped"),
      field: text.map((name) => `/${name.replaceAll("/", "~1")}`), record: text.map((id) => `customer/${id}`), correlation_id: text, since: instant, until: instant,
    }, { requiredKeys: [] });
    fc.assert(fc.property(filter, (wanted: AuditFilter) => {
      const written = changed(new URLSearchParams(), wanted);
      expect(filterOf(params(written.toString()))).toEqual(wanted);
    }));
  });

  it("leaves out what it cannot mean", () => {
    const wrong = params("since=yesterday&until=2026-11-17T00:00&record=lily&field=email&action=archived&actor=&type=+");
    expect(filterOf(wrong)).toEqual({});
    expect(isFiltered(filterOf(wrong))).toBe(false);
  });

  it("means the same moment whatever the zone that it was written in", () => {
    expect(filterOf(params("since=2026-11-17T00:00:00%2B01:00"))).toEqual({ since: "2026-11-16T23:00:00.000Z" });
  });

  it("stands for whoever reads it where it says me", () => {
    const mine = filterOf(params(`actor=${ME}`));
    expect(mine).toEqual({ actor: ME });
    expect(asked(mine, "u-1")).toEqual({ actor: "u-1" });
    expect(asked({ actor: "u-2" }, "u-1")).toEqual({ actor: "u-2" });
  });

  it("begins anew when it is changed", () => {
    const next = withFilter(params("actor=a&shown=150&selected=customer/lily@3&order=asc"), { field: "/email" });
    expect(next.toString()).toBe("actor=a&order=asc&field=%2Femail");
    expect(withoutFilter(next).toString()).toBe("order=asc");
  });

  it("forgets the action and the record of another type", () => {
    const before = params("type=customer&action=customer.archived&record=customer%2Flily");
    expect(withFilter(before, { type: "todo" }).toString()).toBe("type=todo");
    expect(withFilter(before, { type: "customer" }).toString()).toBe(before.toString());
    expect(withFilter(before, { type: "" }).toString()).toBe("action=customer.archived&record=customer%2Flily");
    expect(withFilter(before, { type: "todo", action: "todo.dropped" }).get("action")).toBe("todo.dropped");
  });

  it("has a path of its own", () => {
    expect(auditPath(params(""))).toBe("/audit");
    expect(auditPath(params("field=/email"))).toBe("/audit?field=%2Femail");
    expect(ASKED.every((name) => auditPath(changed(params(""), { [name]: "x" })).includes(`${name}=x`))).toBe(true);
  });

  it("asks for a sensible number of changes", () => {
    expect(["", "shown=100", "shown=0", "shown=1e9", "shown=many"].map((text) => shownOf(params(text)))).toEqual([50, 100, 50, 1_000, 50]);
  });
});

describe("a selection in the URL", () => {
  it("is read as it was written, whatever the id", () => {
    const id = fc.string({ minLength: 1, maxLength: 20 }).filter((found) => !/[\n\r\u2028\u2029]/.test(found));
    fc.assert(fc.property(id, fc.integer({ min: 1, max: 2 ** 40 }), (found, version) => {
      const selection = { type: "customer", id: found, version };
      const written = params(changed(params(""), { selected: selectedText(selection) }).toString());
      expect(selectionOf(written)).toEqual(selection);
    }));
  });

  it("is none when it cannot be meant", () => {
    for (const wrong of ["", "lily@3", "customer/lily", "customer/lily@0", "customer/@3", "customer/lily@x"]) {
      expect(selectionOf(params(changed(params(""), { selected: wrong }).toString())), wrong).toBeUndefined();
    }
  });
});
