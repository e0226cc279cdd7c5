// The hash of a commit, against another implementation of SHA-256.

import { createHash } from "node:crypto";
import { afterEach, describe, expect, it, vi } from "vitest";
import { hashOf } from "./chain";

const previous = "a1".repeat(32);
const stored = '{"format":1,"reason":"Grüße 👋"}';

afterEach(() => vi.unstubAllGlobals());

describe("the hash of a commit", () => {
  it("is that of the hash before it and of the bytes that are stored", async () => {
    const expected = createHash("sha256").update("annals:commit:v1\0").update(Buffer.from(previous, "hex")).update(stored, "utf8").digest("hex");
    expect(await hashOf(previous, stored)).toBe(expected);
  });

  it("is another one when a character is changed, or the commit before", async () => {
    const original = await hashOf(previous, stored);
    expect(await hashOf(previous, stored.replace("1", "2"))).not.toBe(original);
    expect(await hashOf("a2".repeat(32), stored)).not.toBe(original);
  });

  it("is not told where the browser has no way to compute it", async () => {
    vi.stubGlobal("crypto", {});
    expect(await hashOf(previous, stored)).toBeUndefined();
  });
});
