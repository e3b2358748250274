/** The small parts of the jitter buffer, each with its table. */
import { describe, expect, it } from "vitest"
import { ARENA_BASE_BYTES, instantiateDsp } from "../../../src/runtime/dsp/dsp.ts"
import { createArenaMemory } from "../../../src/runtime/io/dsp-file.ts"
import { BIN_FRAMES, BINS, createArrivalHistogram, HISTOGRAM_HEAD } from "../../../src/runtime/jitter/arrival-histogram.ts"
import { createDelayTarget } from "../../../src/runtime/jitter/delay-target.ts"
import { createDriftEstimate } from "../../../src/runtime/jitter/drift-estimate.ts"
import { createLateWatch, Lateness } from "../../../src/runtime/jitter/late-watch.ts"
import { createPathFloor } from "../../../src/runtime/jitter/path-floor.ts"
import { createPlayhead, MOST_RATE } from "../../../src/runtime/jitter/playhead.ts"
import { createSampleStore, STORE_BYTES, STORE_FRAMES, STORE_TAIL } from "../../../src/runtime/jitter/sample-store.ts"
import { createSegmentWriter, Segment, segmentReportLength } from "../../../src/runtime/jitter/segment-report.ts"
import { Belonging, createTimeline } from "../../../src/runtime/jitter/timeline.ts"
import { buildModule, createRandom } from "../dsp/kernels.ts"

const module = await buildModule()
const cell = (value: number): Float64Array => Float64Array.of(value)

describe("timeline", () => {
  const BEFORE_WRAP = 2 ** 31 - 100
  it.each([
    ["the next packet", 128, 128, Belonging.near],
    ["one that was overtaken", -960, 0, Belonging.near],
    ["a leap ahead in no time", 40_000, 128, Belonging.far],
    ["the same leap after as long a pause", 480_000, 480_000, Belonging.near],
    ["timestamps that stood still in a pause", 128, 480_000, Belonging.near],
    ["one long gone", -40_000, 128, Belonging.far],
  ] as const)("%s", (_, ahead, elapsed, expected) => {
    const timeline = createTimeline()
    timeline.begin(BEFORE_WRAP)
    expect(timeline.judge((BEFORE_WRAP + ahead) | 0, elapsed)).toBe(expected)
  })

  it("has jumped when three in a row belong together elsewhere", () => {
    const timeline = createTimeline()
    timeline.begin(0)
    const far = [1e9, 1e9 + 128, 1e9 + 256].map((timestamp) => timeline.judge(timestamp, 128))
    expect(far).toEqual([Belonging.far, Belonging.far, Belonging.jumped])
  })

  it("has not when they are all elsewhere, each", () => {
    const timeline = createTimeline()
    timeline.begin(0)
    for (let i = 1; i < 20; i++) expect(timeline.judge((i * 123_456_789) | 0, 128)).toBe(Belonging.far)
  })
})

describe("sample store", () => {
  const create = () => {
    const memory = createArenaMemory(1 << 20)
    const payload = ARENA_BASE_BYTES + STORE_BYTES
    const view = new DataView(memory.buffer)
    const store = createSampleStore(instantiateDsp(module, memory), memory, ARENA_BASE_BYTES)
    const write = (timestamp: number, frames: number): number => {
      for (let i = 0; i < frames; i++) view.setInt16(payload + 2 * i, (timestamp + i) & 0x7fff)
      return store.write(timestamp | 0, frames, payload, { bytesPerSample: 2, channelCount: 1 })
    }
    const sample = (address: number): number => new Float32Array(memory.buffer, address, 1)[0]! * 32_768
    return { store, write, sample }
  }

  it.each([0, 32_700, 2 ** 31 - 60, -60, -(2 ** 31)])("holds what is written around timestamp %i, wherever that wraps", (start) => {
    const { store, write, sample } = create()
    store.clear(start | 0)
    expect(write(start, 100)).toBe(100)
    expect(write(start + 200, 100)).toBe(100)
    expect(write(start, 100)).toBe(0)
    expect(store.presentRun(start | 0, 500)).toBe(100)
    expect(store.absentRun((start + 100) | 0, 500)).toBe(100)
    expect(store.absentRun((start + 300) | 0, 500)).toBe(500)
    expect(store.ahead(start | 0)).toBe(300)
    for (const i of [0, 50, 99, 200, 299]) expect(sample(store.address(0, (start + i) | 0))).toBe((start + i) & 0x7fff)
  })

  it("lies in one piece from any frame on, for as long as the tail", () => {
    const { store, write, sample } = create()
    store.clear(0)
    for (let at = 0; at < STORE_FRAMES + 4000; at += 500) write(at, 500)
    const from = STORE_FRAMES - 40
    for (let i = 0; i < STORE_TAIL; i++) expect(sample(store.address(0, from) + 4 * i)).toBe((from + i) & 0x7fff)
  })

  it("forgets what newer audio has taken the place of", () => {
    const { store, write } = create()
    store.clear(0)
    write(0, 100)
    write(STORE_FRAMES + 50, 100)
    expect(store.presentRun(0, 10)).toBe(0)
    expect(store.absentRun(0, 200)).toBe(200)
    expect(write(0, 100)).toBe(0)
  })
})

