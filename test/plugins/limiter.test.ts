import { beforeAll, describe, expect, it } from "vitest"
import limiter from "../../src/plugins/limiter/limiter.ts"
import { dbToGain } from "../../src/runtime/units.ts"
import { activatePlugin, buildEffects, noise, peakOf, sine } from "../helpers/plugin-suite.ts"

const frameCount = 48_000
const scaled = (signal: Float32Array, factor: number): Float32Array => signal.map((value) => value * factor)
const bursts = (seed: number): Float32Array => {
  const shape = noise(frameCount, seed)
  // A new level for every 37 frames, from -60 to +60 dB.
  return noise(frameCount, seed + 1).map((value, i) => value * dbToGain(60 * shape[i - (i % 37)]!))
}
const steps = Float32Array.from({ length: frameCount }, (_, i) => (Math.floor(i / 1000) % 2 === 0 ? 0.1 : 10) * (i % 2 === 0 ? 1 : -1))
const spikes = Float32Array.from({ length: frameCount }, (_, i) => (i % 997 === 0 ? 100 : i % 61 === 0 ? -1.5 : 0.2))

const hostile: Readonly<Record<string, Float32Array>> = {
  "noise of full scale": noise(frameCount),
  "noise 40 dB over": scaled(noise(frameCount, 3), 100),
  "bursts of any level": bursts(7),
  "steps of 40 dB": steps,
  "spikes": spikes,
  "a 50 Hz tone 20 dB over": sine(frameCount, 50, 10),
  "a 997 Hz tone 20 dB over": sine(frameCount, 997, 10),
  "a constant": new Float32Array(frameCount).fill(3),
}

describe("limiter", () => {
  beforeAll(buildEffects)

  describe.each(Object.entries(hostile))("given %s", (_, signal) => {
    it.each([[-1, 100], [-12, 5], [0, 1000]])("never exceeds a ceiling of %d dB with a release of %d ms", async (ceiling, release) => {
      const highest = Math.fround(dbToGain(ceiling))
      const stereo = await activatePlugin(limiter, { params: { ceiling, release } })
      expect(peakOf(stereo.play([signal, scaled(noise(frameCount, 9), 2)]))).toBeLessThanOrEqual(highest)
      const mono = await activatePlugin(limiter, { channelCount: 1, params: { ceiling, release } })
      expect(peakOf(mono.play([signal]))).toBeLessThanOrEqual(highest)
    })
  })

  it("only delays what is below the ceiling, bit for bit", async () => {
    const run = await activatePlugin(limiter)
    const input = [scaled(noise(12_800, 1), 0.89), scaled(noise(12_800, 2), 0.89)]
    const output = run.play(input)
    const lag = run.processor.latencyFrames
    for (const [channel, signal] of output.entries()) expect(signal.subarray(lag)).toEqual(input[channel]!.subarray(0, 12_800 - lag))
  })

  it("is bit-exact again some time after it had to work", async () => {
    const run = await activatePlugin(limiter, { channelCount: 1, params: { release: 20 } })
    run.play([scaled(noise(4800), 10)])
    const quiet = scaled(noise(96_000, 5), 0.5)
    const [output] = run.play([quiet])
    const lag = run.processor.latencyFrames
    expect(output!.subarray(48_000, 96_000)).toEqual(quiet.subarray(48_000 - lag, 96_000 - lag))
  })

  it("holds a steady tone at the ceiling and no lower", async () => {
    const run = await activatePlugin(limiter, { channelCount: 1, params: { ceiling: -6 } })
    const [output] = run.play([sine(frameCount, 997, 4)])
    expect(20 * Math.log10(peakOf([output!.subarray(24_000)]))).toBeCloseTo(-6, 1)
  })

  it("turns both sides down alike", async () => {
    const run = await activatePlugin(limiter)
    const [left, right] = run.play([sine(frameCount, 500, 4), sine(frameCount, 500, 0.4)])
    for (let i = 1000; i < frameCount; i += 7) expect(right![i]!).toBeCloseTo(left![i]! / 10, 5)
  })

  it("comes back with its release", async () => {
    const release = 200
    const run = await activatePlugin(limiter, { channelCount: 1, params: { release } })
    run.play([new Float32Array(4800).fill(8.9125094)])
    const [output] = run.play([new Float32Array(48_000).fill(0.5)])
    // 0.9 of reduction at first; after one time constant a share of 1/e of it is left.
    const at = run.processor.latencyFrames + 48 * release
    expect(output![at]! / 0.5).toBeCloseTo(1 - 0.9 / Math.E, 1)
    expect(output!.at(-1)! / 0.5).toBeGreaterThan(0.98)
  })

  it("begins to turn down before the peak, not at it", async () => {
    const run = await activatePlugin(limiter, { channelCount: 1 })
    const signal = new Float32Array(1280).fill(0.5)
    signal.fill(5, 640)
    const [output] = run.play([signal])
    const lag = run.processor.latencyFrames
    const gains = Array.from(output!.subarray(lag), (value, i) => value / signal[i]!)
    expect(gains[577]).toBe(1)
    expect(gains[639]).toBeLessThan(0.25)
    for (let i = 1; i < 640; i++) expect(Math.abs(gains[i]! - gains[i - 1]!)).toBeLessThan(0.05)
  })

  it("never exceeds a ceiling that is lowered while it plays, once that has come through", async () => {
    const run = await activatePlugin(limiter, { channelCount: 1 })
    run.play([noise(12_800)])
    run.set("ceiling", -12)
    const [output] = run.play([noise(12_800)])
    expect(peakOf([output!.subarray(run.processor.latencyFrames)])).toBeLessThanOrEqual(Math.fround(dbToGain(-12)))
  })
})
