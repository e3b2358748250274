import { describe, expect, it } from "vitest"
import { pushParam } from "../../../src/runtime/graph/commands.ts"
import { BlockFlag, BlockMeta } from "../../../src/runtime/ring/block-ring.ts"
import { createPuppet, delay, scale, tap } from "./fakes.ts"
import type { Rig } from "./rig.ts"
import { blockFrames, bus, createNoise, createRig, fillNoise, largestStep, source, strip } from "./rig.ts"

const use = (id: string, params = {}) => ({ use: id, params })

const playOnes = (rig: Rig, mono = true): Float32Array => {
  rig.inputs[0]!.forEach((plane) => plane.fill(1))
  rig.feed(0, { mono })
  return rig.render()[0]
}

describe("processors", () => {
  it("work in order", async () => {
    const puppet = createPuppet()
    puppet.act = ([output]) => output!.forEach((sample, i) => void (output![i] = sample + 1))
    const heard = async (...ids: string[]): Promise<number | undefined> => {
      const inserts = ids.map((id) => use(id, { by: 2 }))
      return playOnes(await createRig({ sources: [source("Ann", 1)], strips: { Ann: strip({ inserts }) } }, { plugins: [puppet.module, scale] }))[0]
    }
    expect(await heard("scale", "puppet")).toBe(2)
    expect(await heard("puppet", "scale")).toBe(3)
  })

  it.each([0, 1, 2, 3, 4])("%i in a row work on strip, bus and master", async (count) => {
    const inserts = Array.from({ length: count }, (_, index) => use("scale", { by: [2, 0.5, 1.5, 0.75][index] }))
    const product = inserts.reduce((value, { params }) => value * (params as { by: number }).by, 1)
    const rig = await createRig(
      { sources: [source("Ann")], strips: { Ann: strip({ inserts, sends: { hall: 0 } }) }, buses: { hall: bus({ inserts }) }, master: bus({ inserts }) },
      { plugins: [scale] })
    expect(playOnes(rig)[0]).toBe((product + product * product) * product)
    expect(playOnes(rig, false)[0]).toBe((product + product * product) * product)
  })

  it("stay mono for a mono block, and see the party's position", async () => {
    const puppet = createPuppet()
    const rig = await createRig({ sources: [source("Ann")], strips: { Ann: strip({ inserts: [use("puppet")] }) } }, { plugins: [puppet.module] })
    rig.position = 2 ** 33
    playOnes(rig)
    playOnes(rig, false)
    playOnes(rig)
    expect(puppet.calls).toEqual([
      { channelCount: 1, position: 2 ** 33 },
      { channelCount: 2, position: 2 ** 33 + 128 },
      { channelCount: 1, position: 2 ** 33 + 256 },
    ])
    expect(puppet.resets).toBe(2)
  })

  it("activated for stereo alone take a mono block as stereo", async () => {
    const puppet = createPuppet()
    const rig = await createRig({ sources: [source("Ann", 2)], strips: { Ann: strip({ inserts: [use("puppet")] }) } }, { plugins: [puppet.module] })
    expect(playOnes(rig)[0]).toBe(0.5)
    expect(puppet.calls[0]!.channelCount).toBe(2)
    expect(puppet.active).toBe(1)
  })
})

describe("rest", () => {
  it("comes when the input is silent and the tail has rung out, and ends with sound", async () => {
    const puppet = createPuppet("puppet", 3 * blockFrames)
    const rig = await createRig({ sources: [source("Ann")], strips: { Ann: strip({ inserts: [use("puppet")] }) } }, { plugins: [puppet.module] })
    for (let block = 0; block < 10; block++) rig.render()
    expect(puppet.calls.length).toBe(0)
    playOnes(rig)
    for (let block = 0; block < 10; block++) rig.render()
    expect(puppet.calls.length).toBe(4)
    expect(playOnes(rig)[0]).toBe(0.5)
  })

  it("waits for sound that is longer than the tail that was promised", async () => {
    const puppet = createPuppet("puppet", 0)
    puppet.act = (outputs) => outputs.forEach((output) => output.fill(0.25))
    const rig = await createRig({ sources: [source("Ann")], strips: { Ann: strip({ inserts: [use("puppet")] }) } }, { plugins: [puppet.module] })
    playOnes(rig)
    for (let block = 0; block < 10; block++) expect(rig.render()[0][0]).toBe(0.25)
  })

  it("lets what a delay holds come out", async () => {
    const rig = await createRig({ sources: [source("Ann")], strips: { "Ann": strip({ inserts: [use("delay"), use("delay")] }) }, master: bus({ inserts: [use("delay")] }) },
      { plugins: [delay] })
    playOnes(rig)
    const heard = Array.from({ length: 5 }, () => rig.render()[0][0])
    expect(heard).toEqual([0, 0, 1, 0, 0])
  })

  it("never comes to a plugin without end", async () => {
    const puppet = createPuppet("puppet", Infinity)
    const rig = await createRig({ master: bus({ inserts: [use("puppet")] }) }, { plugins: [puppet.module] })
    for (let block = 0; block < 10; block++) rig.render()
    expect(puppet.calls.length).toBe(10)
  })
})