const histogram = () => createArrivalHistogram(new Float64Array(HISTOGRAM_HEAD + BINS))

describe("arrival histogram", () => {
  it("puts an offset below the edge that covers it", () => {
    const { add, bins, head, clear } = histogram()
    clear(cell(1000))
    for (const [offset, edge] of [[1000, 1000], [1001, 1008], [1008, 1008], [1008.5, 1016], [993, 1000]] as const) {
      bins.fill(0)
      add(cell(offset), 1)
      expect(head[0]! + bins.findIndex((weight) => weight > 0) * BIN_FRAMES).toBe(edge)
    }
  })

  it("forgets to a third in its memory's length, through all scaling down", () => {
    const h = histogram()
    h.clear(cell(0))
    h.remember(1000)
    h.add(cell(0), 100)
    const first = h.bins.findIndex((weight) => weight > 0)
    for (let i = 0; i < 1000; i++) h.add(cell(80), 100)
    expect(h.bins[first]! / h.head[1]!).toBeLessThan(1e-6)
    h.add(cell(0), 100)
    const share = h.bins[first]! / h.head[1]!
    for (let i = 0; i < 10; i++) h.add(cell(80), 100)
    expect(h.bins[first]! / h.head[1]! / share).toBeCloseTo(1 / Math.E, 1)
    expect(h.head[1]).toBeLessThan(1e12)
  })

  it.each([5000, -3000, 100_000, -100_000, 1e9])("follows a path that moves by %i frames, and loses no weight", (by) => {
    const h = histogram()
    h.clear(cell(0))
    h.remember(48_000)
    h.add(cell(0), 128)
    for (let i = 0; i < 200; i++) h.follow(cell(by))
    h.add(cell(by), 128)
    const bin = Math.round((by - h.head[0]!) / BIN_FRAMES)
    if (Math.abs(by) < 1e7) expect(h.bins[bin]! + h.bins[bin + 1]!).toBeGreaterThan(0)
    expect(h.bins.reduce((sum, weight) => sum + weight, 0) / h.head[1]!).toBeCloseTo(1, 6)
  })
})

