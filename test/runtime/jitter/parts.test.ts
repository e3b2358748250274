import { describe, expect, it } from "vitest"
import { ARENA_BASE_BYTES } from "../../../src/runtime/dsp/dsp.ts"
import { createPlayoutClock } from "../../../src/runtime/jitter/playout-clock.ts"
import { createSampleStore, STORE_BYTES, STORE_FRAMES } from "../../../src/runtime/jitter/sample-store.ts"
import { twinSide } from "../dsp/kernels.ts"

describe("the playout clock", () => {
  const RATE = 48_000
  /** Offsets as they arrive, a packet every 128 frames from index 0. */
  const feed = (clock: ReturnType<typeof createPlayoutClock>, offsets: readonly number[], from = 0): void =>
    offsets.forEach((offset, i) => clock.arrived(Float64Array.of((from + i) * 128 + offset, (from + i) * 128)))
  const dueAt = (clock: ReturnType<typeof createPlayoutClock>, now: number): number => {
    const cells = Float64Array.of(now, NaN)
    clock.due(cells)
    return cells[1]!
  }

  it.each([
    ["one packet", [70], 70],
    ["the first is the earliest", [70, 90, 500, 80], 70],
    ["a later one is earlier", [70, 90, 60, 80], 60],
    ["one that is far too early, alone", [700, 700, 100, 700], 700],
    ["two that are far too early", [700, 700, 100, 110, 700], 110],
    ["a path that becomes shorter at once", [2000, 2000, 300, 300, 300], 300],
    ["a burst that makes up for a bad start", [2000, 1872, 1744, 1616, 1488], 1488],
  ] as const)("follows the earliest arrival: %s", (_, offsets, base) => {
    const clock = createPlayoutClock(RATE, 480)
    feed(clock, offsets)
    expect(dueAt(clock, 10_000)).toBe(10_000 - base - 480)
  })

  it("holds on to it for four seconds and lets go within five", () => {
    const clock = createPlayoutClock(RATE, 0)
    const packets = (seconds: number): number => Math.round((seconds * RATE) / 128)
    feed(clock, [0])
    feed(clock, Array.from({ length: packets(4) }, () => 200), 1)
    expect(dueAt(clock, 0)).toBe(0)
    feed(clock, Array.from({ length: packets(1) }, () => 200), packets(4) + 1)
    expect(dueAt(clock, 0)).toBe(-200)
  })

  it("begins anew after a restart", () => {
    const clock = createPlayoutClock(RATE, 0)
    feed(clock, [0, 0])
    clock.restart()
    feed(clock, [5000], 2)
    expect(dueAt(clock, 0)).toBe(-5000)
  })
})

describe("the sample store", () => {
  const layout = { bytesPerSample: 2, channelCount: 1 } as const
  const payload = ARENA_BASE_BYTES + STORE_BYTES
  const make = () => {
    const side = twinSide()
    const store = createSampleStore(side.dsp, side.memory, ARENA_BASE_BYTES)
    const view = new DataView(side.memory.buffer)
    const out = payload + 40_000
    return {
      store,
      /** Writes frames whose sample is their index, modulo 30,000. */
      write(index: number, frames: number, add = 0): number {
        for (let i = 0; i < frames; i++) view.setInt16(payload + i * 2, ((index + i) % 30_000) + add)
        return store.write(index, frames, payload, layout)
      },
      read(index: number, frames: number): number[] {
        store.read(index, frames, out, out, 1)
        return Array.from(new Float32Array(side.memory.buffer, out, frames), (sample) => Math.round(sample * 32_768))
      },
      keep(index: number, values: readonly number[]): void {
        new Float32Array(side.memory.buffer, out, values.length).set(values.map((value) => value / 32_768))
        store.keep(index, values.length, 0, out)
      },
    }
  }
  const at = (index: number, frames: number): number[] => Array.from({ length: frames }, (_, i) => (index + i) % 30_000)

  it.each([0, 1000, STORE_FRAMES - 50, 2 ** 31 - 50, 2 ** 32 - 50, 2 ** 40 - 50])("gives back what lies anywhere: index %d", (index) => {
    const { store, write, read } = make()
    store.clear(index)
    expect(write(index, 100)).toBe(100)
    expect([store.presentRun(index, 500), store.absentRun(index + 100, 500), store.presentRun(index - 1, 5)]).toEqual([100, 500, 0])
    expect(read(index, 100)).toEqual(at(index, 100))
  })

  it("tells runs of present and absent frames apart", () => {
    const { store, write } = make()
    store.clear(0)
    for (const [index, frames] of [[0, 10], [30, 10], [15, 5], [100, 1]] as const) write(index, frames)
    const runs: number[] = []
    for (let index = 0, present = true; index < 101; present = !present) {
      const run = present ? store.presentRun(index, 101 - index) : store.absentRun(index, 101 - index)
      runs.push(run)
      index += run
    }
    expect(runs).toEqual([10, 5, 5, 10, 10, 60, 1])
  })

  it("counts only frames that are new, and none twice", () => {
    const { store, write } = make()
    store.clear(0)
    expect([write(0, 100), write(0, 100), write(50, 100), write(20, 10)]).toEqual([100, 0, 50, 0])
  })

  it("leaves a packet alone when another brings nothing new", () => {
    const { store, write, read } = make()
    store.clear(0)
    write(0, 100)
    write(0, 100, 7)
    expect(read(0, 100)).toEqual(at(0, 100))
  })

  it("forgets what is a store's length behind", () => {
    const { store, write, read } = make()
    store.clear(0)
    write(0, 100)
    write(STORE_FRAMES - 50, 100)
    expect([store.presentRun(0, 100), store.presentRun(50, 100)]).toEqual([0, 50])
    expect(read(STORE_FRAMES - 50, 100)).toEqual(at(STORE_FRAMES - 50, 100))
    expect(write(0, 40)).toBe(0)
  })

  it("has nothing after a leap ahead of any length", () => {
    for (const leap of [STORE_FRAMES - 1, STORE_FRAMES, STORE_FRAMES + 1, 10 * STORE_FRAMES + 3]) {
      const { store, write } = make()
      store.clear(0)
      write(0, 1000)
      write(1000 + leap, 10)
      expect(store.presentRun(1000 + leap, 100)).toBe(10)
      expect(store.absentRun(1000 + leap - 1000, 1000)).toBe(1000)
    }
  })

  it("keeps what was heard for looking back, across its end too, but does not take it for present", () => {
    const { store, keep, write } = make()
    store.clear(0)
    keep(STORE_FRAMES - 2, [1, 2, 3, 4])
    expect([0, 1, 2, 3].map((i) => Math.round(store.planes[0]![(STORE_FRAMES - 2 + i) % STORE_FRAMES]! * 32_768))).toEqual([1, 2, 3, 4])
    write(STORE_FRAMES + 10, 1)
    expect(store.presentRun(STORE_FRAMES - 2, 4)).toBe(0)
  })
})
