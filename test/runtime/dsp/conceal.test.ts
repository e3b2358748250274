import { beforeAll, describe, expect, it } from "vitest"
import { CONCEAL_CHANNEL_BYTES, ConcealField as F } from "../../../src/runtime/dsp/conceal-kernels.ts"
import { buildModule, createRandom, fillSamples, twinSide, wasmSide } from "./kernels.ts"
import type { Side } from "./kernels.ts"

let module: WebAssembly.Module
beforeAll(async () => { module = await buildModule() })

const BASE = 8192
const [record, other, sincs, coefficients, rest, work, planes, otherPlanes, source, out] =
  [0, 1, 2, 6, 7, 8, 20, 40, 60, 80].map((index) => BASE + index * 4096) as [number, number, number, number, number, number, number, number, number, number]
const STRIDE = 32_768
const HISTORY = 2400

/** A record of two channels, and a sinc table without a sinc: linear interpolation tells as much here. */
const prepare = (side: Side, at: number, plane: number, historyFrames: number): void => {
  side.i32.set([plane, STRIDE, 2, historyFrames, sincs, work, coefficients, rest, 1, 0], at / 4)
  side.i32[at / 4 + F.bendFrames] = 960
  for (let row = 0; row <= 128; row++) side.f32.set([1 - row / 128, row / 128], sincs / 4 + row * 16 + 7)
}

/** Pulses that ring, one a period that shrinks by `slope` a frame. */
const fillPulses = (side: Side, at: number, frames: number, lag: number, slope = 0): void => {
  let phase = 0
  let ring = 0
  let before = 0
  for (let i = 0; i < frames; i++) {
    phase += 1 / (lag + slope * (i - frames))
    const next = 1.95 * ring - 0.97 * before + (phase >= 1 ? 0.1 : 0)
    if (phase >= 1) phase -= 1
    before = ring
    ring = next
    side.f32[at / 4 + i] = ring
    side.f32[(at + STRIDE) / 4 + i] = -0.5 * ring
  }
}

const both = (work: (side: Side) => void): [Side, Side] => {
  const pair: [Side, Side] = [wasmSide(module), twinSide()]
  for (const side of pair) work(side)
  return pair
}

const worstDifference = ([a, b]: [Side, Side], at: number, count: number): number => {
  let worst = 0
  for (let i = at / 4; i < at / 4 + count; i++) worst = Math.max(worst, Math.abs(a.f32[i]! - b.f32[i]!))
  return worst
}

describe("concealTake", () => {
  it("takes sound in both directions, what is no sound as silence, and equals its twin", () => {
    for (const backwards of [0, 1]) {
      const pair = both((side) => {
        prepare(side, record, planes, 501)
        fillSamples(side.f32, source / 4, 16_384, createRandom(3), true)
        side.dsp.concealTake(record, source, source + STRIDE, backwards)
      })
      expect(worstDifference(pair, planes, 501)).toBe(0)
      expect(worstDifference(pair, planes + STRIDE, 501)).toBe(0)
      expect(worstDifference(pair, record + F.limit * 4, 2)).toBe(0)
      const [side] = pair
      expect(side.f32.subarray(planes / 4, planes / 4 + 501).every((x) => Math.abs(x) <= 1.5)).toBe(true)
      const i = side.f32.subarray(source / 4, source / 4 + 501).findIndex((x) => Math.abs(x) > 1e-9 && Math.abs(x) < 1)
      expect(side.f32[planes / 4 + (backwards ? 500 - i : i)]).toBe(side.f32[source / 4 + i])
    }
  })
})

const pitchOf = (side: Side): { lag: number; slope: number; likeness: number } => {
  const field = (index: number): number => side.f32[record / 4 + index]!
  return { lag: field(F.lag), slope: field(F.slope), likeness: field(F.likeness) }
}

describe("concealPitch", () => {
  it.each([80, 97.3, 109, 144.5, 218.2, 300, 364.7, 480, 600.6, 800])("finds a period of %f frames, no multiple of it, and agrees with its twin", (lag) => {
    const pair = both((side) => {
      prepare(side, record, planes, HISTORY)
      fillPulses(side, planes, HISTORY, lag)
      side.dsp.concealPitch(record, 480, 320, 72, 960, 240)
    })
    const [wasm, twin] = pair.map(pitchOf)
    expect(Math.abs(wasm!.lag - lag)).toBeLessThan(1.5)
    expect(wasm!.likeness).toBeGreaterThan(0.9)
    expect(wasm!.lag).toBeCloseTo(twin!.lag, 2)
    expect(wasm!.slope).toBeCloseTo(twin!.slope, 4)
    expect(wasm!.likeness).toBeCloseTo(twin!.likeness, 4)
  })

  it("sees a falling period, and expects half of its trend", () => {
    for (const slope of [-0.01, 0.01]) {
      const side = wasmSide(module)
      prepare(side, record, planes, HISTORY)
      fillPulses(side, planes, HISTORY, 200, slope)
      side.dsp.concealPitch(record, 480, 320, 72, 960, 240)
      expect(pitchOf(side).slope).toBeCloseTo(slope / 2, 2)
      expect(Math.sign(pitchOf(side).slope)).toBe(Math.sign(slope))
    }
  })

  it("of silence is some lag within bounds, of no likeness", () => {
    const [wasm, twin] = both((side) => {
      prepare(side, record, planes, HISTORY)
      side.dsp.concealPitch(record, 480, 320, 72, 960, 240)
    }).map(pitchOf)
    expect(wasm).toEqual(twin)
    expect(wasm!.likeness).toBe(0)
    expect(wasm!.lag).toBeGreaterThanOrEqual(71.5)
    expect(wasm!.lag).toBeLessThanOrEqual(960.5)
  })

  it("is found near a lag that is known, as by its twin", () => {
    const [wasm, twin] = both((side) => {
      prepare(side, record, planes, 700)
      fillPulses(side, planes, 700, 211.4)
      side.dsp.concealPitchNear(record, 240, 200, 223, 100)
    }).map(pitchOf)
    expect(Math.abs(wasm!.lag - 211.4)).toBeLessThan(1.5)
    expect(wasm!.lag).toBeCloseTo(twin!.lag, 2)
  })
})

