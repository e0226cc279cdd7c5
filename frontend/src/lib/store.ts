// A value that screens watch: the few things that are neither in the URL nor on the server.

import { useSyncExternalStore } from "react";

/** A value and those who watch it. */
export type Store<T> = {
  get: () => T;
  set: (value: T) => void;
  subscribe: (watcher: () => void) => () => void;
};

/** A store with a first value. */
export function createStore<T>(first: T): Store<T> {
  let value = first;
  const watchers = new Set<() => void>();
  return {
    get: () => value,
    set: (next) => {
      if (Object.is(next, value)) return;
      value = next;
      for (const watcher of [...watchers]) watcher();
    },
    subscribe: (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
  };
}

/** The value of a store; draws again when it changes. */
export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.subscribe, store.get);
}
