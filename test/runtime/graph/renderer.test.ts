import { describe, expect, it } from "vitest"
import {
  pushBusGain, pushFadeIn, pushFadeOut, pushMasterGain, pushStripGain, pushStripMute, pushStripPan, pushStripSend, pushStripSolo,
} from "../../../src/runtime/graph/commands.ts"
import { BlockFlag } from "../../../src/runtime/ring/block-ring.ts"
import { dbToGain, panGain } from "../../../src/runtime/units.ts"
import { createPuppet, scale, tap } from "./fakes.ts"
import type { Rig } from "./rig.ts"
import { blockFrames, bus, createNoise, createRig, fillNoise, largestStep, source, strip } from "./rig.ts"

const RAMP_BLOCKS = 8

/** Feeds ones to these strips and renders. */
const renderOnes = (rig: Rig, ...strips: number[]): [Float32Array, Float32Array] => {
  for (const index of strips) {
    rig.inputs[index]![0].fill(1)
    rig.inputs[index]![1].fill(1)
    rig.feed(index, { mono: true })
  }
  return rig.render()
}

const settle = (rig: Rig, ...strips: number[]): [Float32Array, Float32Array] => {
  for (let i = 0; i < RAMP_BLOCKS; i++) renderOnes(rig, ...strips)
  return renderOnes(rig, ...strips)
}

describe("the unity path", () => {
  it.each([[true, {}], [false, {}], [true, { peers: 3 }], [false, { buses: { hall: bus() } }]])("is bit-exact (mono %s, with %o)", async (mono, parts) => {
    const rig = await createRig({ sources: [source("Ann")], ...parts })
    const noise = createNoise(1)
    for (let block = 0; block < 20; block++) {
      const [left, right] = rig.inputs[0]!
      fillNoise(left, noise)
      fillNoise(right, noise)
      left[5] = 1e-30
      rig.feed(0, { mono })
      const [outLeft, outRight] = rig.render()
      expect(outLeft).toEqual(left)
      expect(outRight).toEqual(mono ? left : right)
    }
  })

  it("stays bit-exact through taps", async () => {
    const use = [{ use: "tap", params: {} }]
    const rig = await createRig({ sources: [source("Ann")], strips: { Ann: strip({ inserts: use }) }, master: bus({ inserts: use }) }, { plugins: [tap] })
    fillNoise(rig.inputs[0]![0], createNoise(2))
    rig.feed(0, { mono: true })
    expect(rig.render()[1]).toEqual(rig.inputs[0]![0])
  })
})

describe("the mix", () => {
  it.each([1, 2, 3, 4, 5])("is that of a plain float64 sum, seed %i", async (seed) => {
    const noise = createNoise(seed)
    const stripCount = 1 + Math.floor((noise() + 1) * 4)
    const busNames = ["hall", "echo"]
    const names = Array.from({ length: stripCount }, (_, index) => `S${index}`)
    const specs = names.map(() => strip({
      gainDb: noise() * 12,
      pan: noise(),
      mute: noise() > 0.7,
      sends: Object.fromEntries(busNames.filter(() => noise() > -0.3).map((name) => [name, noise() * 20 - 6])),
    }))
    const buses = Object.fromEntries(busNames.map((name) => [name, bus({ gainDb: noise() * 6 })]))
    const master = bus({ gainDb: noise() * 6, inserts: [{ use: "scale", params: { by: 0.5 } }] })
    const rig = await createRig(
      { sources: names.map((name) => source(name)), strips: Object.fromEntries(names.map((name, i) => [name, specs[i]!])), buses, master },
      { plugins: [scale] },
    )
    const monos = names.map(() => noise() > 0)
    names.forEach((_, index) => {
      rig.inputs[index]!.forEach((plane) => fillNoise(plane, noise))
      rig.feed(index, { mono: monos[index]! })
    })
    const [left, right] = rig.render()
    const side = (channel: 0 | 1, frame: number): number => {
      let sum = 0
      specs.forEach((spec, index) => {
        if (spec.mute) return
        const sample = rig.inputs[index]![monos[index] ? 0 : channel][frame]!
        const post = sample * dbToGain(spec.gainDb) * panGain(channel === 0 ? spec.pan : -spec.pan)
        sum += post
        for (const [name, levelDb] of Object.entries(spec.sends)) sum += post * dbToGain(levelDb) * dbToGain(buses[name]!.gainDb)
      })
      return sum * dbToGain(master.gainDb) * 0.5
    }
    for (let frame = 0; frame < blockFrames; frame++) {
      expect(left[frame]).toBeCloseTo(side(0, frame), 4)
      expect(right[frame]).toBeCloseTo(side(1, frame), 4)
    }
  })

  it("is silent without input, and forgets an input after its block", async () => {
    const rig = await createRig({ sources: [source("Ann")] })
    renderOnes(rig, 0)
    expect(rig.render()[0]).toEqual(new Float32Array(blockFrames))
  })

  it("does not read the addresses of a silent or waiting strip", async () => {
    const rig = await createRig({ sources: [source("Ann")] })
    rig.inputs[0]![0].fill(1)
    for (const flags of [BlockFlag.silent, BlockFlag.waiting]) {
      rig.feed(0, { flags })
      expect(rig.render()[0]).toEqual(new Float32Array(blockFrames))
    }
  })

  it("leaves out a strip whose samples are no numbers, and counts it", async () => {
    const rig = await createRig({ sources: [source("Ann"), source("Ben")] })
    rig.inputs[0]![0].fill(NaN)
    rig.feed(0, { mono: true })
    expect(renderOnes(rig, 1)[0]).toEqual(new Float32Array(blockFrames).fill(1))
    expect(rig.reader.strip(0).broken).toBe(1)
  })
})

