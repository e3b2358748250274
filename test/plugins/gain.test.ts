import { describe, expect, it } from "vitest"
import gain from "../../src/plugins/gain/gain.ts"
import { activatePlugin, noise, peakOf } from "../helpers/plugin-suite.ts"

const ones = (frameCount: number): Float32Array => new Float32Array(frameCount).fill(1)

describe("gain", () => {
  it("is bit-exact at 0 dB", async () => {
    const input = [noise(1280, 1), noise(1280, 2)]
    expect((await activatePlugin(gain)).play(input)).toEqual(input)
  })

  it.each([[6, 1.9952623], [-20, 0.1], [24, 15.848932]])("at %d dB multiplies by %d", async (gainDb, factor) => {
    const [output] = (await activatePlugin(gain, { channelCount: 1, params: { gain: gainDb } })).play([ones(128)])
    for (const value of output!) expect(value).toBeCloseTo(factor, 5)
  })

  it("is silent at -144 dB", async () => {
    const run = await activatePlugin(gain, { channelCount: 1, params: { gain: -144 } })
    expect(peakOf(run.play([ones(128)]))).toBe(0)
  })

  it("runs in a line from one value to the next within the block", async () => {
    const run = await activatePlugin(gain, { channelCount: 1, params: { gain: 0 } })
    run.set("gain", -20, true)
    const [ramp] = run.play([ones(128)])
    const [after] = run.play([ones(128)])
    expect(ramp![0]).toBe(1)
    expect(ramp![64]).toBeCloseTo(0.55, 6)
    expect(ramp![127]).toBeCloseTo(0.1 + 0.9 / 128, 6)
    expect(after![0]).toBeCloseTo(0.1, 6)
  })
})
