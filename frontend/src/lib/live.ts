// What is said aloud: one message at a time, shown for a moment and read out by screen readers.

import { createStore } from "./store";

/** A message, perhaps with something to do about it. */
export type Message = {
  text: string;
  action?: { label: string; perform: () => void };
};

/** The message that is shown now. */
export const message = createStore<Message | undefined>(undefined);

/** How long a message stays, in ms: long enough to undo what it tells. */
export const MESSAGE_MS = 10_000;

/** Says something to whoever is there. */
export function announce(text: string, action?: Message["action"]): void {
  message.set(action ? { text, action } : { text });
}