describe("delay target", () => {
  /** Offsets in ms with their weights, above a path of 0; packets of 5 ms. */
  const aim = (arrivals: readonly (readonly [number, number])[], price: number, least = 0, most = 200): number => {
    const h = histogram()
    h.clear(cell(0))
    h.remember(1e9)
    for (const [ms, weight] of arrivals) h.add(cell(ms * 48), weight)
    const target = createDelayTarget()
    target.configure(price * 48, least * 48, most * 48)
    target.find(h, cell(0), 240)
    return target.target[0]! / 48
  }
  const spread = Array.from({ length: 11 }, (_, i) => [i, 100] as const)

  it.each([
    ["covers a spread that is worth it", spread, 1000, 10],
    ["leaves out a stall that is not: 1 % of 80 ms", [[0, 9900], [80, 100]], 1000, 0],
    ["covers it where loss is dear", [[0, 9900], [80, 100]], 10_000, 80],
    ["covers a stall that is worth it: 10 % of 20 ms", [[0, 900], [20, 100]], 1000, 20],
    ["must have half in time, however cheap loss is", [[0, 40], [10, 60]], 1, 10],
  ] as const)("%s", (_, arrivals, price, expected) => {
    expect(aim(arrivals, price)).toBeCloseTo(expected, 0)
  })

  it("keeps the bounds", () => {
    expect(aim(spread, 1000, 0, 4)).toBeCloseTo(4)
    expect(aim(spread, 1000, 15, 40)).toBeCloseTo(15)
    expect(aim(spread, 1000, 7, 7)).toBeCloseTo(7)
  })

  it("rises with the price", () => {
    const random = createRandom(4)
    const tail = Array.from({ length: 500 }, () => [-6 * Math.log(1 - random()), 1] as const)
    const targets = [50, 300, 1000, 10_000].map((price) => aim(tail, price))
    expect(targets).toEqual(targets.toSorted((a, b) => a - b))
    expect(targets[3]! - targets[0]!).toBeGreaterThan(10)
  })

  it("stays where it is while nothing else is much better", () => {
    const h = histogram()
    h.clear(cell(0))
    h.remember(1e9)
    const target = createDelayTarget()
    target.configure(1000 * 48, 0, 200 * 48)
    for (let i = 0; i < 1000; i++) h.add(cell((i % 10) * 48), 1)
    target.find(h, cell(0), 240)
    const before = target.target[0]!
    h.add(cell(9.2 * 48), 1)
    target.find(h, cell(0), 240)
    expect(target.target[0]).toBe(before)
  })
})

describe("path floor", () => {
  const run = (offsets: readonly number[], step = 240): number => {
    const path = createPathFloor(48_000)
    offsets.forEach((offset, i) => path.arrived(cell(offset), (2 ** 31 - 20_000 + i * step) | 0))
    return path.floor[0]!
  }
  it.each([
    ["is the earliest", [50, 20, 90], 20],
    ["falls at once", [500, 500, 480], 480],
    ["doubts one packet far too early", [500, 500, 100], 500],
    ["believes the second", [500, 500, 100, 101], 101],
  ] as const)("%s", (_, offsets, expected) => {
    expect(run(offsets)).toBe(expected)
  })
  it("rises within four and a half seconds", () => {
    expect(run([...Array<number>(100).fill(10), ...Array<number>(800).fill(400)])).toBe(10)
    expect(run([...Array<number>(100).fill(10), ...Array<number>(1100).fill(400)])).toBe(400)
  })
})

describe("drift estimate", () => {
  /** ppm found after so many seconds of packets every 5 ms and pulls every 128 frames. */
  const estimate = (ppm: number, seconds: number, offsetOf: (second: number) => number, pullPpm = 0): number => {
    const drift = createDriftEstimate(48_000)
    let packet = 0
    for (let pull = 0; pull < seconds * 375; pull++) {
      const now = pull * 128 * (1 + pullPpm * 1e-6)
      for (; ; packet++) {
        const at = (packet * 240) / (1 + ppm * 1e-6) + offsetOf(pull / 375)
        if (at > now) break
        drift.arrived(cell(at), (2 ** 31 - 100_000 + packet * 240) | 0)
      }
      drift.pulled(cell(now), 128)
    }
    return -drift.line[1]! * 1e6
  }
  const random = createRandom(8)
  const exponential = (mean: number): number => -mean * Math.log(1 - random())

  it.each([300, -300, 50, -30])("finds %i ppm under jitter within 15 s", (ppm) => {
    expect(estimate(ppm, 15, () => exponential(60))).toBeCloseTo(ppm, -1)
    expect(Math.abs(estimate(ppm, 40, () => exponential(60)) - ppm)).toBeLessThan(4)
  })
  it("leaves less than 20 ppm to the playhead, which rests on whole frames most of the time", () => {
    expect(estimate(-15, 40, () => exponential(60))).toBe(-0)
  })
  it("takes the pulling clock into account", () => {
    expect(Math.abs(estimate(0, 40, () => exponential(10), 100) - 100)).toBeLessThan(4)
  })
  it("is exactly 0 without drift", () => {
    expect(estimate(0, 60, () => exponential(60))).toBe(-0)
  })
  it("is not bent by steps of the path", () => {
    expect(Math.abs(estimate(120, 60, (second) => (Math.floor(second / 7) % 2) * 400 + exponential(20)) - 120)).toBeLessThan(6)
  })
  it("says nothing where arrivals agree on nothing", () => {
    expect(estimate(0, 60, (second) => (Math.sin(second * 2.1) + 1) * 2500 + exponential(400))).toBe(-0)
  })
})

