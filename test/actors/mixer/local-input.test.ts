import { describe, expect, it } from "vitest"
import { createLocalInput } from "../../../src/actors/mixer/local-input.ts"
import { createBlockReader, createBlockWriter, presetBlockRing } from "../../../src/runtime/ring/block-ring.ts"
import { twinSide } from "../../runtime/dsp/kernels.ts"

const BLOCK = 64
const ROUNDS_PER_SECOND = 100
const AT = 4096

/** A source whose block number n holds n everywhere, right 1000 more; what comes out of a round is the first and the last frame. */
const make = (channelCount: 1 | 2 = 1) => {
  const side = twinSide()
  const plan = { at: AT, capacity: 64, channelCount, blockFrames: BLOCK }
  presetBlockRing(side.memory, plan, 2 ** 31 - 20)
  const writer = createBlockWriter(side.memory, plan)
  const reader = createBlockReader(side.memory, plan)
  const input = createLocalInput(side.dsp, reader, channelCount, BLOCK, ROUNDS_PER_SECOND)
  let written = 0
  const put = (count: number): void => {
    for (let i = 0; i < count; i++) {
      const slot = writer.claim()
      if (slot < 0) throw new Error("the test writes more than the ring holds")
      for (let channel = 0; channel < channelCount; channel++) {
        const at = (writer.address(slot) + channel * writer.planeBytes) >> 2
        side.f32.fill(written + channel * 1000, at, at + BLOCK)
      }
      written++
      writer.commit(0)
    }
  }
  const round = (): readonly number[] | undefined => {
    const left = input.take()
    const at = left >> 2
    const heard = left === 0 ? undefined
      : Array.from({ length: channelCount }, (_, channel) => [side.f32[at + channel * BLOCK]!, side.f32[at + channel * BLOCK + BLOCK - 1]!]).flat()
    input.done()
    return heard
  }
  return { input, reader, put, round, take: input.take, done: input.done }
}

it("gives a block a round, in order, as long as each comes in time", () => {
  const { input, put, round } = make()
  for (let count = 0; count < 200; count++) {
    put(1)
    expect(round()).toEqual([count, count])
  }
  expect([...input.counts]).toEqual([0, 0])
})

it("gives both sides of a stereo source", () => {
  const { put, round } = make(2)
  put(1)
  expect(round()).toEqual([0, 0, 1000, 1000])
})

it("waits for the first block in silence, which counts as no underrun", () => {
  const { input, put, round } = make()
  for (let i = 0; i < 10; i++) expect(round()).toBeUndefined()
  put(1)
  expect(round()).toEqual([0, 0])
  expect([...input.counts]).toEqual([0, 0])
})

it("begins with the newest of what piled up before", () => {
  const { put, round, reader } = make()
  put(30)
  expect(round()).toEqual([29, 29])
  expect(reader.level()).toBe(0)
})

it("keeps a block until it is given back, and gives back only what it gave", () => {
  const { put, reader, take, done } = make()
  done()
  put(1)
  expect(take()).not.toBe(0)
  expect(reader.level()).toBe(1)
  done()
  done()
  expect(reader.level()).toBe(0)
})

describe("an empty ring", () => {
  it("is one underrun and silence, until there is one block more than before", () => {
    const { input, put, round } = make()
    put(1)
    round()
    expect([round(), round()]).toEqual([undefined, undefined])
    expect([...input.counts]).toEqual([1, 0])
    put(1)
    expect(round()).toBeUndefined()
    put(1)
    expect([round(), round()]).toEqual([[1, 1], [2, 2]])
    expect(round()).toBeUndefined()
    expect([...input.counts]).toEqual([2, 0])
  })

  it("teaches how many blocks must be held for a source that comes in bunches, and then no more is missed", () => {
    for (const bunch of [2, 3, 5, 8]) {
      const { input, put, round } = make()
      // The first seconds are for learning.
      for (let i = 0; i < 500; i++) {
        if (i % bunch === 0) put(bunch)
        round()
      }
      const learnt = input.counts[0]!
      expect(learnt).toBeLessThanOrEqual(bunch)
      for (let i = 0; i < 500; i++) {
        if (i % bunch === 0) put(bunch)
        expect(round()).toBeDefined()
      }
      expect([...input.counts]).toEqual([learnt, 0])
    }
  })

  it("never makes it wait for more than eight blocks", () => {
    const { put, round } = make()
    for (let i = 0; i < 20; i++) {
      put(9)
      while (round() !== undefined);
    }
    put(8)
    expect(round()).toBeDefined()
  })
})

describe("too full a ring", () => {
  it("loses a block by a cross-fade after ten seconds in which more than two were always there", () => {
    const { input, put, round } = make()
    put(1)
    round()
    put(3)
    let before = 0
    const skips: number[] = []
    for (let i = 0; i < 25 * ROUNDS_PER_SECOND; i++) {
      const [first, last] = round()!
      if (first !== last) {
        // One block became the one behind it.
        expect([first, last]).toEqual([before + 1, expect.closeTo(before + 2, 1)])
        skips.push(i)
        before += 2
      } else {
        expect(first).toBe(before + 1)
        before++
      }
      put(1)
    }
    expect(skips.length).toBe(1)
    expect(skips[0]).toBeGreaterThanOrEqual(9.5 * ROUNDS_PER_SECOND)
    expect([...input.counts]).toEqual([0, 1])
  })

  it("is left alone when only two were always there: so the source may stray", () => {
    const { input, put, round } = make()
    put(1)
    round()
    put(2)
    for (let i = 0; i < 25 * ROUNDS_PER_SECOND; i++) {
      expect(round()).toBeDefined()
      put(1)
    }
    expect([...input.counts]).toEqual([0, 0])
  })

  it("is emptied at once after a second in which far too many were there, both sides cross-faded", () => {
    const { input, put, round, reader } = make(2)
    put(1)
    round()
    put(20)
    let faded = 0
    for (let i = 0; i < 2 * ROUNDS_PER_SECOND; i++) {
      const [left, leftEnd, right, rightEnd] = round()!
      if (left !== leftEnd) {
        faded++
        expect(leftEnd! - left!).toBeGreaterThan(17)
        expect([right! - left!, rightEnd! - leftEnd!]).toEqual([1000, expect.closeTo(1000, 1)])
      }
      put(1)
    }
    expect(faded).toBe(1)
    expect(input.counts[0]).toBe(0)
    expect(input.counts[1]).toBeGreaterThan(17)
    expect(reader.level()).toBeLessThan(4)
  })

  it("of a source that runs fast: blocks are lost now and then, and the level stays", () => {
    const { input, put, round, reader } = make()
    // One per mille fast, ten times what crystals do.
    let owed = 0
    let most = 0
    for (let i = 0; i < 200 * ROUNDS_PER_SECOND; i++) {
      for (owed += 1.001; owed >= 1; owed--) put(1)
      expect(round()).toBeDefined()
      most = Math.max(most, reader.level())
    }
    expect(most).toBeLessThan(8)
    expect(input.counts[0]).toBe(0)
    expect(Math.abs(input.counts[1]! - 20)).toBeLessThan(6)
  })
})
