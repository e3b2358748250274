/** The small parts that hold and read audio, each with its table. */
import { describe, expect, it } from "vitest"
import { ARENA_BASE_BYTES, instantiateDsp } from "../../../src/runtime/dsp/dsp.ts"
import { resamplerTableBytes } from "../../../src/runtime/dsp/resampler-table.ts"
import { createArenaMemory } from "../../../src/runtime/io/dsp-file.ts"
import { ASIDE_BYTES, createAside } from "../../../src/runtime/jitter/aside.ts"
import { createHeard, HEARD_BYTES } from "../../../src/runtime/jitter/heard.ts"
import { createHole } from "../../../src/runtime/jitter/hole.ts"
import { createInterpolator, INTERPOLATION, LOOK_AHEAD, MOST_RENDERED } from "../../../src/runtime/jitter/interpolator.ts"
import { JitterStats } from "../../../src/runtime/jitter/jitter-stats.ts"
import { createLeap, LEAP_BYTES } from "../../../src/runtime/jitter/leap.ts"
import { createPosition } from "../../../src/runtime/jitter/position.ts"
import { createSampleStore, STORE_BYTES, STORE_FRAMES } from "../../../src/runtime/jitter/sample-store.ts"
import { createSegmentWriter } from "../../../src/runtime/jitter/segment-report.ts"
import { buildModule, createRandom } from "../dsp/kernels.ts"

const module = await buildModule()
const RATE_HZ = 48_000
const MOST = 4096

/** A store, room beside it, and something to write into both. */
const create = () => {
  const memory = createArenaMemory(1 << 21)
  const dsp = instantiateDsp(module, memory)
  const storeAt = ARENA_BASE_BYTES
  const payload = storeAt + STORE_BYTES
  const out = payload + 2 * STORE_FRAMES * 4
  const free = out + 2 * MOST * 4
  const floats = new Float32Array(memory.buffer)
  const store = createSampleStore(dsp, memory, storeAt)
  const write = (timestamp: number, frames: number, sample: (frame: number, channel: number) => number): number => {
    for (let channel = 0; channel < 2; channel++) {
      for (let i = 0; i < frames; i++) floats[payload / 4 + channel * STORE_FRAMES + i] = sample(timestamp + i, channel)
    }
    return store.write(timestamp | 0, frames, payload, { bytesPerSample: 4, channelCount: 2, planeBytes: STORE_FRAMES * 4 })
  }
  const samples = (address: number, count: number): number[] => [...floats.subarray(address / 4, address / 4 + count)]
  const put = (address: number, values: readonly number[]): void => floats.set(values, address / 4)
  return { memory, dsp, store, write, samples, put, left: out, right: out + MOST * 4, free }
}
const range = (count: number, of: (i: number) => number = (i) => i): number[] => Array.from({ length: count }, (_, i) => of(i))

describe("planes of floats", () => {
  it("are kept as they are, but for what is no audio", () => {
    const { store, write, samples } = create()
    store.clear(0)
    const odd = [0.5, NaN, -0.25, Infinity, -Infinity, 1e10, -1e10, 1e9, 2, -1e-40]
    write(0, odd.length, (frame, channel) => odd[frame]! * (channel === 0 ? 1 : -1))
    const clean = [0.5, 0, -0.25, 0, 0, 0, 0, 1e9, 2, -1e-40]
    expect(samples(store.address(0, 0), odd.length)).toEqual([...Float32Array.from(clean)])
    expect(samples(store.address(1, 0), odd.length)).toEqual([...Float32Array.from(clean, (x) => -x)].map((x) => (x === 0 ? 0 : x)))
  })
})

