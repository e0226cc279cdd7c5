// The things to be done as they are read: all that are open, since only then their groups are true, and
// of the others those that were done last.

import type { TypeDescriptor } from "../api/generated";
import { type Listed, PAGE_MAX, useListed } from "../records/listed";

/** So many pages are read unasked: beyond, somebody has to want it. */
const PAGES_UNASKED = 10;
/** How many of those that are done are read at once. */
const DONE_PAGE = "25";

/** Those that are open. */
export function useOpen(type: TypeDescriptor, status: string, owner: string | undefined): Listed {
  return useListed(type, { status, ...(owner ? { owner } : {}), sort: "-changed_at", limit: PAGE_MAX }, PAGES_UNASKED);
}

/** Those that are done, once they are wanted. */
export function useDone(type: TypeDescriptor, status: string, owner: string | undefined, wanted: boolean): Listed {
  return useListed(type, { status, ...(owner ? { owner } : {}), sort: "-changed_at", limit: DONE_PAGE }, 1, wanted);
}
