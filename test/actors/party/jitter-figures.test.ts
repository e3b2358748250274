import { describe, expect, it } from "vitest"
import { createJitterFigures } from "../../../src/actors/party/jitter-figures.ts"
import { JitterStats } from "../../../src/runtime/jitter/jitter-stats.ts"
import { jitterBytes, planJitterMemory } from "../../../src/runtime/jitter/memory.ts"
import { createDelayCurve } from "../../../src/runtime/jitter/delay-curve.ts"
import { createArrivalHistogram } from "../../../src/runtime/jitter/arrival-histogram.ts"
import { openStats, statsBytes } from "../../../src/runtime/ring/stats-page.ts"

const rateHz = 48000
const blockFrames = 128

const open = () => {
  const store = 64
  const statsAt = store + ((jitterBytes(rateHz) + 63) & ~63)
  const memory = new WebAssembly.Memory({ initial: Math.ceil((statsAt + statsBytes(JitterStats)) / 65_536) })
  const page = openStats(memory, statsAt, JitterStats)
  const figures = createJitterFigures({ memory, at: { store, stats: statsAt }, rateHz, blockFrames })
  const set = (fields: Partial<Record<keyof typeof JitterStats, number>>): void => {
    for (const [field, value] of Object.entries(fields)) page[JitterStats[field as keyof typeof JitterStats]] = value
  }
  /** A second of the buffer's life. */
  const second = (fields: Partial<Record<keyof typeof JitterStats, number>>): void => {
    page[JitterStats.pulls] = page[JitterStats.pulls]! + 375
    for (const [field, more] of Object.entries(fields)) {
      const at = JitterStats[field as keyof typeof JitterStats]
      page[at] = page[at]! + more
    }
  }
  return { figures, set, second, curve: createDelayCurve(memory, planJitterMemory(store, rateHz).curve, rateHz) }
}

describe("the figures of a jitter buffer", () => {
  it("are none before it has been asked for a block", () => {
    expect(open().figures.read(0, { policy: "steady" }, false)).toBeUndefined()
  })

  it("have W3C's names and units: frames are samples, sums of waits are seconds", () => {
    const { figures, set } = open()
    set({
      pulls: 10, packets: 9, late: 2, discarded: 3, repeated: 50, concealedFrames: 480, silentConcealedFrames: 48, concealmentEvents: 4, insertedFrames: 7.5,
      removedFrames: 2.25, emittedFrames: 96_000, emittedDelayUs: 8000 * 96_000, emittedTargetUs: 7000 * 96_000,
      targetDelayUs: 7000, currentDelayUs: 8200, bufferLevelFrames: 432, ratePpm: -3, driftPpm: 12,
    })
    expect(figures.read(0, { policy: "tight", minMs: 3 }, true)).toEqual({
      policy: "tight", own: true, minDelayMs: 3, maxDelayMs: 40, targetDelayMs: 7, delayMs: 8.2, bufferLevelMs: 9, ratePpm: -3,
      concealedShare: 0, recentGaps: 0, curve: [],
      concealedSamples: 480, silentConcealedSamples: 48, concealmentEvents: 4, insertedSamplesForDeceleration: 7.5, removedSamplesForAcceleration: 2.25,
      jitterBufferDelay: 768, jitterBufferTargetDelay: 672, jitterBufferEmittedCount: 96_000, packetsDiscarded: 5,
    })
    expect(figures.level("driftPpm")).toBe(12)
  })

  it("give a kept delay as both bounds", () => {
    const { figures, set } = open()
    set({ pulls: 1 })
    expect(figures.read(0, { delayMs: 12 }, false)).toMatchObject({ policy: "kept", minDelayMs: 12, maxDelayMs: 12 })
  })

  it("count the last ten seconds", () => {
    const { figures, second } = open()
    const at = (seconds: number) => figures.read(seconds * 1000, { policy: "steady" }, false)!
    second({})
    at(1)
    for (let s = 2; s <= 6; s++) {
      second({ concealedFrames: 480, concealmentEvents: 2 })
      at(s)
    }
    // 5 s of a hundredth each.
    expect(at(6)).toMatchObject({ recentGaps: 10, concealedShare: expect.closeTo(0.01, 6) as number })
    for (let s = 7; s <= 14; s++) {
      second({})
      at(s)
    }
    // 2 of the last 10 s had gaps.
    expect(at(14)).toMatchObject({ recentGaps: 4, concealedShare: expect.closeTo(0.002, 6) as number, concealmentEvents: 10 })
  })

  it("begin at 0 with another stream, levels aside", () => {
    const { figures, second, set } = open()
    second({ concealedFrames: 480, concealmentEvents: 2, late: 3 })
    figures.read(0, { policy: "steady" }, false)
    figures.begin()
    expect(figures.read(100, { policy: "steady" }, false)).toBeUndefined()
    second({ concealedFrames: 48, late: 1 })
    set({ targetDelayUs: 5000 })
    expect(figures.read(2000, { policy: "steady" }, false)).toMatchObject({ concealedSamples: 48, concealmentEvents: 0, packetsDiscarded: 1, targetDelayMs: 5 })
    expect(figures.since("late")).toBe(1)
  })

  it("look at the curve once a second", () => {
    const { figures, second, curve } = open()
    const histogram = createArrivalHistogram(curve.histogram)
    const offset = new Float64Array(1)
    histogram.remember(rateHz * 60)
    histogram.clear(offset)
    const arrive = (lateMs: number, packets: number): void => {
      offset[0] = (lateMs * rateHz) / 1000
      for (let i = 0; i < packets; i++) histogram.add(offset, 240)
      curve.place(new Float64Array(1), 240)
    }
    const lost = (timeMs: number) => figures.read(timeMs, { policy: "steady" }, false)!.curve.map(({ delayMs, lostShare }) => [delayMs, Number(lostShare.toFixed(2))])
    arrive(0, 90)
    second({ packets: 90 })
    expect(lost(0)).toEqual([[0, 0], [60, 0]])
    // One packet in ten comes 20 ms late.
    arrive(20, 10)
    second({ packets: 10 })
    expect(lost(900)).toEqual([[0, 0], [60, 0]])
    const now = lost(1000)
    expect(now[0]).toEqual([0, 0.1])
    expect(now.find(([delayMs]) => delayMs === 20)).toEqual([20, 0])
    expect(now.at(-1)).toEqual([60, 0])
  })
})
