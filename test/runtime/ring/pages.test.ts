import { describe, expect, it } from "vitest"
import { createHistogram, createHistogramWindow, HISTOGRAM_BYTES, readHistograms } from "../../../src/runtime/ring/histogram.ts"
import { openStats, statsBytes, statsFields } from "../../../src/runtime/ring/stats-page.ts"
import { createThreadWords, Sabotage, THREAD_WORD_BYTES } from "../../../src/runtime/ring/thread-words.ts"
import { AT, makeMemory } from "./memory.ts"

const makeHistogram = (count = 1) => {
  const memory = makeMemory()
  const at = Array.from({ length: count }, (_, i) => AT + i * HISTOGRAM_BYTES)
  const adders = at.map((address) => createHistogram(memory, address))
  const cells = new Float64Array(2)
  return {
    memory, at,
    add(valueUs: number, which = 0, times = 1): void {
      cells[1] = valueUs
      for (let i = 0; i < times; i++) adders[which]!.add(cells, 1)
    },
    read: () => readHistograms(memory, at),
  }
}

describe("a histogram", () => {
  it("of nothing is all zero", () => {
    expect(makeHistogram().read()).toEqual({ count: 0, p50Ms: 0, p99Ms: 0, p999Ms: 0, worstMs: 0 })
  })

  it.each([
    [0, 0], [3, 0.003], [9.99, 0.009_99], [10, 0.01], [1234, 1.234], [19_999, 19.999], [20_000, 20], [123_456, 123.456],
    [499_999, 499.999], [500_000, 500], [10e6, 500],
    [-5, 0],
  ])("of one value of %d us has it everywhere, to within a bin and never above it: %d ms", (valueUs, expectedMs) => {
    const histogram = makeHistogram()
    histogram.add(valueUs)
    const { count, p50Ms, worstMs } = histogram.read()
    expect(count).toBe(1)
    expect(worstMs).toBeCloseTo(expectedMs, 9)
    expect(p50Ms).toBeCloseTo(expectedMs, 9)
  })

  it("takes NaN for 0", () => {
    const histogram = makeHistogram()
    histogram.add(NaN)
    expect(histogram.read()).toMatchObject({ count: 1, worstMs: 0 })
  })

  it("gives percentiles to within a bin, 10 us below 20 ms and 1 ms above", () => {
    const histogram = makeHistogram()
    for (let valueUs = 1; valueUs <= 10_000; valueUs++) histogram.add(valueUs)
    const { count, p50Ms, p99Ms, p999Ms, worstMs } = histogram.read()
    expect([count, worstMs]).toEqual([10_000, 10])
    for (const [percentile, exact] of [[p50Ms, 5], [p99Ms, 9.9], [p999Ms, 9.99]] as const) {
      expect(percentile).toBeGreaterThanOrEqual(exact)
      expect(percentile).toBeLessThanOrEqual(exact + 0.011)
    }
  })

  it("is not moved by rare outliers, but for the percentile that they are", () => {
    const histogram = makeHistogram()
    histogram.add(1000, 0, 9980)
    histogram.add(300_000, 0, 20)
    expect(histogram.read()).toEqual({ count: 10_000, p50Ms: 1.01, p99Ms: 1.01, p999Ms: 300, worstMs: 300 })
  })

  it("reads several as one", () => {
    const histogram = makeHistogram(3)
    histogram.add(1000, 0, 10)
    histogram.add(2000, 1, 80)
    histogram.add(7000, 2, 10)
    expect(histogram.read()).toMatchObject({ count: 100, p50Ms: 2.01, worstMs: 7 })
  })

  it("stays within its bytes", () => {
    const histogram = makeHistogram()
    const bytes = new Uint8Array(histogram.memory.buffer)
    bytes.fill(0xa5, 0, AT)
    bytes.fill(0xa5, AT + HISTOGRAM_BYTES)
    for (const valueUs of [0, 19_999, 20_000, 499_999, 500_000, 1e12, Infinity, -Infinity]) histogram.add(valueUs)
    expect(bytes.subarray(0, AT).every((byte) => byte === 0xa5)).toBe(true)
    expect(bytes.subarray(AT + HISTOGRAM_BYTES).every((byte) => byte === 0xa5)).toBe(true)
  })
})

