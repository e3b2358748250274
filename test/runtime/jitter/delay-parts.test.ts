/** The small parts that count and decide, each with its table. */
import { describe, expect, it } from "vitest"
import { ARENA_BASE_BYTES } from "../../../src/runtime/dsp/dsp.ts"
import { createArenaMemory } from "../../../src/runtime/io/dsp-file.ts"
import { createArrivals } from "../../../src/runtime/jitter/arrivals.ts"
import { createDelayCurve, readDelayCurve } from "../../../src/runtime/jitter/delay-curve.ts"
import { createArrivalHistogram } from "../../../src/runtime/jitter/arrival-histogram.ts"
import { createGapLength } from "../../../src/runtime/jitter/gap-length.ts"
import { JitterStats } from "../../../src/runtime/jitter/jitter-stats.ts"
import { createKeptDelay } from "../../../src/runtime/jitter/kept-delay.ts"
import { Lateness } from "../../../src/runtime/jitter/late-watch.ts"
import { createPosition, type Position } from "../../../src/runtime/jitter/position.ts"
import { createSegmentWriter, Segment, segmentReportLength } from "../../../src/runtime/jitter/segment-report.ts"
import { STORE_FRAMES } from "../../../src/runtime/jitter/sample-store.ts"
import { createStampBook } from "../../../src/runtime/jitter/stamp-book.ts"

const RATE_HZ = 48_000
const BLOCK = 128
const page = (): Float64Array => new Float64Array(Object.keys(JitterStats).length)
const statOf = (stats: Float64Array, name: keyof typeof JitterStats): number => stats[JitterStats[name]]!

describe("position", () => {
  const prepare = () => {
    const stats = page()
    const report = new Float64Array(segmentReportLength(BLOCK))
    const segments = createSegmentWriter(report)
    segments.begin()
    return { stats, position: createPosition(segments, stats), last: () => [...report.slice(1 + 4 * (report[0]! - 1), 1 + 4 * report[0]!)] }
  }
  const NEAR_WRAP = 2 ** 31 - 64

  it.each([
    ["plays on", (p: Position) => p.play(128, Float64Array.of(0, 1)), 128, [Segment.play, NEAR_WRAP, 128, 128], 0, 0],
    ["plays faster", (p: Position) => p.play(1000, Float64Array.of(0, 1.001)), 1001, [Segment.play, NEAR_WRAP, 1001, 1000], 0, 1],
    ["plays slower", (p: Position) => p.play(1000, Float64Array.of(0, 0.999)), 999, [Segment.play, NEAR_WRAP, 999, 1000], 1, 0],
    ["fills", (p: Position) => p.conceal(100), 100, [Segment.conceal, NEAR_WRAP, 100, 100], 0, 0],
    ["stands while something is filled", (p: Position) => p.hold(100), 0, [Segment.hold, NEAR_WRAP, 0, 100], 100, 0],
    ["runs on in silence", (p: Position) => p.rest(100), 100, [Segment.silence, NEAR_WRAP, 0, 100], 0, 0],
    ["leaves out what is missing", (p: Position) => p.leave(Segment.cut, 100), 100, [Segment.cut, NEAR_WRAP, 100, 0], 0, 100],
    ["jumps", (p: Position) => p.leave(Segment.jump, 100), 100, [Segment.jump, NEAR_WRAP, 100, 0], 0, 100],
    ["jumps back", (p: Position) => p.leave(Segment.jump, -100), -100, [Segment.jump, NEAR_WRAP, -100, 0], 100, 0],
  ] as const)("%s over the wrap, reports and counts it", (_, move, moved, segment, inserted, removed) => {
    const { position, stats, last } = prepare()
    position.put(NEAR_WRAP)
    move(position)
    expect((position.at() - NEAR_WRAP) | 0).toBe(moved)
    expect(last().map((number) => Math.round(number * 1e6) / 1e6)).toEqual(segment)
    expect(statOf(stats, "insertedFrames")).toBeCloseTo(inserted, 6)
    expect(statOf(stats, "removedFrames")).toBeCloseTo(removed, 6)
  })

  it("keeps parts of a frame, to no end", () => {
    const { position } = prepare()
    position.put(-1000)
    const rate = Float64Array.of(0, 1 + 1 / 1024)
    for (let i = 0; i < 8000; i++) position.play(128, rate)
    expect(((position.at() + 1000) | 0) + position.phase[0]!).toBeCloseTo(8000 * 128 * (1 + 1 / 1024), 6)
    expect(position.phase[0]).toBe(0)
  })

  it.each([[0.49, 0], [0.5, 1], [0.999, 1]])("settles %f of a frame on the nearest", (part, on) => {
    const { position } = prepare()
    position.put(5)
    position.phase[0] = part
    position.settle()
    expect([position.at(), position.phase[0]]).toEqual([5 + on, 0])
  })

  it("skips unheard, and tells nobody", () => {
    const { position, stats } = prepare()
    position.put(10)
    position.skip(500)
    expect([position.at(), stats.every((number) => number === 0)]).toEqual([510, true])
  })
})