describe("interpolator", () => {
  const withStore = (present: readonly (readonly [number, number])[], sample: (frame: number, channel: number) => number = (frame) => frame) => {
    const bench = create()
    bench.store.clear(present[0]![0])
    for (const [from, frames] of present) bench.write(from, frames, sample)
    const state = bench.free
    const table = state + 64
    expect(table + resamplerTableBytes(INTERPOLATION)).toBeLessThan(bench.memory.buffer.byteLength)
    return { ...bench, interpolator: createInterpolator({ dsp: bench.dsp, memory: bench.memory, store: bench.store, state, table }) }
  }

  it.each([
    ["on whole frames all that is there", 0, 1, 128, 300, 128],
    ["on whole frames no more than is there", 0, 1, 128, 50, 50],
    ["between frames what has its neighbours", 0.5, 1, 128, 50, 50 - LOOK_AHEAD - 1],
    ["bent, from a whole frame on, too", 0, 1.001, 128, 50, 50 - LOOK_AHEAD - 1],
    ["nothing of a few frames alone", 0.5, 1, 128, LOOK_AHEAD, 0],
    ["no more than one call can make", 0, 1, 5000, 3000, MOST_RENDERED],
    ["no more than one call can make, bent", 0.25, 0.999, 5000, 3000, MOST_RENDERED],
  ])("can make %s", (_, part, rate, limit, present, expected) => {
    const { interpolator } = withStore([[0, present]])
    expect(interpolator.playable(0, Float64Array.of(part, rate), limit)).toBe(expected)
  })

  const shared = withStore([[0, 2000]])
  it("never promises what reaches over what is there, whatever the place and rate", () => {
    const random = createRandom(2)
    for (let round = 0; round < 300; round++) {
      const present = 1 + Math.floor(random() * 400)
      const from = 2000 - present
      const part = random()
      const rate = 1 + (random() - 0.5) * 0.0039
      const made = shared.interpolator.playable(from, Float64Array.of(part, rate), 256)
      if (made > 0) expect(Math.floor(part + (made - 1) * rate) + LOOK_AHEAD).toBeLessThan(present)
      // And two frames more would reach over it, unless the limit came first.
      if (made < 256) expect(Math.floor(part + (made + 1) * rate + 1e-5) + LOOK_AHEAD).toBeGreaterThanOrEqual(present)
    }
  })
  it("copies on whole frames, both channels", () => {
    const { interpolator, samples, left, right } = withStore([[1000, 500]], (frame, channel) => frame * (channel === 0 ? 1 : -1))
    interpolator.render(1100, Float64Array.of(0, 1), 200, left, right, 2)
    expect(samples(left, 200)).toEqual(range(200, (i) => 1100 + i))
    expect(samples(right, 200)).toEqual(range(200, (i) => -1100 - i))
  })

  it.each([0.25, 0.5, 0.9])("reads a tone %f of a frame later, to -90 dB, over the store's end too", (part) => {
    const wave = (t: number): number => 0.5 * Math.sin((2 * Math.PI * 3000 * t) / RATE_HZ)
    const from = STORE_FRAMES - 300
    const { interpolator, samples, left, right } = withStore([[from, 1000]], (frame, channel) => wave(frame + channel * 4))
    const rate = 1.0015
    interpolator.render(from + 50, Float64Array.of(part, rate), 600, left, right, 2)
    for (const [plane, shift] of [[left, 0], [right, 4]] as const) {
      const worst = Math.max(...samples(plane, 600).map((sample, i) => Math.abs(sample - wave(from + 50 + part + i * rate + shift))))
      expect(20 * Math.log10(worst / 0.5)).toBeLessThan(-90)
    }
  })
})

describe("heard", () => {
  it("has the last frames in one piece, however they came", () => {
    const { dsp, memory, store, samples, put, left, right, free } = create()
    expect(free + HEARD_BYTES).toBeLessThan(memory.buffer.byteLength)
    const heard = createHeard(dsp, free)
    store.clear(0)
    const random = createRandom(1)
    let at = 0
    for (let round = 0; round < 200; round++) {
      const count = 1 + Math.floor(random() * 300)
      put(left, range(count, (i) => at + i))
      put(right, range(count, (i) => -at - i))
      heard.append(left, right, count)
      at += count
      const last = 1 + Math.floor(random() * Math.min(at, 4095))
      expect(samples(heard.last(0, last), last)).toEqual(range(last, (i) => at - last + i))
      expect(samples(heard.last(1, last), last)).toEqual(range(last, (i) => -(at - last + i)))
    }
  })

  it("lies before a place where nothing has come, and nowhere else", () => {
    const { dsp, store, write, samples, put, left, free } = create()
    const heard = createHeard(dsp, free)
    put(left, range(100, (i) => i + 1))
    heard.append(left, left, 100)
    store.clear(0)
    write(0, 500, () => 0.25)
    write(600, 100, () => 0.25)
    heard.patch(store, 600)
    expect(samples(store.address(0, 584), 17)).toEqual([...range(16, (i) => 85 + i), 0.25])
    expect(store.absentRun(584, 16)).toBe(16)
    heard.patch(store, 505)
    expect(samples(store.address(0, 489), 11)).toEqual(range(11, () => 0.25))
  })
})

