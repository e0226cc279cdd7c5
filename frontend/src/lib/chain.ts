// The hash that holds a commit in its chain, computed from what is stored: nothing has to be believed.

/** What every commit's hash begins with. */
const PREFIX = "annals:commit:v1\0";

/**
 * The hash of a commit, in hex: SHA-256 of the prefix, the hash before it and the stored text.
 * `undefined` where the browser has no way to compute it (pages that did not come over TLS).
 */
export async function hashOf(previous: string, stored: string): Promise<string | undefined> {
  const subtle = globalThis.crypto?.subtle as SubtleCrypto | undefined;
  if (!subtle) return undefined;
  const encoder = new TextEncoder();
  const [prefix, text] = [encoder.encode(PREFIX), encoder.encode(stored)];
  const before = bytes(previous);
  const whole = new Uint8Array(prefix.length + before.length + text.length);
  whole.set(prefix);
  whole.set(before, prefix.length);
  whole.set(text, prefix.length + before.length);
  const digest = new Uint8Array(await subtle.digest("SHA-256", whole));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
