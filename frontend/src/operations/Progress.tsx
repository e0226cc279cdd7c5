// How far a rebuild is: a bar and the number, never in place of what went wrong.

import { nameOf, percentOf } from "./measure";
import type { Rebuild } from "./shapes";
import { words } from "./words";

/** The bar with what it means. */
export function Progress({ of }: { of: Rebuild }) {
  const percent = percentOf(of);
  return (
    <p className="ops-progress">
      <progress {...(percent === undefined ? {} : { value: percent })} max={100} aria-label={words.view.progressOf(nameOf(of))} />
      <span>{percent === undefined ? words.rebuild.progressUnknown : words.rebuild.progress(percent)}</span>
      <span className="muted">{words.rebuild.phases[of.phase] ?? of.phase}</span>
    </p>
  );
}
