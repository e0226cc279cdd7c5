// Who did something: a person, or the service itself.

import { usePersonName } from "../api/client";
import type { Actor } from "./shapes";
import { words } from "./words";

/** The name: of the service itself where nobody asked for it. Operators may not read whose names they are not told. */
export function By({ actor }: { actor: Actor }) {
  const nameOf = usePersonName();
  if (actor.kind === "system") return <>{actor.name ?? words.system}</>;
  return <>{nameOf(actor.id, actor.name)}</>;
}
