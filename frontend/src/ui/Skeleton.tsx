// What stands where content is still to come: after a moment, so that what is quick does not flicker.

import { texts } from "../lib/texts";

/** So many grey lines; the style sheet shows them after 150 ms. */
export function Skeleton({ lines }: { lines: number }) {
  return (
    <div className="skeleton" aria-busy="true">
      <span className="visually-hidden">{texts.loading}</span>
      {Array.from({ length: lines }, (_, index) => (
        <span key={index} className="skeleton-line" aria-hidden="true" />
      ))}
    </div>
  );
}