describe("a sum that is too large", () => {
  it("is left out, on a bus and on the master", async () => {
    const rig = await createRig({ sources: [source("Ann"), source("Ben")], strips: { Ann: strip({ sends: { hall: 24 } }) }, buses: { hall: bus() } })
    rig.inputs[0]![0].fill(3e38)
    rig.feed(0, { mono: true })
    expect(rig.render()[0][0]).toBe(Math.fround(3e38))
    expect(rig.reader.bus(0).broken).toBe(1)
    rig.inputs[1]![0].fill(3e38)
    rig.feed(0, { mono: true })
    rig.feed(1, { mono: true })
    expect(rig.render()[0][0]).toBe(0)
    expect(renderOnes(rig, 1)[0][0]).toBe(1)
  })
})

describe("a change while audio runs", () => {
  const changes: readonly (readonly [string, (rig: Rig) => void, number, number])[] = [
    ["strip gain", (rig) => void pushStripGain(rig.commands, 0, 0.25), 0.25, 0.25],
    ["pan", (rig) => void pushStripPan(rig.commands, 0, 1), panGain(1), panGain(-1)],
    ["mute", (rig) => void pushStripMute(rig.commands, 0, true), 0, 0],
    ["master gain", (rig) => void pushMasterGain(rig.commands, 2), 2, 2],
    ["fade out", (rig) => void pushFadeOut(rig.commands, 20), 0, 0],
    ["solo of another", (rig) => void pushStripSolo(rig.commands, 1, true), 0, 0],
    ["send", (rig) => void pushStripSend(rig.commands, 0, 0, 1), 2, 2],
  ]
  it.each(changes)("%s goes in a straight line over 20 ms", async (_name, change, endLeft, endRight) => {
    const rig = await createRig({ sources: [source("Ann"), source("Ben")], buses: { hall: bus() } })
    renderOnes(rig, 0)
    change(rig)
    const slope = Math.max(Math.abs(endLeft - 1), Math.abs(endRight - 1)) / (RAMP_BLOCKS * blockFrames)
    const before = [1, 1]
    for (let block = 0; block < RAMP_BLOCKS; block++) {
      renderOnes(rig, 0).forEach((side, channel) => {
        expect(largestStep(side, before[channel]!)).toBeLessThan(slope * 1.01 + 1e-6)
        before[channel] = side[blockFrames - 1]!
      })
    }
    const [left, right] = renderOnes(rig, 0)
    expect(left[0]).toBeCloseTo(endLeft, 6)
    expect(right[0]).toBeCloseTo(endRight, 6)
    expect(new Set(left).size).toBe(1)
  })

  it("bus gain goes in a line too", async () => {
    const rig = await createRig({ sources: [source("Ann")], strips: { Ann: strip({ sends: { hall: 0 } }) }, buses: { hall: bus() } })
    expect(renderOnes(rig, 0)[0][0]).toBe(2)
    pushBusGain(rig.commands, 0, 0)
    expect(largestStep(renderOnes(rig, 0)[0], 2)).toBeLessThan(0.001)
    expect(settle(rig, 0)[0][0]).toBe(1)
  })

  it("starts from where the last one had come to", async () => {
    const rig = await createRig({ sources: [source("Ann")] })
    renderOnes(rig, 0)
    let before = 1
    for (let block = 0; block < 40; block++) {
      if (block % 3 === 0) pushStripGain(rig.commands, 0, block % 2)
      const [left] = renderOnes(rig, 0)
      expect(largestStep(left, before)).toBeLessThan(1.01 / (RAMP_BLOCKS * blockFrames))
      before = left[blockFrames - 1]!
    }
  })

  it("returns to bit-exact unity", async () => {
    const rig = await createRig({ sources: [source("Ann")] })
    pushStripGain(rig.commands, 0, 0.3)
    settle(rig, 0)
    pushStripGain(rig.commands, 0, 1)
    settle(rig, 0)
    fillNoise(rig.inputs[0]![0], createNoise(7))
    rig.feed(0, { mono: true })
    expect(rig.render()[0]).toEqual(rig.inputs[0]![0])
  })

  it("the master's fade goes over its own time, and back", async () => {
    const rig = await createRig({ sources: [source("Ann")] })
    pushFadeOut(rig.commands, 100)
    for (let block = 0; block < 38; block++) expect(renderOnes(rig, 0)[0][0]).toBeGreaterThan(0)
    expect(renderOnes(rig, 0)[0][0]).toBe(0)
    pushFadeIn(rig.commands, 0)
    renderOnes(rig, 0)
    expect(renderOnes(rig, 0)[0][0]).toBe(1)
  })
})

