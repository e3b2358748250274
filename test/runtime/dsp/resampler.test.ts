import { beforeAll, describe, expect, it } from "vitest"
import { createArenaMemory } from "../../../src/runtime/io/dsp-file.ts"
import { createResampler, resamplerBytes } from "../../../src/runtime/dsp/resampler.ts"
import type { Resampler, ResamplerShape } from "../../../src/runtime/dsp/resampler.ts"
import { designFilter, resamplerTableBytes, writeResamplerTable } from "../../../src/runtime/dsp/resampler-table.ts"
import { address, buildModule, createRandom, sineSnrDb, twinSide, wasmSide } from "./kernels.ts"
import type { Side } from "./kernels.ts"

let module: WebAssembly.Module
beforeAll(async () => { module = await buildModule() })

const input = address(0)
const output = address(1)
const at = address(4)

const shapeOf = (inRateHz: number, outRateHz: number, channelCount = 1): ResamplerShape => ({
  inRateHz, outRateHz, channelCount, maxInputFrames: 1024,
})

/** Streams a signal through in odd pushes and pulls of 128 frames; returns the first channel's output. */
const stream = (side: Side, resampler: Resampler, signal: (frame: number) => number, outFrames: number): Float32Array => {
  const result = new Float32Array(outFrames)
  let frame = 0
  for (let done = 0; done < outFrames; ) {
    if (resampler.pull(output, 4096, 128)) {
      result.set(side.f32.subarray(output / 4, output / 4 + Math.min(128, outFrames - done)), done)
      done += 128
    } else {
      const frames = 1 + (frame % 97)
      for (let i = 0; i < frames; i++) side.f32[input / 4 + i] = signal(frame + i)
      frame += resampler.push(input, 4096, frames)
    }
  }
  return result
}

const sine = (hz: number, rateHz: number, level = 0.9) => (frame: number): number => level * Math.sin((2 * Math.PI * hz * frame) / rateHz)

const rms = (samples: Float32Array): number => Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length)

