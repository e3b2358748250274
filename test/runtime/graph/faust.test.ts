import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { beforeAll, describe, expect, it } from "vitest"
import { createFaustProcessor, loadFaust } from "../../../src/runtime/graph/faust.ts"
import type { FaustEffect } from "../../../src/runtime/graph/faust.ts"
import { buildEffects } from "../../helpers/plugin-suite.ts"

const limiterFiles = join(import.meta.dirname, "..", "..", "..", "dist", "plugins", "limiter")
const asset = async (name: string): Promise<Uint8Array> => readFile(join(limiterFiles, name))
let effect: FaustEffect

const activate = (channelCount: number, blockFrames: number, params: Parameters<typeof createFaustProcessor>[1]["params"] = {}) =>
  createFaustProcessor(
    { sampleRate: 48000, blockFrames, channelCount, params: {}, shared: effect, place: "test" },
    { params, latencyFrames: 62, tailFrames: 62 },
  )

beforeAll(async () => {
  buildEffects()
  effect = await loadFaust({ sampleRate: 48000, params: {}, asset }, "limiter")
})

describe("a Faust effect", () => {
  it("has a program for mono and one for stereo", () => {
    expect(effect.map(({ layout }) => layout.inputCount)).toEqual([1, 2])
  })

  it("has room for any block size", () => {
    for (const blockFrames of [1, 128, 512, 100_000]) {
      const block = (): Float32Array[] => [new Float32Array(blockFrames).fill(0.25), new Float32Array(blockFrames).fill(0.25)]
      const outputs = block()
      activate(2, blockFrames).process({
        frameCount: blockFrames, channelCount: 2, inputs: block(), outputs, from: new Float64Array(0), to: new Float64Array(0), position: 0,
      })
      expect(outputs[1]!.at(-1)).toBe(blockFrames > 62 ? 0.25 : 0)
    }
  })

  it("takes parameters by name, whatever their order, and leaves texts out", () => {
    const number = { type: "number", unit: "none", min: -100, max: 1000, default: 0, doc: "" } as const
    const processor = activate(1, 128, { label: { type: "text", default: "", doc: "" }, release: number, ceiling: number })
    const values = Float64Array.of(0, 100, -20)
    const outputs = [new Float32Array(128)]
    processor.process({
      frameCount: 128, channelCount: 1, inputs: [new Float32Array(128).fill(1)], outputs, from: values, to: values, position: 0,
    })
    expect(outputs[0]![127]).toBeCloseTo(0.1, 6)
  })

  it("names the controls that there are when a parameter has none", () => {
    const params = { celling: { type: "switch", default: false, doc: "" } } as const
    expect(() => activate(2, 128, params)).toThrow('limiter.stereo has no control "celling"; it has: ceiling, release')
  })

  it("refuses more than two channels", () => {
    expect(() => activate(6, 128)).toThrow("one or two channels, not 6")
  })
})
