import { beforeAll, describe, expect, it } from "vitest"
import reverb from "../../src/plugins/reverb/reverb.ts"
import { activatePlugin, buildEffects, impulse, noise, sine } from "../helpers/plugin-suite.ts"

/** Band-pass of constant peak gain (R. Bristow-Johnson's cookbook). */
const bandPass = (signal: Float32Array, frequencyHz: number, sampleRate: number): Float64Array => {
  const w = (2 * Math.PI * frequencyHz) / sampleRate
  const alpha = Math.sin(w) / 2.82
  const result = new Float64Array(signal.length)
  let [x1, x2, y1, y2] = [0, 0, 0, 0]
  for (const [i, x] of signal.entries()) {
    const y = (alpha * (x - x2) + 2 * Math.cos(w) * y1 - (1 - alpha) * y2) / (1 + alpha)
    ;[x2, x1, y2, y1] = [x1, x, y1, y]
    result[i] = y
  }
  return result
}

/** T30: time from -5 to -35 dB of the energy that is still to come, doubled (M. Schroeder, 1965; ISO 3382). */
const decayOf = (response: Float64Array, sampleRate: number): number => {
  const rest = new Float64Array(response.length + 1)
  for (let i = response.length - 1; i >= 0; i--) rest[i] = rest[i + 1]! + response[i]! ** 2
  const below = (levelDb: number): number => rest.findIndex((energy) => 10 * Math.log10(energy / rest[0]!) <= levelDb)
  return (2 * (below(-35) - below(-5))) / sampleRate
}

const rmsDb = (signal: Float32Array): number => 10 * Math.log10(signal.reduce((sum, value) => sum + value * value, 0) / signal.length)

describe("reverb", () => {
  beforeAll(buildEffects)

  it.each([[1, 48000], [2, 48000], [2, 44100], [4, 48000], [10, 48000]])("with a decay of %d s at %d Hz falls by 60 dB in that time, within 15 %", async (decay, sampleRate) => {
    const run = await activatePlugin(reverb, { sampleRate, params: { decay, wet: 1 } })
    const frameCount = Math.ceil(decay * 1.5 * sampleRate)
    const outputs = run.play([impulse(frameCount), impulse(frameCount)])
    for (const output of outputs) {
      for (const frequencyHz of [500, 1000]) {
        const measured = decayOf(bandPass(output, frequencyHz, sampleRate), sampleRate)
        expect(Math.abs(measured / decay - 1), `${frequencyHz} Hz: ${measured} s`).toBeLessThan(0.15)
      }
    }
  })

  it("loses its treble sooner", async () => {
    const run = await activatePlugin(reverb, { params: { decay: 2, wet: 1, damping: 2000 } })
    const [left] = run.play([impulse(144_000), impulse(144_000)])
    expect(decayOf(bandPass(left!, 4000, 48000), 48000)).toBeLessThan(0.5 * decayOf(bandPass(left!, 250, 48000), 48000))
  })

  it("waits for the predelay, from the very first frame on", async () => {
    const firstAt = async (predelay: number): Promise<number> => {
      const run = await activatePlugin(reverb, { params: { predelay, wet: 1 } })
      return run.play([impulse(24_000), impulse(24_000)])[0]!.findIndex((value) => Math.abs(value) > 1e-6)
    }
    const none = await firstAt(0)
    expect(await firstAt(20) - none).toBe(960)
    expect(await firstAt(150) - none).toBe(7200)
  })

  it("is bit-exact when dry", async () => {
    const input = [noise(12_800, 1), noise(12_800, 2)]
    expect((await activatePlugin(reverb, { params: { wet: 0 } })).play(input)).toEqual(input)
  })

  it("lets nothing of the input through when wet", async () => {
    const run = await activatePlugin(reverb, { params: { wet: 1, predelay: 0 } })
    const [left, right] = run.play([noise(640), noise(640)])
    expect(left!.every((value) => Math.abs(value) < 1e-12)).toBe(true)
    expect(right!.every((value) => Math.abs(value) < 1e-12)).toBe(true)
  })

  it("comes out of a bus about as loud as it went in", async () => {
    const input = noise(192_000)
    const stereo = (await activatePlugin(reverb, { params: { wet: 1 } })).play([input, input])
    const mono = (await activatePlugin(reverb, { channelCount: 1, params: { wet: 1 } })).play([input])
    for (const output of [...stereo, ...mono]) expect(Math.abs(rmsDb(output.subarray(96_000)) - rmsDb(input))).toBeLessThan(4)
  })

  it("spreads a voice in the middle to both sides", async () => {
    const run = await activatePlugin(reverb, { params: { wet: 1 } })
    const [left, right] = run.play([noise(96_000), noise(96_000)])
    const product = left!.reduce((sum, value, i) => sum + value * right![i]!, 0)
    const energy = Math.sqrt(left!.reduce((sum, value) => sum + value * value, 0) * right!.reduce((sum, value) => sum + value * value, 0))
    expect(Math.abs(product / energy)).toBeLessThan(0.3)
  })

  it("moves from dry to wet without a click", async () => {
    const run = await activatePlugin(reverb, { params: { wet: 0 } })
    // Moves by at most 0.0065 a frame.
    const tone = sine(25_600, 100, 0.5)
    const before = run.play([tone.subarray(0, 12_800), tone.subarray(0, 12_800)])[0]!
    run.set("wet", 1)
    const after = run.play([tone.subarray(12_800), tone.subarray(12_800)])[0]!
    expect(Math.abs(after[0]! - before.at(-1)!)).toBeLessThan(0.02)
    for (let i = 1; i < after.length; i++) expect(Math.abs(after[i]! - after[i - 1]!)).toBeLessThan(0.02)
  })
})
