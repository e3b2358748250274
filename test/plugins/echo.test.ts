import { describe, expect, it } from "vitest"
import echo from "../../src/plugins/echo/echo.ts"
import { activatePlugin, impulse, noise, sine } from "../helpers/plugin-suite.ts"

const mono = async (params: Record<string, number>, sampleRate = 48000) => activatePlugin(echo, { channelCount: 1, sampleRate, params })

/** Sum of what comes out in the repeat that begins at a frame: the tone filter spreads a repeat, but keeps its sum. */
const repeatAt = (output: Float32Array, frame: number): number => output.subarray(frame, frame + 2000).reduce((sum, value) => sum + value, 0)

describe("echo", () => {
  it.each([[1, 48000, 48], [180, 48000, 8640], [180, 44100, 7938], [333.3, 48000, 15998], [2000, 48000, 96000]])(
    "repeats after %d ms at %d Hz on frame %d", async (time, sampleRate, frame) => {
      const [output] = (await mono({ time, feedback: 0, wet: 1 }, sampleRate)).play([impulse(128_000)])
      expect(output!.findIndex((value) => value !== 0)).toBe(frame)
      expect(repeatAt(output!, frame)).toBeCloseTo(1, 4)
    },
  )

  it("falls by its feedback from repeat to repeat", async () => {
    const [output] = (await mono({ time: 100, feedback: 0.6, wet: 1 })).play([impulse(48_000)])
    for (let repeat = 1; repeat <= 8; repeat++) expect(repeatAt(output!, 4800 * repeat)).toBeCloseTo(0.6 ** (repeat - 1), 3)
  })

  it("gives a single repeat without feedback", async () => {
    const [output] = (await mono({ time: 100, feedback: 0, wet: 1 })).play([impulse(48_000)])
    expect(Math.abs(repeatAt(output!, 9600))).toBeLessThan(1e-9)
  })

  it("darkens each repeat above its tone", async () => {
    const loss = async (frequencyHz: number): Promise<number> => {
      const run = await mono({ time: 100, feedback: 0, wet: 1, tone: 2000 })
      const [output] = run.play([sine(24_000, frequencyHz)])
      return 20 * Math.log10(Math.max(...output!.subarray(14_400)))
    }
    expect(await loss(100)).toBeGreaterThan(-0.1)
    expect(await loss(2000)).toBeCloseTo(-3, 0)
    expect(await loss(8000)).toBeLessThan(-10)
  })

  it("passes the input bit-exact when dry and nothing of it when wet", async () => {
    const input = [noise(4096)]
    expect((await mono({ wet: 0 })).play(input)).toEqual(input)
    const [wet] = (await mono({ wet: 1, time: 100 })).play(input)
    expect(wet!.every((value) => value === 0)).toBe(true)
  })

  it("keeps the channels apart", async () => {
    const run = await activatePlugin(echo, { params: { wet: 1, time: 10 } })
    const [left, right] = run.play([impulse(2048), new Float32Array(2048)])
    expect(left!.some((value) => value !== 0)).toBe(true)
    expect(right!.every((value) => value === 0)).toBe(true)
  })

  it("changes its time without a click and arrives at the new time", async () => {
    const run = await mono({ time: 100, feedback: 0, wet: 1 })
    // 100 Hz moves by at most 0.0131 a frame; the two times are half a period apart, the worst that there is.
    const tone = sine(48_000, 100)
    const steps: number[] = []
    const before = run.play([tone.subarray(0, 12_800)])[0]!
    run.set("time", 105)
    const after = run.play([tone.subarray(12_800, 38_400)])[0]!
    for (let i = 1; i < after.length; i++) steps.push(Math.abs(after[i]! - after[i - 1]!))
    steps.push(Math.abs(after[0]! - before.at(-1)!))
    expect(Math.max(...steps)).toBeLessThan(0.02)

    run.play([new Float32Array(12_800)])
    expect(run.play([impulse(12_800)])[0]!.findIndex((value) => value > 0.1)).toBe(5040)
  })

  it("tells how long it rings", async () => {
    const silent = (await mono({ time: 100, feedback: 0 })).processor.tailFrames
    const long = (await mono({ time: 100, feedback: 0.9 })).processor.tailFrames
    expect(silent).toBe(4800 + 4800)
    expect(long).toBe(4800 * 111 + 4800)
  })
})