describe("parameters", () => {
  const createScaled = async (): Promise<Rig> =>
    createRig({ sources: [source("Ann")], strips: { Ann: strip({ inserts: [use("scale", { by: 1 })] }) } }, { plugins: [scale] })

  it("go in a straight line over 20 ms", async () => {
    const rig = await createScaled()
    playOnes(rig)
    pushParam(rig.commands, 0, 0, 0, 3)
    let before = 1
    for (let block = 0; block < 8; block++) {
      const heard = playOnes(rig)
      expect(largestStep(heard, before)).toBeLessThan((2 / (8 * blockFrames)) * 1.01)
      before = heard[blockFrames - 1]!
    }
    expect(new Set(playOnes(rig))).toEqual(new Set([3]))
  })

  it("are held within their range", async () => {
    const rig = await createScaled()
    pushParam(rig.commands, 0, 0, 0, 1000)
    for (let block = 0; block < 8; block++) playOnes(rig)
    expect(playOnes(rig)[0]).toBe(8)
  })

  it("that are a choice step at the block's start", async () => {
    const rig = await createScaled()
    playOnes(rig)
    pushParam(rig.commands, 0, 0, 1, 1)
    expect(new Set(playOnes(rig))).toEqual(new Set([-1]))
  })

  it.each([[1, 2], [1, 0.5], [1, -1], [2, 1], [3, 0], [0, NaN]])("refuse what they cannot be: %i, %f", async (param, value) => {
    const rig = await createScaled()
    expect(rig.renderer.command(Float64Array.of(8, 0, 0, param, value, 0))).toBe(false)
    expect(playOnes(rig)[0]).toBe(1)
  })
})

describe("taps", () => {
  const createTapped = async (tapCapacity?: number): Promise<Rig> =>
    createRig({
      sources: [source("Ann")],
      strips: { Ann: strip({ gainDb: -20, inserts: [use("tap"), use("scale", { by: 2 }), use("tap")] }) },
      master: bus({ inserts: [use("tap")] }),
    }, { plugins: [tap, scale], ...(tapCapacity === undefined ? {} : { tapCapacity }) })

  it("get every block where they stand, with its position, level and flags", async () => {
    const rig = await createTapped()
    rig.position = 12_800
    const noise = createNoise(9)
    for (let block = 0; block < 200; block++) {
      const mono = block % 3 === 0
      const [left, right] = rig.inputs[0]!
      fillNoise(left, noise, 0.4)
      fillNoise(right, noise, 0.4)
      rig.feed(0, { mono, flags: block % 5 === 0 ? BlockFlag.concealed : 0 })
      rig.render()
      const flags = (mono ? BlockFlag.mono : 0) | (block % 5 === 0 ? BlockFlag.concealed : 0)
      rig.taps.forEach((ring, index) => {
        const slot = ring.peek()
        expect(slot).toBeGreaterThanOrEqual(0)
        expect(ring.read(slot)).toBe(index < 2 ? flags : 0)
        expect(ring.meta[BlockMeta.position]).toBe(12_800 + block * blockFrames)
        expect(ring.meta[BlockMeta.stampUs]).toBeNaN()
        const planes = [0, 1].map((channel) => new Float32Array(rig.memory.buffer, ring.address(slot) + channel * ring.planeBytes, blockFrames))
        const sides = mono ? [left, left] : [left, right]
        if (index < 2) planes.forEach((plane, channel) => expect(plane).toEqual(sides[channel]!.map((sample) => sample * (index + 1))))
        else planes.forEach((plane, channel) => expect(plane).toEqual(rig.outputs[channel]))
        const peak = planes.reduce((most, plane) => plane.reduce((value, sample) => Math.max(value, Math.abs(sample)), most), 0)
        expect(ring.meta[BlockMeta.level]).toBe(peak)
        ring.release()
      })
    }
    expect(rig.taps.map((ring) => ring.level())).toEqual([0, 0, 0])
  })

  it("get silence with the flags of a strip that waits", async () => {
    const rig = await createTapped()
    rig.render()
    const [ring] = rig.taps
    const slot = ring!.peek()
    expect(ring!.read(slot)).toBe(BlockFlag.waiting)
    expect(new Float32Array(rig.memory.buffer, ring!.address(slot), 2 * blockFrames)).toEqual(new Float32Array(2 * blockFrames))
  })

  it("whose ring is full lose the block, counted, while the sound goes on", async () => {
    const rig = await createTapped(2)
    for (let block = 0; block < 5; block++) expect(playOnes(rig)[0]).toBeCloseTo(0.2, 6)
    expect(rig.reader.slot(0, 0).dropped).toBe(3)
    const ring = rig.taps[0]!
    const positions = []
    for (let i = 0; i < 3; i++) {
      const slot = ring.peek()
      if (slot >= 0) {
        ring.read(slot)
        positions.push(ring.meta[BlockMeta.position])
        ring.release()
      }
      playOnes(rig)
    }
    expect(positions).toEqual([0, 128, 640])
  })
})
