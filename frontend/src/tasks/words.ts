// What the page of things to be done says; loaded with it.

import type { Group } from "./groups";

/** Its sentences. */
export const words = {
  groups: { overdue: "Overdue", today: "Today", later: "Later", undated: "No date" } as { readonly [group in Group]: string },
  add: "What is to be done?",
  addButton: "Add",
  added: (title: string) => `${title} was added.`,
  find: "Find",
  findHint: "Among those that are shown",
  box: (action: string, title: string) => `${action}: ${title}`,
  change: (field: string, title: string) => `${field} of ${title}`,
  none: { date: "No date", person: "Nobody" } as { readonly [kind: string]: string },
  edit: (title: string) => `Edit ${title}`,
  nothing: "Nothing is to be done",
  nothingHint: "What you add above is listed here, by the day on which it is due.",
  noMatch: "Nothing of this is called so",
  clear: "Show all of them again",
  notAll: (n: string) => `These are the ${n} that were changed last; there are more.`,
  readOn: "Read the others",
  keys: {
    complete: "Tick the row’s box: done, or to be done again",
    add: "Go to the line that adds",
    find: "Go to the search",
  },
  notSaved: (title: string) => `${title} was not changed`,
  moved: (title: string, field: string) => `${title}: ${field} was changed.`,
  overtaken: (name: string, field: string) => `${name} has changed ${field} meanwhile; it stays as they left it.`,
};
