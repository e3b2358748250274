import { existsSync } from "node:fs"
import { beforeAll, describe, expect, it } from "vitest"
import { resampleAll } from "../../../../src/runtime/dsp/plain-resampler.ts"
import { readSound } from "../../../helpers/read-wav.ts"
import { buildModule, wasmSide } from "../../dsp/kernels.ts"
import { clickOf, createRig, meanSnrDb, placesIn, RATE } from "./conceal-rig.ts"
import type { Rig } from "./conceal-rig.ts"
import { singVoice } from "./sung-voice.ts"

const RECORDED = "/work/shared/voices/vocals-dry.wav"
const gapFrames = [48, 120, 240, 480, 960]

let module: WebAssembly.Module
let rig: Rig
beforeAll(async () => {
  module = await buildModule()
  rig = createRig(wasmSide(module))
})

const recorded = async (): Promise<Float32Array[]> => resampleAll(await readSound(RECORDED, 2), 44_100, RATE, module)
const synthetic = (): Float32Array[] => [singVoice(RATE, [220, 130, 330, 165, 440, 110, 262, 196])]

/** The share of joins, over gaps of all lengths and all places, that click; and the worst. */
const clicksIn = (signal: readonly Float32Array[], future: number, merged: number): { worst: number; share: number } => {
  const all: number[] = []
  const places = placesIn(signal[0]!, 80)
  expect(places.length).toBeGreaterThanOrEqual(60)
  for (const frames of gapFrames) {
    for (const at of places) {
      const [heard] = rig.fill(signal, { at, frames, future, merged })
      const around = signal[0]!.slice(at - 2400, at + 4800)
      const join = around.slice()
      join.set(heard!, 2400)
      all.push(clickOf(around, join, 2400))
      // One-sided, what is merged sets in at the gap's end, and is alone after the fade of 2 ms.
      if (future > 0 || merged > 0) all.push(clickOf(around, join, 2400 + frames))
      if (merged > 0) all.push(clickOf(around, join, 2400 + frames + 96))
    }
  }
  return { worst: Math.max(...all), share: all.filter((click) => click > 4).length / all.length }
}

describe.each([
  ["a sung voice made here", true, synthetic],
  ["the dry sung voice (skipped without its file)", existsSync(RECORDED), recorded],
] as const)("%s, gaps at 60 and more places", (_, isThere, make) => {
  let signal: Float32Array[]
  beforeAll(async () => { signal = isThere ? await make() : [] }, 60_000)

  const table = (gap: { readonly future?: number; readonly mayBurg?: boolean }): number[] => {
    const places = placesIn(signal[0]!, 120)
    expect(places.length).toBeGreaterThanOrEqual(60)
    return gapFrames.map((frames) => meanSnrDb(rig, signal, places, { ...gap, frames }))
  }

  it.skipIf(!isThere)("are filled from the past with 18 dB at 5 ms, 12 dB at 20 ms, and better the shorter", () => {
    const snr = table({})
    expect(snr[2]).toBeGreaterThan(18)
    expect(snr[4]).toBeGreaterThan(12)
    expect(snr).toEqual(snr.toSorted((a, b) => b - a))
  })

  it.skipIf(!isThere)("are as good without Burg's method", () => {
    expect(table({ mayBurg: false })[2]).toBeGreaterThan(18)
  })

  it.skipIf(!isThere).each([120, 240, 480, 960])("are bridged to %i frames of future with 20 dB at 5 ms and 16 dB at 20 ms", (future) => {
    const snr = table({ future })
    expect(snr[2]).toBeGreaterThan(20)
    expect(snr[4]).toBeGreaterThan(16)
  })

  it.skipIf(!isThere).each([
    ["filled and merged", 0, 240], ["bridged to 2.5 ms", 120, 0], ["bridged to 5 ms", 240, 0], ["bridged to 20 ms", 960, 0],
  ])("do not click, %s", (_how, future, merged) => {
    const { worst, share } = clicksIn(signal, future, merged)
    expect(share).toBe(0)
    expect(worst).toBeLessThan(4)
  })
})
