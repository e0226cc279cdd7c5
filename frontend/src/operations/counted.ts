// Numbers of things in sentences.

const plural = new Intl.PluralRules("en");

/** What things are called, by their names in the API. */
export type Names = { readonly [name: string]: string };

/** `1 record`, `12,345 records`. */
export function counted(n: number, one: string, other = `${one}s`): string {
  return `${n.toLocaleString()} ${plural.select(n) === "one" ? one : other}`;
}
