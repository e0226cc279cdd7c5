// The rules of this folder: which part may know which, and what no file may contain.

import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const src = fileURLToPath(new URL(".", import.meta.url));

/** Which folders each folder may import from. */
const ARROWS: { readonly [folder: string]: readonly string[] } = {
  lib: [],
  ui: ["lib"],
  api: ["lib", "ui"],
  auth: ["lib", "ui", "api"],
  records: ["lib", "ui", "api"],
  people: ["lib", "ui", "api"],
  // The audit shows changes on the cards of records.
  audit: ["lib", "ui", "api", "records"],
  // Operators see keys, errors and counts, never contents: nothing of records is theirs.
  operations: ["lib", "ui", "api"],
  // Things to be done are records that are shown otherwise.
  tasks: ["lib", "ui", "api", "records"],
  imports: ["lib", "ui", "api", "records"],
  routes: ["lib", "ui", "api", "auth", "records", "people", "audit", "operations", "tasks", "imports"],
  // The entry point.
  "": ["lib", "ui", "api", "auth", "records", "people", "audit", "operations", "tasks", "imports", "routes"],
};
/** The most lines of a file that somebody wrote. */
const LINES_MAX = 400;

type File = { path: string; folder: string; text: string; generated: boolean };

const files: File[] = readdirSync(src, { recursive: true })
  .map(String)
  .filter((path) => /\.tsx?$/.test(path))
  .map((path) => ({
    path,
    folder: path.includes(sep) ? (path.split(sep)[0] ?? "") : "",
    text: readFileSync(join(src, path), "utf8"),
    generated: path === join("api", "generated.ts"),
  }));
const product = files.filter((file) => !file.path.includes(".test."));

describe("every file", () => {
  it.each(files)("$path begins with a sentence that says what it is for", ({ text }) => {
    expect(text.replace(/^\/\/ @vitest-environment .*\n/, "")).toMatch(/^\/\/ [A-Z].{20,}/);
  });

  it.each(files.filter((file) => !file.generated))("$path tells one story", ({ text }) => {
    expect(text.split("\n").length).toBeLessThanOrEqual(LINES_MAX);
  });
});

describe("every file of the product", () => {
  it.each(product)("$path knows only what its folder may know", ({ path, folder, text }) => {
    const allowed = ARROWS[folder];
    expect(allowed, `say what ${folder} may import`).toBeDefined();
    for (const [, target] of text.matchAll(/from "(\.[^"]+)"/g)) {
      const found = relative(src, join(src, dirname(path), target ?? ""));
      const into = found.includes(sep) ? (found.split(sep)[0] ?? "") : "";
      expect(into === folder || allowed?.includes(into), `${path} imports ${target}`).toBe(true);
    }
  });

  it.each(product)("$path keeps to the content security policy and to types", ({ text }) => {
    expect(text).not.toMatch(/\bstyle=\{|dangerouslySetInnerHTML|innerHTML|\beval\(|new Function\(/);
    expect(text).not.toMatch(/: any\b|\bas any\b|<any>|@ts-(ignore|nocheck)/);
    expect(text).not.toMatch(/https?:\/\/(?!localhost)/);
  });

  it.each(product)("$path is no barrel", ({ text }) => {
    expect(text).not.toMatch(/^export (\*|\{[^}]*\}) from/m);
  });

  it.each(product.filter((file) => file.path.endsWith(".tsx")))("$path takes its sentences from lib/texts.ts or the words.ts of its folder", ({ text }) => {
    // Words between tags; entities, arrows and punctuation may stand in the screens themselves.
    expect(text).not.toMatch(/>[^<>{}()=;]*[A-Za-z]{3,}[^<>{}()=;]*<\//);
    expect(text).not.toMatch(/(aria-label|title|placeholder|alt)="[A-Za-z]/);
  });
});
