import { beforeAll, describe, expect, it } from "vitest"
import { ARENA_BASE_BYTES } from "../../../../src/runtime/dsp/dsp.ts"
import { concealerBytes, createConcealer } from "../../../../src/runtime/jitter/conceal/concealer.ts"
import { buildModule, createRandom, twinSide, wasmSide } from "../../dsp/kernels.ts"
import { clickOf, createRig, gapSnrDb, RATE } from "./conceal-rig.ts"
import type { Gap } from "./conceal-rig.ts"
import { singVoice } from "./sung-voice.ts"

let module: WebAssembly.Module
beforeAll(async () => { module = await buildModule() })

const made = (value: (frame: number) => number): Float32Array => Float32Array.from({ length: 12_000 }, (_, i) => value(i))
const sine = (hz: number, level = 0.5) => (frame: number): number => level * Math.sin((2 * Math.PI * hz * frame) / RATE)
const noise = (seed: number, level = 0.5): ((frame: number) => number) => {
  const random = createRandom(seed)
  return () => level * (random() * 2 - 1)
}
const square = (frame: number): number => (frame % 218 < 109 ? 1 : -1)
const peakOf = (samples: Float32Array): number => samples.reduce((most, value) => Math.max(most, Math.abs(value)), 0)

const sounds: readonly (readonly [string, (frame: number) => number])[] = [
  ["silence", () => 0], ["DC", () => 0.7], ["a full-scale square", square], ["noise", noise(3)], ["a sine", sine(440)],
  ["the highest pitch", sine(23_990, 1)], ["a click in silence", (frame) => (frame === 3950 ? 1 : 0)], ["what is too soft", sine(300, 1e-38)],
  ["what just began", (frame) => (frame < 3980 ? 0 : sine(200)(frame))], ["growing sound", (frame) => 1e-4 * 1.003 ** Math.min(frame, 4000) * square(frame)],
  ["what is no sound", (frame) => [NaN, Infinity, -Infinity, 3e38, 0.1][frame % 5]!],
  ["a little of what is no sound", (frame) => (frame % 977 === 0 ? NaN : sine(250)(frame))],
]

const gaps: readonly (readonly [string, Omit<Gap, "at">])[] = [
  ["extended", { frames: 4000 }], ["without Burg", { frames: 4000, mayBurg: false }], ["bridged", { frames: 480, future: 960 }],
  ["bridged to little", { frames: 960, future: 31 }], ["bridged late", { frames: 2500, future: 240, extendFirst: 1700 }],
  ["bridged after silence", { frames: 4500, future: 480, extendFirst: 3700, mayBurg: false }],
]

describe.each(sounds)("a gap in %s", (_, value) => {
  it.each(gaps)("is finite and at most 1.5 times as loud as what is around it, %s", (_how, gap) => {
    const signal = made(value)
    const [heard] = createRig(wasmSide(module)).fill([signal], { at: 4000, ...gap })
    const known = gap.future === undefined ? signal.subarray(1600, 4000) : signal.subarray(1600, 4000 + gap.frames + gap.future)
    // What is no sound is taken for silence.
    const loudest = known.reduce((most, x) => (Math.abs(x) < 1e9 ? Math.max(most, Math.abs(x)) : most), 0)
    expect(heard!.every((x) => Number.isFinite(x))).toBe(true)
    expect(peakOf(heard!)).toBeLessThanOrEqual(1.5 * loudest * (1 + 1e-6))
  })
})