describe("concealBurg", () => {
  it.each([[960, 256], [500, 128], [481, 32], [482, 8], [67, 4], [64, 24]])("of %i frames, order %i, comes near its twin, and predicts", (frames, order) => {
    const pair = both((side) => {
      const random = createRandom(7)
      let [a, b] = [0, 0]
      for (let i = 0; i < frames; i++) {
        const next = 1.6 * a - 0.9 * b + (random() - 0.5)
        b = a
        a = next
        side.f32[source / 4 + i] = 0.1 * next
      }
      side.dsp.concealBurg(source, frames, order, coefficients, work)
    })
    expect(worstDifference(pair, coefficients, order)).toBeLessThan(1e-4)
    const [{ f32 }] = pair
    // The predictor's error over what it was fitted to is the noise that drives this sound, or less.
    let error = 0
    for (let i = order; i < frames; i++) {
      let sum = 0
      for (let j = 0; j < order; j++) sum += f32[coefficients / 4 + j]! * f32[source / 4 + i - order + j]!
      error += (f32[source / 4 + i]! - sum) ** 2
    }
    expect(error / (frames - order)).toBeLessThan(0.001)
  })

  it("of a pure tone still dies away, and predicts it for 20 ms", () => {
    const side = wasmSide(module)
    prepare(side, record, planes, 960)
    for (let i = 0; i < 2000; i++) side.f32[planes / 4 + i] = i < 960 ? Math.sin(i * 0.07) : 0
    side.i32[record / 4 + F.channelCount] = 1
    side.f32[record / 4 + F.limit] = 1.5
    side.dsp.concealFit(record, 0, 960, 256)
    side.dsp.concealRun(record, 0, 960)
    for (let i = 0; i < 960; i += 7) expect(Math.abs(side.f32[planes / 4 + 960 + i]! - Math.sin((960 + i) * 0.07))).toBeLessThan(0.05)
  })
})

describe("the predictor's kernels", () => {
  const run = (side: Side, pitched: number): void => {
    prepare(side, record, planes, HISTORY)
    fillPulses(side, source, HISTORY, 218.2, 0.002)
    const random = createRandom(11)
    for (let i = 0; i < HISTORY; i++) for (const c of [0, 1]) side.f32[(source + c * STRIDE) / 4 + i]! += 0.02 * (random() - 0.5)
    side.dsp.concealTake(record, source, source + STRIDE, 0)
    side.dsp.concealPitch(record, 480, 320, 72, 960, 240)
    side.dsp.concealFit(record, pitched, pitched ? 480 : 960, pitched ? 32 : 128)
    side.dsp.concealRun(record, 0, 1301)
  }

  it.each([[1], [0]])("fit, run, align, write, bridge and merge come near their twins (pitched %i)", (pitched) => {
    const pair = both((side) => {
      run(side, pitched)
      prepare(side, other, otherPlanes, 480)
      side.dsp.concealTake(other, source + 4000, source + STRIDE + 4000, 1)
      side.i32[other / 4 + F.pitched] = 0
      side.f32.set([0, 0], other / 4 + F.joinStep)
      side.dsp.concealRun(other, 0, 400)
      side.dsp.concealAlign(record, 700, source, source + STRIDE, 240, 40)
      side.dsp.concealWrite(record, 5, 1001, out, out + STRIDE, 300, 900)
      side.f32[record / 4 + F.shift] = 12.3
      side.dsp.concealBridge(record, other, 100, 400, out + 4096, out + STRIDE + 4096, 300, 900, 520, 400)
      side.dsp.concealBridge(record, other, 100, 400, out + 6144, out + STRIDE + 6144, 300, 900, 0, 0)
      for (let i = 0; i < 240; i++) for (const c of [0, 1]) side.f32[(out + c * STRIDE + 8192) / 4 + i] = 0.3
      side.dsp.concealMerge(record, 350, 200, out + 8192, out + STRIDE + 8192, 300, 900, 10, 240, pitched)
    })
    expect(pair[0].f32[record / 4 + F.shiftLikeness]).toBeCloseTo(pair[1].f32[record / 4 + F.shiftLikeness]!, 3)
    for (const c of [0, 1]) {
      expect(worstDifference(pair, planes + c * STRIDE, HISTORY + 1301)).toBeLessThan(2e-3)
      expect(worstDifference(pair, out + c * STRIDE, 2300)).toBeLessThan(2e-3)
    }
    expect(pair[0].f32.subarray(out / 4, out / 4 + 1000).some((x) => Math.abs(x) > 0.01)).toBe(true)
  })

  it("make no frame beyond the limit", () => {
    for (const side of both((each) => run(each, 1))) {
      for (const c of [0, 1]) side.f32[record / 4 + F.limit + c] = 0.05
      side.f32[record / 4 + F.periodGain] = 4
      side.f32.fill(3, coefficients / 4, coefficients / 4 + CONCEAL_CHANNEL_BYTES / 4)
      side.dsp.concealRun(record, 0, 1000)
      const frames = side.f32.subarray(planes / 4 + HISTORY, planes / 4 + HISTORY + 1000)
      expect(frames.every((x) => Math.abs(x) <= Math.fround(0.05))).toBe(true)
    }
  })
})