describe("late watch", () => {
  const run = (lateness: (i: number) => number, count: number, spacing = 240): number[] => {
    const watch = createLateWatch(48_000)
    return Array.from({ length: count }, (_, i) => watch.judge(lateness(i), 240, (2 ** 31 - 5000 + i * spacing) | 0))
  }
  it("is calm while some are in time", () => {
    expect(new Set(run((i) => (i % 20 === 0 ? -1 : 500), 200))).toEqual(new Set([Lateness.fine]))
  })
  it("sees a path that has moved after a quarter of a second", () => {
    expect(run(() => 500, 80).indexOf(Lateness.moved)).toBe(50)
  })
  it("takes a burst after a stall for nothing", () => {
    expect(new Set(run((i) => 20_000 - i * 240, 90, 5))).toEqual(new Set([Lateness.fine]))
  })
  it("sees timestamps that stood still within 60 ms", () => {
    expect(run(() => 100_000, 30).indexOf(Lateness.gone)).toBeLessThan(12)
  })
})

describe("playhead", () => {
  const LOOK_AHEAD = 12
  /** Steers an error away; the rates used and what is left. */
  const steer = (frames: number, drift: number, blocks: number) => {
    const playhead = createPlayhead(48_000, 128, LOOK_AHEAD)
    const phase = Float64Array.of(0, 1)
    const rates: number[] = []
    let spare = frames
    for (let i = 0; i < blocks; i++) {
      playhead.steer(phase, cell(spare), Float64Array.of(0, drift))
      rates.push(phase[1]!)
      spare -= (phase[1]! - 1 + drift) * 128
      const to = phase[0]! + phase[1]! * 128
      phase[0] = to - Math.floor(to + 1e-7) < 1e-7 ? 0 : to - Math.floor(to + 1e-7)
    }
    return { rates, spare, part: phase[0]! }
  }
  it.each([0, 12, 36])("leaves a delay that is %i frames too long alone, bit by bit", (frames) => {
    expect(new Set(steer(frames, 0, 50).rates)).toEqual(new Set([1]))
  })
  it.each([500, -500, 5000])("steers %i frames away, gently, and comes to rest on a whole frame", (frames) => {
    const { rates, spare, part } = steer(frames, 0, 25_000)
    expect(Math.max(...rates.map((rate) => Math.abs(rate - 1)))).toBeLessThanOrEqual(MOST_RATE + 1e-12)
    expect(Math.max(...rates.slice(1).map((rate, i) => Math.abs(rate - rates[i]!)))).toBeLessThanOrEqual(MOST_RATE / 20 + 1e-12)
    expect(Math.abs(spare - LOOK_AHEAD)).toBeLessThan(3)
    expect([rates.at(-1), part]).toEqual([1, 0])
  })
  it("feeds drift forward", () => {
    expect(steer(20, -300e-6, 10).rates.at(-1)).toBeCloseTo(1.0003, 9)
  })
})

describe("segment report", () => {
  it("joins what is alike, and never overflows", () => {
    const report = new Float64Array(segmentReportLength(8))
    const writer = createSegmentWriter(report)
    writer.begin()
    writer.add(Segment.play, 100, cell(0.5), cell(64), 64)
    writer.add(Segment.play, 164, cell(0.5), cell(64), 64)
    writer.add(Segment.conceal, 228, cell(0), cell(10), 10)
    expect([...report.slice(0, 9)]).toEqual([2, Segment.play, 100.5, 128, 128, Segment.conceal, 228, 10, 10])
    for (let i = 0; i < 1000; i++) writer.add(i & 1, i, cell(0), cell(1), 1)
    expect(report[0]).toBeLessThanOrEqual((report.length - 1) / 4)
  })
})