describe("a gap", () => {
  it("in silence is silent, in DC is DC", () => {
    const rig = createRig(wasmSide(module))
    for (const future of [0, 240]) {
      expect(peakOf(rig.fill([made(() => 0)], { at: 4000, frames: 480, future })[0]!)).toBe(0)
      for (const x of rig.fill([made(() => 0.7)], { at: 4000, frames: 480, future })[0]!) expect(x).toBeCloseTo(0.7, 3)
    }
  })

  it("is at full gain to 20 ms, at half at 45 ms, silent from 70 ms on", () => {
    const [heard] = createRig(wasmSide(module)).fill([made(sine(500))], { at: 4000, frames: 5000 })
    expect(peakOf(heard!.subarray(800, 960))).toBeCloseTo(0.5, 1)
    expect(peakOf(heard!.subarray(2112, 2208))).toBeCloseTo(0.25, 1)
    expect(peakOf(heard!.subarray(3360))).toBe(0)
  })

  it.each([["wasm"], ["twin"]])("is the same however it is divided into calls (%s)", (which) => {
    for (const value of [sine(313), noise(4), square]) {
      const rig = createRig(which === "wasm" ? wasmSide(module) : twinSide())
      const signal = [made(value), made((frame) => value(frame + 31) * 0.6)]
      const whole = rig.fill(signal, { at: 4000, frames: 4000, calls: [4000] })
      for (const calls of [[128], [1], [64, 65, 7, 300]]) expect(rig.fill(signal, { at: 4000, frames: 4000, calls })).toEqual(whole)
    }
  })

  it("sounds the same from kernels and twins", () => {
    const voice = singVoice(RATE, [220, 330])
    for (const signal of [[voice], [voice, voice.map((x) => x * 0.3)], [Float32Array.from(voice, noise(8))]]) {
      for (const gap of [{ frames: 1500 }, { frames: 480, future: 240 }, { frames: 480, merged: 128 }]) {
        const [wasm, twin] = [wasmSide(module), twinSide()].map((side) => createRig(side).fill(signal, { at: 40_000, ...gap }))
        for (const [c, samples] of wasm!.entries()) {
          expect(gapSnrDb(twin![c]!, 0, samples, samples.length)).toBeGreaterThan(45)
        }
      }
    }
  })

  it("knows a note from noise", () => {
    const rig = createRig(wasmSide(module))
    rig.fill([singVoice(RATE, [220])], { at: 24_000, frames: 1 })
    expect(rig.concealer.pitched).toBe(true)
    rig.fill([made(noise(5))], { at: 4000, frames: 1 })
    expect(rig.concealer.pitched).toBe(false)
  })

  it("of what does not repeat is better filled by Burg's method", () => {
    const rig = createRig(wasmSide(module))
    const chord = [181.3, 263.9, 397.1, 811.7, 1234.5, 2001.1]
    const notes = chord.map((hz) => sine(hz, 0.1))
    const hiss = noise(6, 0.01)
    const signal = made((frame) => notes.reduce((sum, note) => sum + note(frame), 0) + hiss(frame))
    const snr = [true, false].map((mayBurg) => gapSnrDb(signal, 4000, rig.fill([signal], { at: 4000, frames: 240, mayBurg })[0]!, 240))
    expect(rig.concealer.pitched).toBe(false)
    expect(snr[0]).toBeGreaterThan(snr[1]! + 6)
  })

  it("in stereo has one lag: channels that differ in level go on so", () => {
    const voice = singVoice(RATE, [220])
    const [left, right] = createRig(wasmSide(module)).fill([voice, voice.map((x) => x * 0.25)], { at: 24_000, frames: 480, future: 480 })
    for (const [i, x] of left!.entries()) expect(right![i]).toBeCloseTo(x * 0.25, 4)
  })

  it("in mono leaves the right channel alone", () => {
    const side = wasmSide(module)
    const concealer = createConcealer({ dsp: side.dsp, memory: side.memory, at: ARENA_BASE_BYTES, sampleRate: RATE })
    const scratch = ARENA_BASE_BYTES + concealerBytes(RATE)
    const right = scratch + 3 * 16_384
    side.f32.fill(0.5, right / 4, right / 4 + 512)
    concealer.begin(scratch, scratch, 1, true)
    concealer.extend(scratch + 16_384, right, 128)
    concealer.bridge(scratch + 16_384, right, 128, scratch, scratch, 128)
    concealer.merge(scratch + 16_384, right, 128, 0)
    expect(side.f32.subarray(right / 4, right / 4 + 512).every((x) => x === 0.5)).toBe(true)
  })

  it.each([44_100, 48_000, 96_000])("stays within its bytes at %i Hz", (sampleRate) => {
    const side = wasmSide(module)
    const bytes = concealerBytes(sampleRate)
    const at = ARENA_BASE_BYTES + 64
    const end = at + bytes
    side.u8.fill(0xa5)
    const concealer = createConcealer({ dsp: side.dsp, memory: side.memory, at, sampleRate })
    // Both sides lie behind it, at the end of the memory.
    const plane = (index: number): number => side.u8.length - (4 - index) * 8192 * 4
    for (const value of [sine(130), noise(2)]) {
      for (let i = 0; i < 8192; i++) for (const c of [0, 1]) side.f32[plane(c) / 4 + i] = value(i)
      concealer.begin(plane(0), plane(1), 2, true)
      for (let i = 0; i < 60; i++) {
        concealer.extend(plane(2), plane(3), 128)
        if (i % 7 === 3) concealer.bridge(plane(2), plane(3), concealer.futureFrames, plane(0), plane(1), concealer.futureFrames)
        if (i % 5 === 0) concealer.merge(plane(2), plane(3), 128, 0)
      }
    }
    expect(side.u8.subarray(ARENA_BASE_BYTES, at).every((byte) => byte === 0xa5)).toBe(true)
    expect(side.u8.subarray(end, plane(0)).every((byte) => byte === 0xa5)).toBe(true)
  })
})

