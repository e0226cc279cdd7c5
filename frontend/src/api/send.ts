// Sends a command until its outcome is known, as far as that is a matter of moments.

import { type Input, call } from "./call";
import type { Operations } from "./generated";
import { ProblemError, isPassing } from "./problem";

/** How long to wait before the second and third try of what passes, in ms. */
const PAUSES_MS = [400, 1_600];
/** Who is told to wait longer than this, in ms, may have better things to do than to watch. */
const PATIENCE_MS = 5_000;

/** Calls a command; what passes is tried again with the same key, before a person is told. `again` hears of each further try. */
export async function send<N extends keyof Operations>(name: N, input: Input<N>, again: () => void = () => {}): Promise<Operations[N]["answer"]> {
  for (const pause of PAUSES_MS) {
    try {
      return await call(name, input);
    } catch (error) {
      const wait = error instanceof ProblemError ? (error.retryAt ?? 0) - Date.now() : 0;
      if (!isPassing(error) || wait > PATIENCE_MS) throw error;
      await new Promise((resolve) => setTimeout(resolve, pause));
      again();
    }
  }
  return call(name, input);
}

/** How often somebody waits who is told to, for one thing of many. */
const WAITS_MAX = 5;
/** The longest that is waited at once, in ms, whatever is asked. */
const WAIT_MAX_MS = 30_000;

/** Does one thing of many, and waits where the service says that it is too much at once. */
export async function patiently<T>(perform: () => Promise<T>): Promise<T> {
  for (let waits = 0; ; waits += 1) {
    try {
      return await perform();
    } catch (error) {
      if (!(error instanceof ProblemError) || error.status !== 429 || waits >= WAITS_MAX) throw error;
      const asked = (error.retryAt ?? 0) - Date.now();
      await new Promise((resolve) => setTimeout(resolve, Math.min(WAIT_MAX_MS, Math.max(500 * 2 ** waits, asked))));
    }
  }
}
