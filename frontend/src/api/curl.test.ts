// The command for a terminal: it must name the token, and hold whatever an id or a value may be.

import { describe, expect, it } from "vitest";
import { asCurl } from "./curl";

describe("a reading as a command", () => {
  it("names the token instead of writing it down", () => {
    expect(asCurl("https://annals.example", { path: ["customers", "lily", "history", "3"], query: { include: "stored" } })).toBe(
      `curl -H "Authorization: Bearer $ANNALS_TOKEN" 'https://annals.example/api/v1/customers/lily/history/3?include=stored'`,
    );
  });

  it("says nothing of what is not asked", () => {
    const command = asCurl("https://annals.example", { path: ["customers", "lily", "history"], query: { actor: undefined } });
    expect(command).toContain("/lily/history'");
  });

  it("stays one word of the shell, whatever is in it", () => {
    const command = asCurl("https://annals.example", { path: ["customers", "it's; rm -rf $HOME"], query: { actor: "a'b & c" } });
    const quoted = command.slice(command.indexOf("'"));
    expect(quoted.match(/'/g)).toHaveLength(2);
    expect(quoted).not.toMatch(/[ $]/);
  });
});
