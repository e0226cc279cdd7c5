// The lag of the last readings as a line; said in words for who does not see it.

import { duration } from "./measure";
import { linePoints } from "./readings";
import { words } from "./words";

const WIDTH = 120;
const HEIGHT = 28;
/** Room for the line's own width. */
const EDGE = 2;

/** The line. */
export function Sparkline({ readings }: { readings: readonly number[] }) {
  const last = readings.at(-1);
  const label = last === undefined ? words.view.sparklineNone : words.view.sparkline(readings.length, duration(Math.max(...readings)), duration(last));
  return (
    <svg className="sparkline" role="img" aria-label={label} viewBox={`${-EDGE} ${-EDGE} ${WIDTH + 2 * EDGE} ${HEIGHT + 2 * EDGE}`}>
      <line className="sparkline-ground" x1="0" y1={HEIGHT} x2={WIDTH} y2={HEIGHT} />
      {readings.length > 1 && <polyline points={linePoints(readings, WIDTH, HEIGHT)} />}
      {last !== undefined && <circle r="2" cx={WIDTH} cy={Number(linePoints(readings, WIDTH, HEIGHT).split(",").at(-1) ?? HEIGHT)} />}
    </svg>
  );
}
