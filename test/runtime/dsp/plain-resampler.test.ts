import { beforeAll, describe, expect, it } from "vitest"
import { createPlainResampler, resampleAll } from "../../../src/runtime/dsp/plain-resampler.ts"
import { buildModule, sineSnrDb } from "./kernels.ts"

let module: WebAssembly.Module
beforeAll(async () => { module = await buildModule() })

const sineOf = (frames: number, hz: number, rateHz: number): Float32Array =>
  Float32Array.from({ length: frames }, (_, i) => 0.8 * Math.sin((2 * Math.PI * hz * i) / rateHz))

interface WithModule { readonly module?: WebAssembly.Module }
const sides: readonly (readonly [string, () => WithModule])[] = [["wasm", () => ({ module })], ["twin", () => ({})]]

describe.each(sides)("plain resampler (%s)", (_, withModule) => {
  it("streams interleaved stereo, each side its own", () => {
    const resampler = createPlainResampler({ inRateHz: 44100, outRateHz: 48000, channelCount: 2, maxInputFrames: 512, ...withModule() })
    const left: number[] = []
    const right: number[] = []
    const block = new Float32Array(2 * 441)
    const out = new Float32Array(2 * 480)
    for (let turn = 0; turn < 30; turn++) {
      for (let i = 0; i < 441; i++) {
        block[i * 2] = 0.8 * Math.sin((2 * Math.PI * 1000 * (turn * 441 + i)) / 44100)
        block[i * 2 + 1] = 0.8 * Math.sin((2 * Math.PI * 3000 * (turn * 441 + i)) / 44100)
      }
      expect(resampler.push(block, 441)).toBe(441)
      if (!resampler.pull(out, 480)) continue
      for (let i = 0; i < 480; i++) {
        left.push(out[i * 2]!)
        right.push(out[i * 2 + 1]!)
      }
    }
    expect(left.length).toBeGreaterThanOrEqual(29 * 480)
    expect(sineSnrDb(Float32Array.from(left.slice(480)), 1000, 48000)).toBeGreaterThan(100)
    expect(sineSnrDb(Float32Array.from(right.slice(480)), 3000, 48000)).toBeGreaterThan(100)
    expect(resampler.pull(new Float32Array(200000), 100000)).toBe(false)
  })

  it("resamples whole channels: right length, aligned to a fraction of a frame, to the last frame", () => {
    for (const [from, to] of [[44100, 48000], [48000, 44100], [22050, 48000], [96000, 48000]] as const) {
      const frames = 20011
      const [left, right] = resampleAll([sineOf(frames, 1000, from), sineOf(frames, 500, from)], from, to, withModule().module)
      expect(left).toHaveLength(Math.round((frames * to) / from))
      expect(right).toHaveLength(Math.round((frames * to) / from))
      const inner = left!.subarray(1000, left!.length - 1000)
      expect(sineSnrDb(inner, 1000, to)).toBeGreaterThan(100)
      const ideal = sineOf(left!.length, 1000, to)
      expect(Math.max(...inner.map((value, i) => Math.abs(value - ideal[1000 + i]!)))).toBeLessThan(1e-4)
      expect(Math.abs(left!.at(-200)! - ideal.at(-200)!)).toBeLessThan(1e-3)
    }
  })

  it("copies when the rates are equal, and takes an empty song", () => {
    const channel = sineOf(100, 1000, 48000)
    const [copy] = resampleAll([channel], 48000, 48000, withModule().module)
    expect(copy).toEqual(channel)
    expect(copy).not.toBe(channel)
    expect(resampleAll([new Float32Array(0)], 44100, 48000, withModule().module)).toEqual([new Float32Array(0)])
    expect(resampleAll([], 44100, 48000, withModule().module)).toEqual([])
    expect(resampleAll([Float32Array.of(1)], 44100, 48000, withModule().module)[0]).toHaveLength(1)
  })
})
