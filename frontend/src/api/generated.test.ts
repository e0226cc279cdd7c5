// The generated client is what the generator makes of the API's document.

import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { generate } from "../../scripts/generate-api.mjs";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

it("the client in src/api/generated.ts is made from docs/openapi.json", () => {
  expect(existsSync(at("../../../docs/openapi.json"))).toBe(true);
  const document: unknown = JSON.parse(readFileSync(at("../../../docs/openapi.json"), "utf8"));
  expect(readFileSync(at("./generated.ts"), "utf8"), "run `npm run generate`").toBe(generate(document));
});

it("operations that differ only in the type become one", () => {
  const operation = (body: string) => ({
    "x-annals-operation": "create_record",
    "x-annals-route": "/{plural}",
    parameters: [{ name: "Idempotency-Key", in: "header", schema: { type: "string" } }],
    requestBody: { content: { "application/json": { schema: { $ref: `#/components/schemas/${body}` } } } },
    responses: { 201: { content: { "application/json": { schema: { $ref: `#/components/schemas/${body}` } } } } },
  });
  const text = generate({ paths: { "/as": { post: operation("A") }, "/bs": { post: operation("B") } } });
  expect(text).toContain('create_record: { method: "POST", path: "/{plural}" }');
  expect(text).toContain("body: Fields;");
  expect(text).toContain("answer: A | B;");
});

it("types say what schemas say", () => {
  const schema = {
    type: "object",
    description: "A thing */ told",
    required: ["id"],
    properties: { id: { type: "string" }, "x-y": { type: ["integer", "null"] }, kind: { enum: ["a", "b"] }, more: { type: "array", items: { oneOf: [{ $ref: "#/components/schemas/Record" }, { const: 1 }] } } },
  };
  const text = generate({ paths: {}, components: { schemas: { Thing: schema, Record: { type: "object", additionalProperties: { type: "number" } } } } });
  expect(text).toContain('/** A thing * / told */\nexport type Thing = {\n  id: string;\n  "x-y"?: number | null;\n  kind?: "a" | "b";\n  more?: (AnyRecord | 1)[];\n};');
  expect(text).toContain("export type AnyRecord = { [name: string]: number };");
});