describe("aside", () => {
  const prepare = () => {
    const bench = create()
    expect(bench.free + ASIDE_BYTES).toBeLessThan(bench.memory.buffer.byteLength)
    const aside = createAside(bench.dsp, bench.free)
    bench.put(aside.left, range(1024))
    bench.put(aside.right, range(1024, (i) => -i))
    return { ...bench, aside }
  }

  it("gives a bridge piece by piece", () => {
    const { aside, samples, left, right } = prepare()
    aside.bridge(300)
    aside.take(100, left, right, 2)
    expect([aside.bridgeLeft(), aside.fading()]).toEqual([200, false])
    expect([samples(left, 100), samples(right, 3)]).toEqual([range(100), [-0, -1, -2]])
    aside.take(200, left, right, 1)
    expect([samples(left, 200), aside.bridgeLeft(), samples(right, 3)]).toEqual([range(200, (i) => 100 + i), 0, [-0, -1, -2]])
  })

  it.each([[240, [100, 100, 100]], [96, [128]], [300, [300]]] as const)("fades what would have been heard over %i frames, in blocks of %j", (frames, blocks) => {
    const { aside, put, samples, left, right } = prepare()
    put(aside.left, range(1024, () => 1))
    aside.leave(frames)
    const heard = blocks.flatMap((count) => {
      put(left, range(count, () => 0))
      if (aside.fading()) aside.fade(count, left, right, 1)
      return samples(left, count)
    })
    heard.forEach((sample, i) => expect(sample).toBeCloseTo(Math.max(0, 1 - i / frames), 5))
    expect(aside.fading()).toBe(false)
  })

  it("goes from what is left of a bridge, when that is left", () => {
    const { aside, put, samples, left, right } = prepare()
    aside.bridge(500)
    aside.take(200, left, right, 1)
    aside.leaveBridge(100)
    expect([aside.bridgeLeft(), aside.fading()]).toEqual([0, true])
    put(left, range(100, () => 0))
    aside.fade(100, left, right, 1)
    expect(samples(left, 100).map((sample, i) => sample / (200 + i))).toEqual(range(100, (i) => expect.closeTo(1 - i / 100, 4) as number))
  })

  it("forgets", () => {
    const { aside } = prepare()
    aside.leave(100)
    aside.clear()
    expect([aside.bridgeLeft(), aside.fading()]).toEqual([0, false])
    aside.bridge(100)
    aside.clear()
    expect(aside.bridgeLeft()).toBe(0)
  })
})

describe("hole", () => {
  const MOST_BRIDGED = 960
  /** Frames 0 to 1000 are there, then `missing` are not, then `after` are. The playhead stands at 1000 - lone. */
  const shorten = (missing: number, after: number, spare: number, lone = 0) => {
    const { store, write } = create()
    store.clear(0)
    write(0, 1000, () => 0.1)
    if (after > 0) write(1000 + missing, after, () => 0.1)
    const stats = new Float64Array(Object.keys(JitterStats).length)
    const position = createPosition(createSegmentWriter(undefined), stats)
    position.put(1000 - lone)
    const cells = Float64Array.of(spare)
    const left = createHole(store, position, RATE_HZ).shorten(cells, MOST_BRIDGED)
    return { left: left > MOST_BRIDGED ? "more" : left, moved: position.at() - 1000 + lone, spare: cells[0] }
  }

  it.each([
    ["whose end is not there stays", 240, 0, 500, 0, { left: "more", moved: 0, spare: 500 }],
    ["stays while the delay is right", 240, 100, LOOK_AHEAD, 0, { left: 240, moved: 0, spare: LOOK_AHEAD }],
    ["stays while the delay is too short", 240, 100, -300, 0, { left: 240, moved: 0, spare: -300 }],
    ["is shortened by what the delay is too long", 240, 100, 112, 0, { left: 140, moved: 100, spare: 12 }],
    ["keeps 2 ms", 240, 100, 5000, 0, { left: 96, moved: 144, spare: 4856 }],
    ["counts frames that are there but cannot be played", 240, 100, 0, 5, { left: 245, moved: 0, spare: 0 }],
    ["that is long is too long to be bridged", 2000, 100, 0, 0, { left: "more", moved: 0, spare: 0 }],
    ["that is long is shortened until it can be", 5000, 100, 5012, 0, { left: 96, moved: 4904, spare: 108 }],
    ["that is long is shortened a little", 5000, 100, 1012, 0, { left: "more", moved: 1000, spare: 12 }],
  ] as const)("%s", (_, missing, after, spare, lone, expected) => {
    expect(shorten(missing, after, spare, lone)).toEqual(expected)
  })
})

