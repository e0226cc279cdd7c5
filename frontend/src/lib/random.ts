// Names that nobody else has: for requests and traces.

/** So many random bytes, in hexadecimal. */
export function randomHex(bytes: number): string {
  const found = crypto.getRandomValues(new Uint8Array(bytes));
  return [...found].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A new `traceparent` (W3C Trace Context, section 3.2). */
export function traceparent(): string {
  return `00-${randomHex(16)}-${randomHex(8)}-01`;
}
