// What scripts/generate-api.mjs offers to the test that compares its output.

/** The text of generated.ts for a parsed OpenAPI document. */
export function generate(document: unknown): string;
