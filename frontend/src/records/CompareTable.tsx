// The table of two states: a field in each row, what stood in one and in the other, and who set it.

import type { ReactNode } from "react";
import type { TypeDescriptor } from "../api/generated";
import { texts } from "../lib/texts";
import { At } from "../ui/Time";
import { PersonName } from "./Names";
import { OneSide } from "./WasNow";
import type { Row, Side } from "./compare";
import { labelAt } from "./descriptor";

/** The table; `from` and `to` are the heads of its columns. */
export function CompareTable({ type, rows, from, to, busy }: {
  type: TypeDescriptor;
  rows: readonly Row[];
  from: ReactNode;
  to: ReactNode;
  busy: boolean;
}) {
  return (
    <div className="table-frame" aria-busy={busy || undefined}>
      <table className="compared" aria-label={texts.compare.table}>
        <thead>
          <tr><th scope="col">{texts.compare.field}</th><th scope="col">{from}</th><th scope="col">{to}</th></tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.pointer} className={row.differs ? "differs" : undefined}>
              <th scope="row">
                {labelAt(type, row.pointer)}
                {/* Never by colour alone; where all rows differ it needs no saying. */}
                {row.differs && rows.some((other) => !other.differs) && <span className="muted"> ({texts.compare.differs})</span>}
              </th>
              {(["from", "to"] as const).map((side) => (
                <td key={side} data-label={side === "from" ? texts.compare.was : texts.compare.is}>
                  <OneSide type={type} pointer={row.pointer} from={row.from.value} to={row.to.value} side={side} differs={row.differs} />
                  <SetBy of={row[side]} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Who set a value, in which version, when and why. */
function SetBy({ of: { set } }: { of: Side }) {
  if (!set) return null;
  return (
    <p className="set-by">
      <PersonName id={set.actor.id} otherwise={set.actor.name} />, <At at={set.recorded_at} />, {texts.compare.set(set.version)}
      {set.reason && <q>{set.reason}</q>}
    </p>
  );
}
