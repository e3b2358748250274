import { describe, expect, it } from "vitest"
import { FailureCause } from "../../../src/runtime/graph/guard.ts"
import { SlotEvent } from "../../../src/runtime/graph/plugin-slot.ts"
import { createPuppet } from "./fakes.ts"
import type { Puppet } from "./fakes.ts"
import type { Rig } from "./rig.ts"
import { blockFrames, createNoise, createRig, fillNoise, largestStep, rateHz, source, strip } from "./rig.ts"

const BLOCKS_PER_SECOND = rateHz / blockFrames
const BLOCK_US = 1e6 / BLOCKS_PER_SECOND

/** Ann through the puppet (which halves), panned left; Ben plain, panned right. */
const createParty = async (stalledBefore = false): Promise<{ rig: Rig; puppet: Puppet }> => {
  const puppet = createPuppet()
  const inserts = [{ use: "puppet", params: {} }]
  const rig = await createRig(
    { sources: [source("Ann"), source("Ben")], strips: { Ann: strip({ pan: -1, inserts }), Ben: strip({ pan: 0 }) } }, { plugins: [puppet.module] })
  if (stalledBefore) {
    puppet.act = () => void (rig.clock.us += 5.1 * BLOCK_US)
    playAnn(rig, 0)
    puppet.act = () => {}
    puppet.calls.length = 0
  }
  return { rig, puppet }
}

const LEFT_GAIN = Math.fround(Math.SQRT2)

/** A block of ones of Ann; returns what is heard of her. */
const playAnn = (rig: Rig, value = 1): Float32Array => {
  rig.inputs[0]![0].fill(value)
  rig.feed(0, { mono: true })
  return rig.render()[0].map((sample) => sample / LEFT_GAIN)
}

const ways: readonly (readonly [string, number, (rig: Rig) => Puppet["act"]])[] = [
  ["throws", FailureCause.threw, () => () => { throw new Error("broken") }],
  ["sends NaN", FailureCause.notFinite, () => (output) => void (output[0]![127] = NaN)],
  ["sends infinity", FailureCause.notFinite, () => (output) => void (output[0]![0] = -Infinity)],
  ["runs away", FailureCause.runaway, () => (output) => void (output[0]![3] = 65)],
  ["stalls again", FailureCause.slow, (rig) => () => void (rig.clock.us += 5.1 * BLOCK_US)],
]

describe.each(ways)("a plugin that %s", (_name, cause, way) => {
  it("is dry within the same block, joined without a click", async () => {
    const { rig, puppet } = await createParty(cause === FailureCause.slow)
    expect(playAnn(rig)[0]).toBeCloseTo(0.5, 6)
    puppet.act = way(rig)
    const failed = playAnn(rig)
    expect(failed[0]).toBeCloseTo(0.5, 6)
    expect(largestStep(failed, 0.5)).toBeLessThan(0.5 / 60)
    expect(failed[64]).toBeCloseTo(1, 6)
    expect(playAnn(rig)[0]).toBeCloseTo(1, 6)
  })

  it("is told to the journal and in its statistics", async () => {
    const { rig, puppet } = await createParty(cause === FailureCause.slow)
    puppet.act = way(rig)
    rig.clock.us = 1000
    playAnn(rig)
    expect(rig.journalRecords()).toEqual([[rig.clock.us, SlotEvent.bypassed, 0, 0, cause, 0]])
    expect(rig.reader.slot(0, 0)).toMatchObject({ state: "bypassed", failures: 1, cause })
    expect(rig.renderer.thrown(0, 0)).toEqual(cause === FailureCause.threw ? new Error("broken") : undefined)
  })

  it("leaves the others bit-exact", async () => {
    const { rig, puppet } = await createParty(cause === FailureCause.slow)
    const noise = createNoise(3)
    for (let block = 0; block < 10; block++) {
      if (block === 4) puppet.act = way(rig)
      fillNoise(rig.inputs[1]![0], noise)
      fillNoise(rig.inputs[1]![1], noise)
      rig.feed(1)
      rig.inputs[0]![0].fill(0)
      rig.feed(0, { mono: true })
      const [left, right] = rig.render()
      // Ann is silent but at work; where her dry zeros come back, nothing of Ben may change.
      expect(left).toEqual(rig.inputs[1]![0])
      expect(right).toEqual(rig.inputs[1]![1])
    }
    expect(puppet.calls.length).toBe(5)
  })

  it("is tried again after a second: reset, faded in, told", async () => {
    const { rig, puppet } = await createParty(cause === FailureCause.slow)
    playAnn(rig)
    puppet.act = way(rig)
    playAnn(rig)
    puppet.act = () => {}
    rig.journalRecords()
    for (let block = 0; block < BLOCKS_PER_SECOND - 1; block++) playAnn(rig)
    expect(puppet.calls.length).toBe(2)
    let before = 1
    for (let block = 0; block < 9; block++) {
      const heard = playAnn(rig)
      expect(largestStep(heard, before)).toBeLessThan(0.51 / (8 * blockFrames))
      before = heard[blockFrames - 1]!
    }
    expect(before).toBeCloseTo(0.5, 6)
    expect(puppet.resets).toBe(1)
    expect(rig.journalRecords()).toEqual([[rig.clock.us, SlotEvent.restored, 0, 0, 0, 0]])
    expect(rig.reader.slot(0, 0).state).toBe("running")
  })
})

