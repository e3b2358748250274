/** The oracle against every schedule there is, on instances small enough to try them all. */
import { describe, expect, test } from "vitest"
import { FAST, oracleInput, oraclePoint, SLOW, bestJ, type OracleInput } from "../../../bench/jitter/oracle.ts"
import { makeTrace } from "../../../bench/jitter/network.ts"
import { modelNamed } from "../../../bench/jitter/models/models.ts"
import { createRandom } from "../../../bench/jitter/random.ts"

const GRID_MS = 2

/** The least cost over all schedules, by trying each level, each decision and each shortening for each packet. */
function bruteForce(input: OracleInput, slewRate: number, priceMs: number): number {
  const arriving = [...input.delaysMs].filter((delay) => delay < Infinity)
  const leastMs = Math.min(...arriving)
  const count = Math.ceil((Math.max(...arriving) - leastMs) / GRID_MS) + 1
  const { packetMs, delaysMs, resumes } = input
  const shorten = Math.floor(packetMs / GRID_MS)
  const steps: number[] = []
  let credit = 0
  for (let i = 0; i < delaysMs.length; i++) {
    if (i > 0) credit += (slewRate * packetMs) / GRID_MS
    steps.push(Math.floor(credit + 1e-9))
    credit -= steps[i] as number
  }
  const least = (i: number, from: number | undefined): number => {
    if (i === delaysMs.length) return 0
    let best = Infinity
    for (let level = 0; level < count; level++) {
      const free = from === undefined || resumes[i] === 1
      const moved = free ? 0 : Math.max(0, Math.abs(level - from) - (steps[i] as number))
      const ms = leastMs + level * GRID_MS
      const paid = ms + (priceMs * moved * GRID_MS) / packetMs
      if (ms >= (delaysMs[i] as number) - 1e-9) best = Math.min(best, paid + least(i + 1, level))
      else {
        for (let fall = 0; fall <= Math.min(shorten, level); fall++) best = Math.min(best, paid + priceMs + least(i + 1, level - fall))
      }
    }
    return best
  }
  return least(0, undefined) / delaysMs.length
}

describe("the oracle", () => {
  test("finds what trying all schedules finds", () => {
    const random = createRandom(7)
    for (let round = 0; round < 60; round++) {
      const packetMs = [2.5, 5, 10][round % 3] as number
      const length = 5
      const delaysMs = Float64Array.from({ length }, () => (random.chance(0.2) ? Infinity : 5 + random.between(0, 7)))
      if (!delaysMs.some((delay) => delay < Infinity)) continue
      const resumes = Uint8Array.from({ length }, (_, i) => (i > 0 && random.chance(0.15) ? 1 : 0))
      const input = { delaysMs, resumes, packetMs }
      for (const slewRate of [SLOW, FAST, 0.5, 1.7]) {
        for (const priceMs of [3, 20, 1000]) {
          expect(oraclePoint(input, slewRate, priceMs, GRID_MS).costMs).toBeCloseTo(bruteForce(input, slewRate, priceMs), 9)
        }
      }
    }
  })

  test("splits its cost into delay and concealment", () => {
    const point = oraclePoint({ delaysMs: Float64Array.of(8, 8, Infinity, 8), resumes: new Uint8Array(4), packetMs: 5 }, SLOW, 1000)
    expect(point.concealedPercent).toBe(25)
    expect(point.delayMs).toBe(8)
    expect(point.costMs).toBe(258)
  })

  test("is never worse with more freedom, and its best j is the least over all prices", () => {
    const input = oracleInput(makeTrace(modelNamed("wifi-bad"), 480, 3, 20))
    const j = bestJ(input, SLOW)
    expect(bestJ(input, FAST)).toBeLessThanOrEqual(j)
    for (const priceMs of [30, 300, 3000, 30_000]) {
      const point = oraclePoint(input, SLOW, priceMs)
      expect(point.delayMs + 10 * point.concealedPercent).toBeGreaterThanOrEqual(j - 1e-9)
    }
  })
})