describe("a histogram's window", () => {
  it("tells of the last while only, and forgets what is older", () => {
    const histogram = makeHistogram()
    const read = createHistogramWindow(histogram.memory, histogram.at, 1000, 3)
    expect(read(0).count).toBe(0)
    histogram.add(50_000)
    expect(read(10)).toMatchObject({ count: 1, worstMs: 50 })
    histogram.add(1000, 0, 10)
    expect([read(1000).count, read(2000).count]).toEqual([11, 11])
    // The copies kept are now those of 1, 2 and 3 s: the outlier is gone.
    histogram.add(2000, 0, 5)
    const later = read(3000)
    expect(later.count).toBe(5)
    expect(later.worstMs).toBeCloseTo(2.01, 9)
    expect([read(4000).count, read(5000).count, read(6000).count]).toEqual([5, 0, 0])
  })

  it("is the same however often it is asked within a step", () => {
    const histogram = makeHistogram()
    const read = createHistogramWindow(histogram.memory, histogram.at, 1000, 3)
    read(0)
    histogram.add(1000, 0, 4)
    for (let nowMs = 1; nowMs < 1000; nowMs += 10) expect(read(nowMs).count).toBe(4)
  })
})

describe("a statistics page", () => {
  it("numbers its fields in order and takes whole cache lines", () => {
    const fields = statsFields("blocks", "underruns", "peak")
    expect(fields).toEqual({ blocks: 0, underruns: 1, peak: 2 })
    expect([statsBytes(fields),
      statsBytes(statsFields("a", "b", "c", "d", "e", "f", "g", "h")),
      statsBytes(statsFields("a", "b", "c", "d", "e", "f", "g", "h", "i"))]).toEqual([64, 64, 128])
  })

  it("is seen by all who open it", () => {
    const memory = makeMemory()
    const fields = statsFields("blocks", "peak")
    const page = openStats(memory, AT, fields)
    expect(page.length).toBe(2)
    page[fields.peak] = 0.1
    expect(openStats(memory, AT, fields)[fields.peak]).toBe(0.1)
  })
})

describe("a thread's words", () => {
  const make = () => {
    const memory = makeMemory()
    return { memory, own: createThreadWords(memory, AT), other: createThreadWords(memory, AT) }
  }

  it("do not sleep when the bell rang after the count was taken", () => {
    const { own, other } = make()
    const seen = own.bellCount()
    other.ring()
    const startedMs = performance.now()
    own.sleep(seen, 5e6)
    expect(performance.now() - startedMs).toBeLessThan(2500)
    expect(own.sleepAsync(seen)).toBeUndefined()
  })

  it("sleep for the time given when nobody rings", () => {
    const { own } = make()
    for (const timeoutUs of [200, 5000, 10_239, 10_240, 20_000]) {
      const startedMs = performance.now()
      own.sleep(own.bellCount(), timeoutUs)
      expect(performance.now() - startedMs).toBeGreaterThanOrEqual((timeoutUs * 0.95) / 1000)
    }
  })

  it("do not sleep at all when no time is left", () => {
    const { own } = make()
    const startedMs = performance.now()
    for (let i = 0; i < 1000; i++) own.sleep(own.bellCount(), -i * 1000)
    expect(performance.now() - startedMs).toBeLessThan(1000)
  })

  it("wake who sleeps asynchronously, by the bell or by the control word", async () => {
    const { own, other } = make()
    for (const wake of [other.ring, other.raiseControl]) {
      const asleep = own.sleepAsync(own.bellCount())
      wake()
      expect(await asleep).toBe("ok")
    }
  })

  it("keep the bell's count right across 2^31", () => {
    const { memory, own, other } = make()
    new Int32Array(memory.buffer, AT, 1)[0] = 2 ** 31 - 1
    const seen = own.bellCount()
    other.ring()
    expect(own.bellCount()).toBe(-(2 ** 31))
    expect(own.sleepAsync(seen)).toBeUndefined()
  })

  it("carry beats, collections, CPU time and the control word", () => {
    const { own, other } = make()
    own.beat()
    own.beat()
    own.countCollection()
    own.setCpuUs(123_456.7)
    expect([other.beats(), other.collections(), other.cpuUs(), other.controlRaised()]).toEqual([2, 1, 123_456, false])
    other.raiseControl()
    expect(own.controlRaised()).toBe(true)
    own.clearControl()
    expect(own.controlRaised()).toBe(false)
  })

  it("give a test's wish once", () => {
    const { own, other } = make()
    other.setSabotage(Sabotage.exit)
    expect([own.sabotage(), own.sabotage()]).toEqual([Sabotage.exit, Sabotage.none])
  })

  it("stay within their bytes", () => {
    const { memory, own } = make()
    const bytes = new Uint8Array(memory.buffer)
    bytes.fill(0xa5, 0, AT)
    bytes.fill(0xa5, AT + THREAD_WORD_BYTES)
    own.ring()
    own.beat()
    own.raiseControl()
    own.setSabotage(1)
    own.countCollection()
    own.setCpuUs(1)
    expect(bytes.subarray(0, AT).every((byte) => byte === 0xa5)).toBe(true)
    expect(bytes.subarray(AT + THREAD_WORD_BYTES).every((byte) => byte === 0xa5)).toBe(true)
  })
})