describe("a plugin that never recovers", () => {
  it("is tried five times, each wait twice as long, then left out for good", async () => {
    const { rig, puppet } = await createParty()
    puppet.act = () => { throw new Error("broken") }
    const tries: number[] = []
    for (let block = 0; block < 40 * BLOCKS_PER_SECOND; block++) {
      const calls = puppet.calls.length
      playAnn(rig)
      if (puppet.calls.length > calls) tries.push(block / BLOCKS_PER_SECOND)
    }
    expect(tries).toEqual([0, 1, 3, 7, 15, 31])
    expect(rig.journalRecords().map((record) => record[1])).toEqual([
      ...Array.from({ length: 5 }, () => SlotEvent.bypassed), SlotEvent.abandoned,
    ])
    expect(rig.reader.slot(0, 0)).toMatchObject({ state: "abandoned", failures: 6 })
    expect(playAnn(rig)[0]).toBeCloseTo(1, 6)
  })

  it("stays dry bit by bit when a try fails at once", async () => {
    const { rig, puppet } = await createParty()
    puppet.act = () => { throw new Error("broken") }
    for (let block = 0; block < BLOCKS_PER_SECOND * 1.5; block++) {
      const heard = playAnn(rig, block % 2 === 0 ? 1 : -1)
      expect(new Set(heard).size).toBe(1)
    }
    expect(puppet.calls.length).toBe(2)
  })
})

describe("time", () => {
  it("a call of more than half a block is forgiven 19 times running, not 20", async () => {
    const { rig, puppet } = await createParty()
    puppet.act = () => void (rig.clock.us += 0.6 * BLOCK_US)
    for (let block = 0; block < 19; block++) playAnn(rig)
    puppet.act = () => {}
    playAnn(rig)
    puppet.act = () => void (rig.clock.us += 0.6 * BLOCK_US)
    for (let block = 0; block < 19; block++) playAnn(rig)
    expect(rig.journalRecords()).toEqual([])
    playAnn(rig)
    expect(rig.journalRecords().map((record) => [record[1], record[4]])).toEqual([[SlotEvent.bypassed, FailureCause.slow]])
  })

  it("a stall of more than five blocks is forgiven once in ten seconds", async () => {
    const { rig, puppet } = await createParty()
    const stall = (): void => {
      puppet.act = () => void (rig.clock.us += 5.1 * BLOCK_US)
      playAnn(rig)
      puppet.act = () => {}
    }
    stall()
    for (let block = 0; block < 10.1 * BLOCKS_PER_SECOND; block++) playAnn(rig)
    stall()
    expect(rig.journalRecords()).toEqual([])
    for (let block = 0; block < 9.9 * BLOCKS_PER_SECOND; block++) playAnn(rig)
    stall()
    expect(rig.journalRecords().map((record) => [record[1], record[4]])).toEqual([[SlotEvent.bypassed, FailureCause.slow]])
  })

  it("is in the statistics", async () => {
    const { rig, puppet } = await createParty()
    let calls = 0
    puppet.act = () => void (rig.clock.us += ++calls % 500 === 0 ? 900 : 20)
    for (let block = 0; block < 2000; block++) playAnn(rig)
    const stats = rig.reader.slot(0, 0)
    expect(stats.calls).toBe(2000)
    expect(stats.worstUs).toBe(900)
    expect(stats.p50Us).toBeGreaterThan(20)
    expect(stats.p50Us).toBeLessThan(24)
    expect(stats.p999Us).toBe(900)
  })
})

describe("what is not the plugin's fault", () => {
  it("input that is no number gives silence, no failure, and a reset", async () => {
    const { rig, puppet } = await createParty()
    playAnn(rig)
    expect(playAnn(rig, NaN)).toEqual(new Float32Array(blockFrames))
    expect(rig.journalRecords()).toEqual([])
    expect(playAnn(rig)[0]).toBeCloseTo(0.5, 6)
    expect(puppet.resets).toBe(1)
  })

  it("half a minute of good work makes old failures forgotten", async () => {
    const { rig, puppet } = await createParty()
    const failOnce = (): void => {
      puppet.act = () => { throw new Error("broken") }
      playAnn(rig)
      puppet.act = () => {}
    }
    failOnce()
    for (let block = 0; block < 32 * BLOCKS_PER_SECOND; block++) playAnn(rig)
    failOnce()
    const calls = puppet.calls.length
    for (let block = 0; block < BLOCKS_PER_SECOND; block++) playAnn(rig)
    expect(puppet.calls.length).toBe(calls + 1)
  })
})
