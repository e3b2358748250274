import { describe, expect, it } from "vitest"
import { pushBind, pushStripGain, pushStripMute, pushStripSolo, seatNumber } from "../../../src/runtime/graph/commands.ts"
import { createPuppet, scale } from "./fakes.ts"
import type { Rig } from "./rig.ts"
import { blockFrames, bus, createRig, largestStep, strip } from "./rig.ts"

const parts = {
  peers: 3,
  strips: { "*": strip({ gainDb: -6.0206 }), Ann: strip({ inserts: [{ use: "scale", params: { by: 3 } }], sends: { hall: 0 } }), Ben: strip({ mute: true }) },
  buses: { hall: bus() },
}
const ANN = 0
const BEN = 1

const play = (rig: Rig, blockCount: number, ...strips: number[]): Float32Array => {
  let left: Float32Array = new Float32Array(0)
  for (let block = 0; block < blockCount; block++) {
    for (const index of strips) {
      rig.inputs[index]![0].fill(1)
      rig.feed(index, { mono: true })
    }
    ;[left] = rig.render()
  }
  return left
}

describe("a peer's strip", () => {
  it("begins with the controls of *", async () => {
    const rig = await createRig(parts, { plugins: [scale] })
    expect(play(rig, 1, 0)[0]).toBeCloseTo(0.5, 5)
  })

  it("takes a seat's chain, fader and sends, without a step", async () => {
    const rig = await createRig(parts, { plugins: [scale] })
    play(rig, 3, 0)
    pushBind(rig.commands, 0, ANN)
    let before = 0.5
    for (let block = 0; block < 12; block++) {
      const left = play(rig, 1, 0)
      // One block out from 0.5, eight blocks in to 6.
      expect(largestStep(left, before)).toBeLessThan(0.0066)
      before = left[blockFrames - 1]!
      if (block === 0) expect(before).toBeLessThan(0.01)
    }
    expect(before).toBe(6)
    expect(rig.reader.strip(0)).toMatchObject({ seat: ANN, gainDb: 0 })
  })

  it("goes back to * as it was at the start", async () => {
    const rig = await createRig(parts, { plugins: [scale] })
    pushBind(rig.commands, 0, BEN)
    expect(play(rig, 12, 0)[0]).toBe(0)
    expect(rig.reader.strip(0).muted).toBe(true)
    pushBind(rig.commands, 0, -1)
    expect(play(rig, 12, 0)[0]).toBeCloseTo(0.5, 5)
    pushStripGain(rig.commands, 0, 0.1)
    pushStripSolo(rig.commands, 0, true)
    play(rig, 12, 0)
    pushBind(rig.commands, 0, -1)
    expect(play(rig, 12, 0)[0]).toBeCloseTo(0.5, 5)
    expect(rig.reader.strip(0)).toMatchObject({ solo: false, seat: -1 })
  })

  it("follows commands that come right after its bind", async () => {
    const rig = await createRig(parts, { plugins: [scale] })
    pushBind(rig.commands, 0, ANN)
    pushStripGain(rig.commands, 0, 0.5)
    expect(play(rig, 12, 0)[0]).toBe(3)
  })
})

describe("a seat", () => {
  it("keeps its settings for who comes back, on another strip", async () => {
    const rig = await createRig(parts, { plugins: [scale] })
    pushBind(rig.commands, 0, ANN)
    pushStripGain(rig.commands, 0, 0.25)
    play(rig, 12, 0)
    pushBind(rig.commands, 0, -1)
    pushBind(rig.commands, 2, ANN)
    expect(play(rig, 12, 2)[0]).toBe(1.5)
  })

  it("can be set while nobody sits in it", async () => {
    const rig = await createRig(parts, { plugins: [scale] })
    pushStripMute(rig.commands, seatNumber(rig.plan, BEN), false)
    pushBind(rig.commands, 1, BEN)
    expect(play(rig, 12, 1)[0]).toBe(1)
  })

  it("has one place: who comes later gets it, the other one is * again", async () => {
    const rig = await createRig(parts, { plugins: [scale] })
    pushBind(rig.commands, 0, ANN)
    play(rig, 12, 0, 1)
    pushBind(rig.commands, 1, ANN)
    expect(play(rig, 12, 0, 1)[0]).toBeCloseTo(6.5, 4)
    expect([rig.reader.strip(0).seat, rig.reader.strip(1).seat]).toEqual([-1, ANN])
  })

  it("of someone solo who has gone silences nobody", async () => {
    const rig = await createRig(parts, { plugins: [scale] })
    pushBind(rig.commands, 0, ANN)
    pushStripSolo(rig.commands, 0, true)
    expect(play(rig, 12, 1)[0]).toBe(0)
    pushBind(rig.commands, 0, -1)
    expect(play(rig, 12, 1)[0]).toBeCloseTo(0.5, 5)
  })

  it("starts without the sound of who sat there before", async () => {
    const puppet = createPuppet()
    const rig = await createRig({ peers: 2, strips: { Ann: strip({ inserts: [{ use: "puppet", params: {} }] }) } }, { plugins: [puppet.module] })
    pushBind(rig.commands, 0, 0)
    play(rig, 3, 0)
    expect(puppet.resets).toBe(1)
    pushBind(rig.commands, 1, 0)
    play(rig, 3, 1)
    expect(puppet.resets).toBe(2)
  })
})