describe("mute and solo", () => {
  it("a solo silences every strip that is not solo, until the last solo goes", async () => {
    const rig = await createRig({ sources: [source("Ann"), source("Ben"), source("Cleo")] })
    const level = (): number => settle(rig, 0, 1, 2)[0][0]!
    expect(level()).toBe(3)
    pushStripSolo(rig.commands, 0, true)
    expect(level()).toBe(1)
    pushStripSolo(rig.commands, 1, true)
    expect(level()).toBe(2)
    pushStripSolo(rig.commands, 0, false)
    expect(level()).toBe(1)
    pushStripSolo(rig.commands, 1, false)
    expect(level()).toBe(3)
  })

  it("a strip that is muted and solo is not heard", async () => {
    const rig = await createRig({ sources: [source("Ann"), source("Ben")], strips: { Ann: strip({ mute: true }) } })
    pushStripSolo(rig.commands, 0, true)
    expect(settle(rig, 0, 1)[0][0]).toBe(0)
    pushStripMute(rig.commands, 0, false)
    expect(settle(rig, 0, 1)[0][0]).toBe(1)
  })

  it("mute takes the sends along, solo leaves the buses open", async () => {
    const sends = { hall: 0 }
    const rig = await createRig({ sources: [source("Ann"), source("Ben")], strips: { Ann: strip({ sends }), Ben: strip({ sends }) }, buses: { hall: bus() } })
    expect(settle(rig, 0, 1)[0][0]).toBe(4)
    pushStripSolo(rig.commands, 0, true)
    expect(settle(rig, 0, 1)[0][0]).toBe(2)
    pushStripMute(rig.commands, 0, true)
    expect(settle(rig, 0, 1)[0][0]).toBe(0)
  })
})

describe("meters", () => {
  it("are before the fader and behind the inserts", async () => {
    const rig = await createRig(
      { sources: [source("Ann")], strips: { Ann: strip({ gainDb: -60, inserts: [{ use: "scale", params: { by: 0.5 } }] }) } }, { plugins: [scale] })
    for (let block = 0; block < 2000; block++) renderOnes(rig, 0)
    const { peakDb, rmsDb, gainDb } = rig.reader.strip(0)
    expect(peakDb).toBeCloseTo(-6.02, 2)
    expect(rmsDb).toBeCloseTo(-6.02, 1)
    expect(gainDb).toBeCloseTo(-60, 6)
    expect(rig.reader.master().peakDb).toBeCloseTo(-66.02, 1)
  })

  it("let the peak fall by half in 300 ms", async () => {
    const rig = await createRig({ sources: [source("Ann")], buses: { hall: bus() } })
    renderOnes(rig, 0)
    for (let block = 0; block < 112; block++) rig.render()
    expect(rig.reader.strip(0).peakDb).toBeCloseTo(-6, 1)
    expect(rig.reader.master().peakDb).toBeCloseTo(-6, 1)
    expect(rig.reader.bus(0).peakDb).toBe(-Infinity)
  })

  it("count blocks at full scale", async () => {
    const rig = await createRig({ sources: [source("Ann"), source("Ben")], strips: { Ben: strip({ gainDb: -6, pan: 0.5 }) } })
    renderOnes(rig, 0)
    rig.inputs[0]![0].fill(0.999)
    rig.feed(0, { mono: true })
    rig.render()
    expect(rig.reader.strip(0).clipped).toBe(1)
    expect(rig.reader.master().clipped).toBe(1)
    expect(rig.reader.strip(1)).toMatchObject({ pan: 0.5, muted: false, solo: false, seat: -1, clipped: 0 })
  })
})

describe("commands about what is not there", () => {
  it.each([
    [1, 9, 1, 0, 0, 0], [1, -1, 1, 0, 0, 0], [1, 0, NaN, 0, 0, 0], [5, 0, 7, 1, 0, 0], [6, 3, 1, 0, 0, 0], [8, 50, 0, 0, 1, 0],
    [8, 0, 4, 0, 1, 0], [8, 0, 0, 9, 1, 0], [9, 0, 0, 0, 0, 0], [9, 44, 0, 0, 0, 0], [77, 0, 0, 0, 0, 0],
  ])("are refused: %d %d %d %d %d %d", async (...record) => {
    const rig = await createRig({ sources: [source("Ann")], strips: { Ann: strip({ inserts: [{ use: "puppet", params: {} }] }), Ben: strip() }, peers: 1 },
      { plugins: [createPuppet().module] })
    expect(rig.renderer.command(Float64Array.from(record))).toBe(false)
    expect(renderOnes(rig, 0)[0][0]).toBe(0.5)
  })
})
