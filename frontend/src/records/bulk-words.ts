// What is said of doing the same to many records; loaded with it.

const plural = new Intl.PluralRules("en");
const counted = (n: number, one: string, other: string) => `${n} ${plural.select(n) === "one" ? one : other}`;

/** How many of which kind of result there are. */
export type Tally = { saved: number; same: number; meanwhile: number; refused: number; open: number };

/** Its sentences. */
export const words = {
  label: "Selected records",
  selected: (n: number) => `${n} selected`,
  clear: "Select none",
  all: "Select all that are shown",
  set: (label: string) => `${label}…`,
  title: (what: string, n: number, label: string) => `${what}: ${n} ${label}`,
  left: (n: number) => `${counted(n, "of the selected is left out: its status does", "of the selected are left out: their status does")} not allow it.`,
  emptyClears: "Left empty, it is cleared.",
  add: "Add",
  take: "Take out",
  progress: (done: number, all: number) => `${done} of ${all}`,
  undoing: "Taking it back…",
  working: "Saving…",
  /** `18 saved, 2 changed meanwhile`. */
  result: ({ saved, same, meanwhile, refused, open }: Tally) => {
    const said = [
      counted(saved, "saved", "saved"),
      ...(same > 0 ? [`${same} as it was already`] : []),
      ...(meanwhile > 0 ? [`${meanwhile} changed meanwhile`] : []),
      ...(refused > 0 ? [`${refused} refused`] : []),
      ...(open > 0 ? [`${open} still to be done`] : []),
    ];
    return `${said.join(", ")}.`;
  },
  undone: ({ saved, meanwhile, refused }: Tally) =>
    [`${saved} taken back`, ...(meanwhile + refused > 0 ? [`${meanwhile + refused} not: they were changed since`] : [])].join(", ") + ".",
  meanwhile: (name: string) => `${name} changed it meanwhile. Nothing was done to it.`,
  outcome: "What became of it",
  stopped: "It stopped before its end",
  notSaved: "Not saved",
};