describe("leap", () => {
  const prepare = (sample: (frame: number) => number) => {
    const bench = create()
    expect(bench.free + LEAP_BYTES).toBeLessThan(bench.memory.buffer.byteLength)
    bench.store.clear(0)
    for (let at = 0; at < 20_000; at += 500) bench.write(at, 500, sample)
    const leap = createLeap(bench.dsp, bench.memory, bench.store, (bench.free + 15) & ~15, RATE_HZ, 128)
    /** First jump, and after how many blocks. */
    const first = (off: number, place: number, finding: boolean, mayRepeat: boolean): readonly [number, number] => {
      for (let block = 0; block < 1000; block++) {
        const frames = leap.decide(Float64Array.of(off), place, 1, finding, false, mayRepeat)
        if (frames !== 0) return [frames, block]
      }
      return [0, 1000]
    }
    return { leap, first }
  }
  const silence = (): number => 0
  const hum = (frame: number): number => 0.3 * Math.sin((2 * Math.PI * frame) / 200)
  const random = createRandom(5)
  const noise = range(20_000, () => random() - 0.5)

  it.each([
    ["in silence at once, by what is off", silence, 500, false, false, [500, 0]],
    ["in silence back, too", silence, -500, false, false, [-500, 0]],
    ["in silence by no more than is looked at", silence, 5000, false, false, [1024 - 128, 0]],
    ["in silence not for less than 2 ms", silence, 96, false, false, [0, 1000]],
    ["in a hum not for 19 ms", hum, 912, false, true, [0, 1000]],
    ["in a hum after 0.3 s, by whole periods", hum, 1500, false, false, [1400, 112]],
    ["back in a hum when it may repeat", hum, -1500, false, true, [-1400, 112]],
    ["never back in a hum otherwise", hum, -1500, false, false, [0, 1000]],
    ["in a tenth of a second while finding its place", hum, 700, true, true, [600, 37]],
    ["in noise only after 2 s, by what is off", (frame: number) => noise[frame]!, 1500, false, false, [1500, 750]],
  ] as const)("jumps %s", (_, sample, off, finding, mayRepeat, expected) => {
    const [frames, block] = prepare(sample).first(off, 8000, finding, mayRepeat)
    // A period to either side is as like.
    expect(Math.abs(frames - expected[0]) % 200).toBe(0)
    expect(Math.abs(frames - expected[0])).toBeLessThanOrEqual(sample === hum ? 200 : 0)
    expect(block).toBe(expected[1])
  })

  it("counts from the beginning again when all was right for a block, or it was told so", () => {
    for (const interrupt of ["right", "restart"] as const) {
      const { leap } = prepare(hum)
      const off = Float64Array.of(1500)
      for (let block = 0; block < 110; block++) expect(leap.decide(off, 8000, 1, false, false, false)).toBe(0)
      if (interrupt === "right") leap.decide(Float64Array.of(0), 8000, 1, false, false, false)
      else leap.restart()
      for (let block = 0; block < 112; block++) expect(leap.decide(off, 8000, 1, false, false, false)).toBe(0)
      expect(leap.decide(off, 8000, 1, false, false, false)).not.toBe(0)
    }
  })

  it("jumps less far where little is there, never to where nothing is", () => {
    const [frames, block] = prepare(hum).first(1500, 19_000, false, false)
    expect([frames % 200, block]).toEqual([0, 112])
    expect(frames).toBeGreaterThan(0)
    expect(19_000 + frames + 240).toBeLessThanOrEqual(20_000)
    expect(prepare(hum).first(1500, 19_400, false, false)).toEqual([0, 1000])
    expect(prepare(silence).first(900, 19_500, false, false)).toEqual([0, 1000])
  })
})
