// The status of a record, as a badge: its words say it, its tone only helps.

import type { TypeDescriptor } from "../api/generated";
import { statusOf } from "./descriptor";

/** The badge. */
export function StatusBadge({ type, status }: { type: TypeDescriptor; status: string }) {
  const found = statusOf(type, status);
  // The first status is where records begin; a later one that has not ended is some kind of done.
  const tone = found.ended ? "ended" : type.statuses[0]?.name === status ? "begun" : "done";
  return <span className={`badge ${tone}`}>{found.label}</span>;
}
