// A reading of the API as a command for a terminal. The token is named, never written down. Pure.

import { BASE } from "./generated";

/** What follows the base of the API: parts of the path, each encoded, and the query. */
export type Reading = { path: readonly string[]; query?: { readonly [name: string]: string | undefined } };

/** The command, which whoever has a token in `ANNALS_TOKEN` can run as it is. */
export function asCurl(origin: string, { path, query = {} }: Reading): string {
  const said = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const search = said.length > 0 ? `?${said.map(([name, value]) => `${name}=${encoded(value)}`).join("&")}` : "";
  return `curl -H "Authorization: Bearer $ANNALS_TOKEN" '${origin}${BASE}/${path.map(encoded).join("/")}${search}'`;
}

/** As in a URL, and without the one character that would end the quotation. */
function encoded(text: string): string {
  return encodeURIComponent(text).replaceAll("'", "%27");
}