describe("bridge", () => {
  it("leads into a future that is another note, louder, or follows silence, without a click", () => {
    const rig = createRig(wasmSide(module))
    const [low, high] = [singVoice(RATE, [196]), singVoice(RATE, [311])]
    for (const extendFirst of [0, 500, 1500, 3500]) {
      for (const future of [64, 240, 960]) {
        const frames = extendFirst + 300
        for (const level of [0.3, 1]) {
          const signal = low.map((x, i) => (i < 24_000 + frames / 2 ? x : high[i]! * level))
          const [heard] = rig.fill([signal], { at: 24_000, frames, future, extendFirst })
          const around = signal.slice(20_000, 32_000)
          around.set(heard!, 4000)
          const louder = high.map((x) => x * level).subarray(20_000, 32_000)
          for (const join of [4000, 4000 + extendFirst, 4000 + frames]) {
            expect(Math.min(clickOf(low.subarray(20_000, 32_000), around, join), clickOf(louder, around, join))).toBeLessThan(4)
          }
        }
      }
    }
  })

  it("without a future, or over more than futureFrames, extends", () => {
    const signal = [made(sine(313))]
    const side = wasmSide(module)
    const rig = createRig(side)
    const extended = rig.fill(signal, { at: 4000, frames: 1500, calls: [1500] })
    expect(rig.fill(signal, { at: 4000, frames: 1500, future: 240 })).toEqual(extended)
  })
})

describe("merge", () => {
  it("takes 2 ms, and 5 ms after gaps over 20 ms, and leaves what follows alone", () => {
    const rig = createRig(wasmSide(module))
    for (const [frames, fade] of [[240, 96], [960, 96], [961, 240], [5000, 240]] as const) {
      const signal = made(noise(7))
      const [heard] = rig.fill([signal], { at: 4000, frames, merged: 500 })
      const after = signal.subarray(4000 + frames, 4500 + frames)
      const first = heard!.subarray(frames).findIndex((_, i) => heard!.subarray(frames + i).every((x, k) => x === after[i + k]))
      expect(first).toBe(fade)
    }
  })

  it("of the same sound keeps its level, also in two calls", () => {
    const rig = createRig(wasmSide(module))
    const signal = made(sine(480))
    for (const calls of [[128], [48]]) {
      const [heard] = rig.fill([signal], { at: 4000, frames: 240, merged: 240, calls })
      expect(gapSnrDb(signal, 4240, heard!.subarray(240), 240)).toBeGreaterThan(40)
    }
  })

  it("fades in from silence", () => {
    const [heard] = createRig(wasmSide(module)).fill([made(() => 0.5)], { at: 4000, frames: 4800, merged: 480 })
    const steps = Array.from({ length: 300 }, (_, i) => heard![4799 + i + 1]! - heard![4799 + i]!)
    expect(Math.max(...steps)).toBeLessThan(0.004)
    expect(Math.min(...steps)).toBeGreaterThanOrEqual(0)
  })
})
