// Writes src/api/generated.ts from docs/openapi.json: a type for every schema, and a table of operations.
//
//   node scripts/generate-api.mjs                      reads ../docs/openapi.json, writes ../src/api/generated.ts
//   node scripts/generate-api.mjs <document> <target>  reads and writes elsewhere ("-" writes to stdout)
//
// The document has a path for each record type. Operations that differ only in the type carry the same
// `x-annals-operation` and become one, with `{plural}` as a parameter of the path: screens are drawn
// from descriptors and must work with types that this file has never seen.

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const METHODS = ["get", "put", "post", "delete", "patch"];
/** Names that TypeScript uses for something else. */
const RENAMED = { Record: "AnyRecord" };

/** The text of generated.ts for a parsed OpenAPI document. */
export function generate(document) {
  const schemas = Object.entries(document.components?.schemas ?? {});
  const operations = grouped(document);
  return [
    "// The API as TypeScript: written by scripts/generate-api.mjs from docs/openapi.json, never by hand.",
    `/** What every path begins with. */\nexport const BASE = ${JSON.stringify(document.servers?.[0]?.url ?? "")};`,
    "/** The fields of a record of whatever type. */\nexport type Fields = { readonly [name: string]: unknown };",
    ...schemas.map(([name, schema]) => `${docs(schema)}export type ${typeName(name)} = ${typeOf(schema)};`),
    `/** What goes into and comes out of each operation. */\nexport type Operations = {\n${operations.map(typed).join("\n")}\n};`,
    `/** Where each operation is. */\nexport const OPERATIONS: { readonly [name in keyof Operations]: { method: string; path: string } } = {\n${operations.map(placed).join("\n")}\n};`,
    "",
  ].join("\n\n");
}

/** The operations of the document, one for each `x-annals-operation`, in the order of their names. */
function grouped(document) {
  const groups = new Map();
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of METHODS.filter((method) => item[method])) {
      const operation = item[method];
      const name = operation["x-annals-operation"] ?? operation.operationId;
      const group = groups.get(name) ?? { name, method, path: operation["x-annals-route"] ?? path, members: [] };
      group.members.push({
        parameters: [...(item.parameters ?? []), ...(operation.parameters ?? [])].map((p) => resolved(document, p)),
        body: jsonOf(resolved(document, operation.requestBody)),
        answers: Object.entries(operation.responses ?? {})
          .filter(([status]) => status.startsWith("2"))
          .map(([, response]) => jsonOf(resolved(document, response)))
          .filter(Boolean),
      });
      groups.set(name, group);
    }
  }
  return [...groups.values()].sort((a, b) => a.name.localeCompare(b.name));
}

function resolved(document, thing) {
  if (!thing?.$ref) return thing;
  return thing.$ref.replace(/^#\//, "").split("/").reduce((at, part) => at?.[part], document);
}

function jsonOf(thing) {
  const content = thing?.content ?? {};
  const media = Object.keys(content).find((media) => /json$/.test(media));
  return media && content[media].schema;
}

function typed({ name, path, members }) {
  const generic = path.includes("{plural}");
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => `${parameter}: string`);
  const bodies = distinct(members.map((member) => member.body).filter(Boolean));
  const answers = distinct(members.flatMap((member) => member.answers));
  const body = bodies.length === 0 ? "undefined" : generic ? "Fields" : bodies.join(" | ");
  return [
    `  ${name}: {`,
    `    path: { ${inPath.join("; ")} };`,
    `    query: { ${parameters(members, "query")} };`,
    `    headers: { ${parameters(members, "header")} };`,
    `    body: ${body};`,
    `    answer: ${answers.join(" | ") || "undefined"};`,
    "  };",
  ].join("\n").replaceAll("{  }", "{}");
}

function placed({ name, method, path }) {
  return `  ${name}: { method: ${JSON.stringify(method.toUpperCase())}, path: ${JSON.stringify(path)} },`;
}

/** All parameters of that kind; required where every member of the group requires it. */
function parameters(members, kind) {
  const names = [...new Set(members.flatMap((m) => m.parameters.filter((p) => p.in === kind).map((p) => p.name)))];
  const needed = (name) => members.every((m) => m.parameters.some((p) => p.name === name && p.required));
  return names.sort().map((name) => `${key(name)}${needed(name) ? "" : "?"}: string`).join("; ");
}

function distinct(schemas) {
  return [...new Set(schemas.map((schema) => typeOf(schema)))];
}

function typeOf(schema) {
  if (schema === undefined || schema === true) return "unknown";
  if (schema.$ref) return typeName(schema.$ref.split("/").at(-1));
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.allOf) return schema.allOf.map((part) => bracketed(typeOf(part))).join(" & ");
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices && !schema.properties) return distinct(choices).map(bracketed).join(" | ");
  const types = [schema.type ?? (schema.properties ? "object" : undefined)].flat();
  return [...new Set(types.map((type) => typeNamed(type, schema)))].join(" | ");
}

function typeNamed(type, schema) {
  switch (type) {
    case "string":
    case "boolean":
    case "null":
      return type;
    case "integer":
    case "number":
      return "number";
    case "array":
      return `${bracketed(typeOf(schema.items))}[]`;
    case "object":
      return objectOf(schema);
    default:
      return "unknown";
  }
}

function objectOf(schema) {
  const properties = Object.entries(schema.properties ?? {});
  if (properties.length === 0) {
    const values = schema.additionalProperties;
    if (values === false) return "{ readonly [name: string]: never }";
    return `{ [name: string]: ${values && values !== true ? typeOf(values) : "unknown"} }`;
  }
  const required = new Set(schema.required ?? []);
  const members = properties.map(([name, property]) => {
    const optional = required.has(name) ? "" : "?";
    return `${docs(property)}${key(name)}${optional}: ${typeOf(property)};`;
  });
  return `{\n${indented(members.join("\n"))}\n}`;
}

function docs(schema) {
  const text = schema?.description?.replaceAll("*/", "* /").replaceAll(/\s+/g, " ").trim();
  return text ? `/** ${text} */\n` : "";
}

function indented(text) {
  return text.split("\n").map((line) => `  ${line}`).join("\n");
}

function bracketed(type) {
  return / [|&] /.test(type) ? `(${type})` : type;
}

function key(name) {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}

function typeName(name) {
  return RENAMED[name] ?? name;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const here = (path) => fileURLToPath(new URL(path, import.meta.url));
  const [source = here("../../docs/openapi.json"), target = here("../src/api/generated.ts")] = process.argv.slice(2);
  const text = generate(JSON.parse(readFileSync(source, "utf8")));
  if (target === "-") process.stdout.write(text);
  else writeFileSync(target, text);
}