describe("kept delay", () => {
  const RIGHT = 12
  /** What is left of `spare` in the block's turn, blocks in a row. */
  const ease = (spares: readonly number[], grid = 16, free = false): number[] => {
    const kept = createKeptDelay(RATE_HZ, BLOCK)
    return spares.map((spare) => {
      const cell = Float64Array.of(spare)
      kept.ease(cell, grid, 0, RIGHT, free)
      return cell[0]!
    })
  }
  const times = (count: number, spare: number): number[] => Array<number>(count).fill(spare)

  it.each([
    ["what is right", RIGHT], ["nothing to spare", 0], ["a grid more", 15 + RIGHT], ["less than a block more", 140], ["less than a block short", -120],
  ])("leaves %s alone for good", (_, spare) => {
    expect(new Set(ease(times(2000, spare)))).toEqual(new Set([RIGHT]))
  })

  it.each([["too long", 300], ["too short", -300]])("sees to a delay by more than a block %s after a second", (_, spare) => {
    const eased = ease(times(500, spare))
    expect(eased.findIndex((left) => left !== RIGHT)).toBe(375)
    expect(eased.at(-1)).toBe(spare > 0 ? spare - 15 : -16 * Math.ceil(-spare / 16))
  })

  it.each([["another delay", 600, false], ["a gap, when it is too long", 40, true], ["a gap, when it is too short", -1, true]])("sees to it at once: %s", (_, spare, free) => {
    expect(ease([spare], 16, free)).toEqual([spare > 0 ? spare - 15 : -16 * Math.ceil(-spare / 16)])
  })

  it("goes on until it is right, and then rests", () => {
    expect(ease([...times(400, 300), 200, 100, 40, 20, 100])).toEqual([...times(375, RIGHT), ...times(25, 285), 185, 85, 25, RIGHT, RIGHT])
  })

  it("begins anew when it is told", () => {
    const kept = createKeptDelay(RATE_HZ, BLOCK)
    const cell = Float64Array.of(600)
    kept.ease(cell, 16, 0, RIGHT, false)
    kept.restart()
    cell[0] = 100
    kept.ease(cell, 16, 0, RIGHT, false)
    expect(cell[0]).toBe(RIGHT)
  })
})

describe("gap length", () => {
  it("counts what was filled, and what of that was silent: after 70 ms", () => {
    const stats = page()
    const gap = createGapLength(stats, RATE_HZ)
    gap.begin()
    gap.fill(3000)
    expect([gap.sounds(), statOf(stats, "concealedFrames"), statOf(stats, "silentConcealedFrames")]).toEqual([true, 3000, 0])
    gap.fill(500)
    expect([gap.sounds(), statOf(stats, "concealedFrames"), statOf(stats, "silentConcealedFrames")]).toEqual([false, 3500, 140])
    gap.fill(100)
    expect(statOf(stats, "silentConcealedFrames")).toBe(240)
    gap.begin()
    gap.pass(3359)
    expect([gap.sounds(), statOf(stats, "concealedFrames")]).toEqual([true, 3600])
    gap.pass(1)
    expect(gap.sounds()).toBe(false)
  })
})

describe("stamp book", () => {
  const look = (book: ReturnType<typeof createStampBook>, now: number, timestamp: number): readonly [number, number] => {
    const cells = Float64Array.of(now, NaN, NaN)
    book.look(cells, timestamp)
    return [cells[1]!, cells[2]!]
  }

  it.each([0, 1, 63, 64, 2 ** 31 - 100, -(2 ** 31), -77])("tells capture and wait of each frame of a packet at timestamp %i", (timestamp) => {
    const book = createStampBook(RATE_HZ)
    book.note(Float64Array.of(1000, 0, 5e6), timestamp, 240)
    for (const i of [0, 1, 63, 64, 100, 239]) {
      const [captured, waited] = look(book, 31_000, (timestamp + i) | 0)
      expect(captured).toBeCloseTo(5e6 + (i * 1e6) / RATE_HZ, 3)
      expect(waited).toBe(30_000)
    }
  })

  it("knows as much as the store, then the newer takes the older's place", () => {
    const book = createStampBook(RATE_HZ)
    for (let at = 0; at < 3 * STORE_FRAMES; at += 512) book.note(Float64Array.of(at, 0, at), at, 512)
    expect(look(book, 4 * STORE_FRAMES, 2 * STORE_FRAMES)[1]).toBe(2 * STORE_FRAMES)
    expect(look(book, 4 * STORE_FRAMES, 3 * STORE_FRAMES - 1)[1]).toBe(STORE_FRAMES + 512)
  })

  it("passes on that a capture is not known", () => {
    const book = createStampBook(RATE_HZ)
    book.note(Float64Array.of(1000, 0, NaN), 0, 128)
    expect(look(book, 3000, 10)).toEqual([NaN, 2000])
  })
})

