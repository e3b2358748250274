/** A jitter buffer's delay curve as the few points that say all of it. Thread: main      Realtime: no */
import type { DelayCurvePoint } from "../../runtime/report.ts"

/** ms: close where a millisecond is much, 60 ms at the most. */
const DELAYS: readonly number[] = [0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60]
/** Shares are told to a thousandth of a per cent. */
const DIGITS = 5

/**
 * The curve at few delays, without those between two alike. So what stands at the nearest smaller delay holds for one left out.
 * curve   at each whole ms, as readDelayCurve gives it
 */
export const fewPoints = (curve: readonly DelayCurvePoint[]): readonly DelayCurvePoint[] => {
  const points = DELAYS.flatMap((delayMs) => {
    const found = curve[delayMs]
    return found === undefined ? [] : [{ delayMs, lostShare: Number(found.lostShare.toFixed(DIGITS)) }]
  })
  return points.filter(({ lostShare }, i) => points[i - 1]?.lostShare !== lostShare || points[i + 1]?.lostShare !== lostShare)
}
