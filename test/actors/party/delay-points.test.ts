import { describe, expect, it } from "vitest"
import { fewPoints } from "../../../src/actors/party/delay-points.ts"

const curve = (lostAt: (delayMs: number) => number) => Array.from({ length: 61 }, (_, delayMs) => ({ delayMs, lostShare: lostAt(delayMs) }))

describe("the few points of a delay curve", () => {
  it("are none of none, and the two ends of a flat one", () => {
    expect(fewPoints([])).toEqual([])
    expect(fewPoints(curve(() => 0))).toEqual([{ delayMs: 0, lostShare: 0 }, { delayMs: 60, lostShare: 0 }])
  })

  it("stand where it changes, with both ends of what is level between", () => {
    // 5 % lost below 8 ms, 1 % below 20 ms, nothing from there on.
    const points = fewPoints(curve((delayMs) => (delayMs < 8 ? 0.05 : delayMs < 20 ? 0.01 : 0)))
    expect(points.map(({ delayMs, lostShare }) => [delayMs, lostShare])).toEqual([[0, 0.05], [6, 0.05], [8, 0.01], [15, 0.01], [20, 0], [60, 0]])
  })

  it("give, at the nearest smaller delay, what was left out", () => {
    const whole = curve((delayMs) => Math.max(0, 0.3 - Math.floor(delayMs / 10) * 0.1))
    const points = fewPoints(whole)
    for (const delayMs of [0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60]) {
      expect(points.findLast((point) => point.delayMs <= delayMs)?.lostShare).toBeCloseTo(whole[delayMs]!.lostShare, 5)
    }
  })

  it("are at most seventeen, to a thousandth of a per cent", () => {
    const points = fewPoints(curve((delayMs) => Math.exp(-delayMs / 9) / 3))
    expect(points).toHaveLength(17)
    expect(points[1]?.lostShare).toBe(0.29828)
  })
})
