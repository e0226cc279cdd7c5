// What belongs to which field of a form, and what a form finds itself.

import { describe, expect, it } from "vitest";
import type { Field } from "../api/generated";
import { ProblemError } from "../api/problem";
import { placed, unplaced } from "./form";

const line = (name: string, more: Partial<Field> = {}): Field =>
  ({ name, label: name, kind: "line", required: false, listed: false, max: 10, ...more }) as Field;
const fields = [
  line("name", { required: true }),
  line("address", { kind: "group", fields: [line("city"), line("line1")] } as Partial<Field>),
  line("tags", { kind: "tags", max_items: 2 } as Partial<Field>),
];

function refused(errors: { pointer: string; detail: string }[]): ProblemError {
  return new ProblemError(400, { type: "urn:annals:problem:invalid-fields", title: "Some fields", errors }, null);
}

describe("what the service finds wrong", () => {
  it("is shown at the field that its pointer names, be it within a group", () => {
    const error = refused([{ pointer: "/name", detail: "must be a text" }, { pointer: "/address/city", detail: "is too long" }]);
    expect(placed(fields, error)).toEqual({ "/name": "Must be a text.", "/address/city": "Is too long." });
    expect(unplaced(fields, error)).toEqual([]);
  });

  it("within a value is shown at the value's field", () => {
    expect(placed(fields, refused([{ pointer: "/tags/3", detail: "is too long" }]))).toEqual({ "/tags": "Is too long." });
    expect(placed(fields, refused([{ pointer: "/address/planet", detail: "there is no such field" }]))).toEqual({
      "/address": "There is no such field.",
    });
  });

  it("with the reason is shown at the reason", () => {
    expect(placed(fields, refused([{ pointer: "/reason", detail: "is too long" }]))).toEqual({ "/reason": "Is too long." });
  });

  it("with something that the form does not have is shown above it", () => {
    const error = refused([{ pointer: "/nickname", detail: "there is no such field" }]);
    expect(placed(fields, error)).toEqual({});
    expect(unplaced(fields, error)).toEqual(["/nickname: there is no such field"]);
  });
});