describe("delay curve", () => {
  it("is read as it was written, and empty before", () => {
    const memory = createArenaMemory(1 << 20)
    const curve = createDelayCurve(memory, ARENA_BASE_BYTES, RATE_HZ)
    const histogram = createArrivalHistogram(curve.histogram)
    expect(readDelayCurve(memory, ARENA_BASE_BYTES)).toEqual([])
    histogram.clear(Float64Array.of(0))
    histogram.remember(1e9)
    // Of a hundred packets of 5 ms ten come 2.5 ms late, one 40 ms.
    for (let i = 0; i < 89; i++) histogram.add(Float64Array.of(0), 240)
    for (let i = 0; i < 10; i++) histogram.add(Float64Array.of(120), 240)
    histogram.add(Float64Array.of(1920), 240)
    curve.place(Float64Array.of(0), 240)
    const points = readDelayCurve(memory, ARENA_BASE_BYTES)
    const lostAt = (ms: number): number => points[ms]!.lostShare
    expect(points.map(({ delayMs }) => delayMs)).toEqual(Array.from({ length: 61 }, (_, i) => i))
    // Half of each late packet is missing, then a little, then nothing of it.
    expect([lostAt(0), lostAt(2), lostAt(3), lostAt(38), lostAt(40)]).toEqual([0.06, 0.02, 0.01, 0.004, 0].map((share) => expect.closeTo(share, 4) as number))
    curve.place(Float64Array.of(96), 240)
    expect(readDelayCurve(memory, ARENA_BASE_BYTES)[0]!.lostShare).toBeCloseTo(0.02, 4)
  })
})

describe("arrivals", () => {
  const prepare = () => {
    const stats = page()
    const memory = createArenaMemory(1 << 20)
    const arrivals = createArrivals({ memory, curve: ARENA_BASE_BYTES, sampleRate: RATE_HZ, blockFrames: BLOCK, stats })
    /** A packet that a pull at `usable` frames can use first. */
    const take = (usable: number, timestamp: number, frames: number, lateFrames = -1): number => {
      arrivals.measure(Float64Array.of(NaN, 0, NaN), usable - timestamp, timestamp, frames)
      return arrivals.learn(frames, usable, lateFrames)
    }
    return { arrivals, stats, take }
  }

  it.each([
    ["128 of a block's length", [128], 128], ["240", [240], 16], ["480", [480], 32], ["100", [100], 4], ["both of 128 and 240", [128, 240], 16], ["prime", [347], 1],
  ] as const)("finds the grid of packets of %s", (_, sizes, grid) => {
    const { arrivals, take } = prepare()
    arrivals.begin()
    let at = 0
    for (let i = 0; i < 20; i++) {
      const frames = sizes[i % sizes.length]!
      take(at + frames, at, frames)
      at += frames
    }
    expect(arrivals.grid()).toBe(grid)
  })

  it("forgets other lengths after two hundred packets of one", () => {
    const { arrivals, take } = prepare()
    arrivals.begin()
    take(100, 0, 100)
    for (let i = 0; i < 200; i++) take(228 + i * 128, 100 + i * 128, 128)
    expect(arrivals.grid()).toBe(4)
    take(228 + 200 * 128, 100 + 200 * 128, 128)
    expect(arrivals.grid()).toBe(128)
  })

  it.each([
    ["equal bounds", 10, 10, true, 10_000], ["a least beyond the most", 20, 10, true, 20_000], ["a range", 0, 40, false, 0], ["NaN", NaN, NaN, true, 0],
    ["less than nothing", -5, -1, true, 0], ["infinity", Infinity, Infinity, true, 400_000], ["only a most", NaN, 50, false, 0],
  ] as const)("takes %s as bounds", (_, least, most, fixed, targetUs) => {
    const { arrivals, stats } = prepare()
    arrivals.bound(1000, least, most)
    expect([arrivals.fixed(), statOf(stats, "targetDelayUs")]).toEqual([fixed, targetUs])
  })

  it("keeps a margin while it knows one packet, and drops it when nothing is late", () => {
    const { arrivals, stats, take } = prepare()
    arrivals.remember(2)
    arrivals.bound(1000, 0, 100)
    arrivals.begin()
    take(0, 0, 240)
    expect(statOf(stats, "targetDelayUs")).toBeGreaterThan(5000)
    for (let i = 1; i < 4000; i++) take(i * 240, i * 240, 240)
    expect(statOf(stats, "targetDelayUs")).toBeLessThan(1000)
  })

  it("says that the path has moved, and counts from there", () => {
    const { arrivals, take } = prepare()
    arrivals.bound(0, 0, 0)
    arrivals.begin()
    for (let i = 0; i < 100; i++) expect(take(i * 240, i * 240, 240)).toBe(Lateness.fine)
    const before = arrivals.zero[0]!
    const told = Array.from({ length: 60 }, (_, i) => take(24_000 + i * 240 + 2400, 24_000 + i * 240, 240, 2000))
    expect(told.filter((lateness) => lateness === Lateness.moved).length).toBe(1)
    expect(arrivals.zero[0]! - before).toBe(2400)
  })
})
