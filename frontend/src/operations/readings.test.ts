// The last readings of a view's lag, and their line.

import fc from "fast-check";
import { expect, it } from "vitest";
import { READINGS_MAX, linePoints, withReadings } from "./readings";

const view = (name: string, lag_ms: number) => ({ view: name, lag: { behind: 1, lag_ms, looked_at: 10 } });

it("a reading is added for each view, and only the last ones are kept", () => {
  let readings = withReadings({}, [view("records", 1), view("counts", 2)]);
  readings = withReadings(readings, [view("records", 3)]);
  expect(readings).toEqual({ records: [1, 3] });
  for (let n = 0; n < 2 * READINGS_MAX; n += 1) readings = withReadings(readings, [view("records", n)]);
  expect(readings["records"]).toHaveLength(READINGS_MAX);
  expect(readings["records"]?.at(-1)).toBe(2 * READINGS_MAX - 1);
});

it("the newest reading is at the right, and the largest at the top", () => {
  expect(linePoints([0, 2_000], 39, 20)).toBe("38,20 39,0");
  expect(linePoints([500], 39, 20)).toBe("39,10");
  expect(linePoints([], 39, 20)).toBe("");
});

it("the line stays in its box, whatever was read", () => {
  const lags = fc.array(fc.integer({ min: -1_000, max: 100_000_000 }), { maxLength: READINGS_MAX });
  fc.assert(fc.property(lags, (readings) => {
    for (const point of linePoints(readings, 120, 30).split(" ").filter(Boolean)) {
      const [x = -1, y = -1] = point.split(",").map(Number);
      expect(x).toBeGreaterThanOrEqual(0);
      expect(x).toBeLessThanOrEqual(120);
      expect(y).toBeGreaterThanOrEqual(0);
      expect(y).toBeLessThanOrEqual(30);
    }
  }));
});