describe.each([["wasm", () => wasmSide(module)], ["twin", () => twinSide()]] as const)("resampler (%s)", (_, createSide) => {
  it.each([[44100, 48000], [48000, 44100], [96000, 48000], [16000, 48000]])("passes 1 kHz from %i to %i Hz with 100 dB and more", (from, to) => {
    const side = createSide()
    const resampler = createResampler({ ...shapeOf(from, to), dsp: side.dsp, memory: side.memory, at })
    const heard = stream(side, resampler, sine(1000, from), 20000).subarray(4000)
    expect(sineSnrDb(heard, 1000, to)).toBeGreaterThan(100)
  })

  it("passes 1 kHz and 10 kHz at a ratio of 1.0003 with 100 dB and more, with 16 frames of delay", () => {
    for (const hz of [1000, 10000]) {
      const side = createSide()
      const resampler = createResampler({ ...shapeOf(48000, 48000), dsp: side.dsp, memory: side.memory, at })
      resampler.setRatio(1.0003)
      const heard = stream(side, resampler, sine(hz, 48000), 20000).subarray(4000)
      expect(sineSnrDb(heard, hz * 1.0003, 48000)).toBeGreaterThan(100)
      expect(resampler.latencyFrames).toBe(16)
    }
  })

  it("rejects what would alias, 96 to 48 kHz, by 80 dB and more", () => {
    for (const hz of [25000, 28000, 30000, 40000, 47000]) {
      const side = createSide()
      const resampler = createResampler({ ...shapeOf(96000, 48000), dsp: side.dsp, memory: side.memory, at })
      const heard = stream(side, resampler, sine(hz, 96000), 8000).subarray(1000)
      expect(20 * Math.log10(rms(heard) / (0.9 * Math.SQRT1_2))).toBeLessThan(-80)
    }
  })

  it("keeps the level up to 19 kHz within 0.05 dB", () => {
    for (const [from, to] of [[48000, 48000], [44100, 48000], [48000, 44100], [96000, 48000]] as const) {
      for (const hz of [50, 5000, 15000, 19000]) {
        const side = createSide()
        const resampler = createResampler({ ...shapeOf(from, to), dsp: side.dsp, memory: side.memory, at })
        resampler.setRatio(1.0001)
        const heard = stream(side, resampler, sine(hz, from), 12000).subarray(2000)
        expect(Math.abs(20 * Math.log10(rms(heard) / (0.9 * Math.SQRT1_2)))).toBeLessThan(0.05)
      }
    }
  })

  it("is bit-exact at a ratio of 1, delayed by latencyFrames, and a push of n allows a pull of n", () => {
    const side = createSide()
    const resampler = createResampler({ ...shapeOf(48000, 48000, 2), dsp: side.dsp, memory: side.memory, at })
    const random = createRandom(4)
    const sent = Float32Array.from({ length: 1280 }, () => random() * 2 - 1)
    const heard: number[] = []
    for (let block = 0; block < 10; block++) {
      side.f32.set(sent.subarray(block * 128, block * 128 + 128), input / 4)
      side.f32.set(sent.subarray(block * 128, block * 128 + 128).map((value) => -value), input / 4 + 1024)
      expect(resampler.framesNeeded(128)).toBe(128)
      expect(resampler.push(input, 4096, 128)).toBe(128)
      expect(resampler.pull(output, 4096, 128)).toBe(true)
      expect(side.f32[output / 4 + 50]).toBe(-side.f32[output / 4 + 1024 + 50]!)
      heard.push(...side.f32.subarray(output / 4, output / 4 + 128))
    }
    expect(heard.slice(0, 16).every((value) => value === 0)).toBe(true)
    expect(heard.slice(16)).toEqual([...sent.subarray(0, 1280 - 16)])
  })

  it("bends the ratio without a click", () => {
    const side = createSide()
    const resampler = createResampler({ ...shapeOf(48000, 48000), dsp: side.dsp, memory: side.memory, at })
    const signal = sine(500, 48000)
    // The second difference of a sine of 500 Hz is at most its level times w squared; a click would stand out of it.
    const w = (2 * Math.PI * 500 * 1.002) / 48000
    const samples: number[] = []
    let frame = 0
    for (let turn = 0; turn < 60; turn++) {
      resampler.setRatio(turn % 2 === 0 ? 1.002 : 0.998)
      const needed = resampler.framesNeeded(128)
      for (let i = 0; i < needed; i++) side.f32[input / 4 + i] = signal(frame + i)
      frame += resampler.push(input, 4096, needed)
      expect(resampler.pull(output, 4096, 128)).toBe(true)
      samples.push(...side.f32.subarray(output / 4, output / 4 + 128))
    }
    const bends = samples.slice(64, -2).map((value, i) => Math.abs(value - 2 * samples[65 + i]! + samples[66 + i]!))
    expect(Math.max(...bends)).toBeLessThan(0.9 * w * w * 1.02)
  })

  it("uses input at the rate that was set, over a long time", () => {
    const side = createSide()
    const resampler = createResampler({ ...shapeOf(44100, 48000), dsp: side.dsp, memory: side.memory, at })
    resampler.setRatio(1.0005)
    let pushed = 0
    for (let block = 0; block < 3750; block++) {
      pushed += resampler.push(input, 4096, resampler.framesNeeded(128))
      expect(resampler.pull(output, 4096, 128)).toBe(true)
    }
    expect(Math.abs(pushed - resampler.heldFrames() - 480000 * (44100 / 48000) * 1.0005)).toBeLessThan(0.1)
  })

  it("refuses a pull that the input does not reach, and takes only what fits", () => {
    const side = createSide()
    const resampler = createResampler({ ...shapeOf(48000, 48000), dsp: side.dsp, memory: side.memory, at })
    expect(resampler.pull(output, 4096, 1)).toBe(false)
    expect(resampler.push(input, 4096, 100)).toBe(100)
    expect(resampler.heldFrames()).toBe(100)
    expect(resampler.pull(output, 4096, 101)).toBe(false)
    expect(resampler.framesNeeded(101)).toBe(1)
    expect(resampler.pull(output, 4096, 60)).toBe(true)
    expect(resampler.heldFrames()).toBe(40)
    expect(resampler.push(input, 4096, 2000)).toBeGreaterThanOrEqual(984)
    expect(resampler.heldFrames()).toBeGreaterThanOrEqual(1024)
    expect(resampler.skip(1000)).toBe(true)
    expect(resampler.skip(1000)).toBe(false)
    resampler.reset()
    expect(resampler.heldFrames()).toBe(0)
  })

  it("stays within the bytes it asked for", () => {
    const side = createSide()
    const shape = shapeOf(48000, 44100, 3)
    const end = at + resamplerBytes(shape)
    side.u8.fill(0xa5)
    const resampler = createResampler({ ...shape, dsp: side.dsp, memory: side.memory, at })
    for (let i = 0; i < 50; i++) {
      resampler.push(input, 4096, 777)
      resampler.pull(output, 4096, 300)
    }
    expect(side.u8.slice(output + 3 * 4096, at).every((value) => value === 0xa5)).toBe(true)
    expect(side.u8.slice(end).every((value) => value === 0xa5)).toBe(true)
  })

  it("shares a table", () => {
    const side = createSide()
    const shape = shapeOf(48000, 48000)
    const filter = designFilter(48000, 48000)
    const table = address(8)
    writeResamplerTable(side.memory, table, filter)
    expect(resamplerBytes(shape) - resamplerBytes(shape, true)).toBe(resamplerTableBytes(filter))
    const options = { ...shape, dsp: side.dsp, memory: side.memory }
    const own = createResampler({ ...options, at: address(12) })
    const sharing = createResampler({ ...options, at, table })
    const heard = [own, sharing].map((resampler) => {
      resampler.setRatio(1.001)
      return stream(side, resampler, sine(3000, 48000), 1000)
    })
    expect(heard[0]).toEqual(heard[1])
  })
})

describe("the resampling kernel", () => {
  it("comes within float32 rounding of its twin, 1 to 3 channels", () => {
    for (const channelCount of [1, 2, 3]) {
      const heard = [wasmSide(module, createArenaMemory(0)), twinSide()].map((side) => {
        const resampler = createResampler({ ...shapeOf(44100, 48000, channelCount), dsp: side.dsp, memory: side.memory, at })
        const random = createRandom(6)
        const all: number[] = []
        for (let block = 0; block < 20; block++) {
          for (let i = 0; i < 3072; i++) side.f32[input / 4 + i] = random() * 2 - 1
          resampler.setRatio(1 + (block % 3) * 1e-3)
          resampler.push(input, 4096, resampler.framesNeeded(101))
          resampler.pull(output, 4096, 101)
          for (let c = 0; c < channelCount; c++) all.push(...side.f32.subarray(output / 4 + c * 1024, output / 4 + c * 1024 + 101))
        }
        return all
      })
      const worst = heard[0]!.reduce((most, value, i) => Math.max(most, Math.abs(value - heard[1]![i]!)), 0)
      expect(worst).toBeLessThan(2e-6)
    }
  })
})
