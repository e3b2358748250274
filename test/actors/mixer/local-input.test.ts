import { describe, expect, it } from "vitest"
import { BlockFlag } from "../../../src/runtime/ring/block-ring.ts"
import { BLOCK, createLocalRig, frameOf, RATE_HZ, runSession, type LocalRound } from "./local-rig.ts"

/** First frame of a round whose frames follow each other, on both sides when there are two; undefined for a silent or a mixed one. */
const firstOf = ({ flags, left, right }: LocalRound, channelCount = 1): number | undefined => {
  if ((flags & (BlockFlag.concealed | BlockFlag.waiting)) !== 0) return undefined
  const first = frameOf(left[0]!)
  for (let i = 0; i < BLOCK; i++) {
    if (frameOf(left[i]!) !== first + i || (channelCount === 2 && frameOf(right[i]!, 1) !== first + i)) return undefined
  }
  return first
}
const NOTHING = { short: 0, jumps: 0 }
const blocksOf = (seconds: number): number => Math.round((seconds * RATE_HZ) / BLOCK)

describe("on the master's clock", () => {
  it.each([1, 2] as const)("a source of %d channels is heard bit by bit from its first frame, in the round after it came", (channelCount) => {
    const rig = createLocalRig({ oneClock: true, channelCount, wish: { policy: "tight" } })
    runSession(rig, { seconds: 60, each: (round, _, index) => expect(firstOf(round, channelCount)).toBe(index * BLOCK) })
    expect(rig.counts()).toEqual(NOTHING)
    expect([rig.stat("concealedFrames"), rig.stat("insertedFrames"), rig.stat("removedFrames")]).toEqual([0, 0, 0])
  })

  it.each([2 ** 31 - 10 * BLOCK, 2 ** 32 - 10 * BLOCK, 2 ** 33 + 64])("goes on where its position wraps as a timestamp: from %d", (position) => {
    const rig = createLocalRig({ oneClock: true, position })
    runSession(rig, { seconds: 1, each: (round, _, index) => expect(firstOf(round)).toBe(index * BLOCK) })
  })

  it("is exact as well where blocks and rounds are late by turns, as long as each block comes in time", () => {
    const rig = createLocalRig({ oneClock: true })
    runSession(rig, {
      seconds: 20, ahead: 100, late: (block) => (block * 7) % 90, roundLate: (round) => (round * 11) % 60,
      each: (round, _, index) => expect(firstOf(round)).toBe(index * BLOCK),
    })
    expect(rig.counts()).toEqual(NOTHING)
  })

  it("waits for the next round where it comes only just in time", () => {
    const rig = createLocalRig({ oneClock: true })
    runSession(rig, { seconds: 10, ahead: 4, late: (block) => (block * 7) % 30, each: (round, _, index) => {
      if (index === 0) expect(round.flags & BlockFlag.waiting).not.toBe(0)
      else expect(firstOf(round)).toBe((index - 1) * BLOCK)
    } })
    expect(rig.counts()).toEqual(NOTHING)
  })
})

describe("what waits before the first round", () => {
  const started = (at: (block: number) => number) => {
    const rig = createLocalRig({ oneClock: true })
    for (let block = 0; block < 30; block++) rig.put(at(block))
    return firstOf(rig.round(30 * BLOCK))
  }
  it("is left out when it is old: the newest begins", () => {
    expect(started((block) => block * BLOCK + 64)).toBe(29 * BLOCK)
  })
  it("is heard when it has just come, in a bunch", () => {
    expect(started((block) => (block < 26 ? 0 : 30 * BLOCK - 64))).toBe(26 * BLOCK)
  })
  it("is nothing at all: silence, which is not counted", () => {
    const rig = createLocalRig()
    for (let i = 0; i < 100; i++) expect(rig.round(i * BLOCK).flags & BlockFlag.waiting).not.toBe(0)
    expect(rig.counts()).toEqual(NOTHING)
  })
})

describe("a block that comes too late", () => {
  /** Lag of each round, frames; a number of its own where the round is no run of frames. */
  const lagsOf = (lateBlocks: readonly number[], lateFrames: number, seconds: number, policy: "tight" | "safe" = "tight") => {
    const rig = createLocalRig({ oneClock: true, wish: { policy } })
    const lags: number[] = []
    runSession(rig, {
      seconds, late: (block) => (lateBlocks.includes(block) ? lateFrames : 0),
      each: (round, _, index) => lags.push(index * BLOCK - (firstOf(round) ?? NaN)),
    })
    return { rig, lags }
  }
  const broken = (lags: readonly number[]): number => lags.filter((lag) => Number.isNaN(lag)).length

  it("is heard after a gap, whole, and from then on a block more lies ready", () => {
    const { rig, lags } = lagsOf([400], 100, 8)
    expect(lags.slice(0, 400).every((lag) => lag === 0)).toBe(true)
    expect(broken(lags)).toBeLessThan(5)
    expect(lags.slice(405).every((lag) => lag === BLOCK)).toBe(true)
    expect([rig.counts().short, rig.stat("concealedFrames"), rig.stat("late")]).toEqual([1, BLOCK, 0])
  })

  it("is no gap any more the next time", () => {
    const { rig, lags } = lagsOf([400, 800, 1200], 100, 8)
    expect(rig.counts().short).toBe(1)
    expect(lags.slice(405).every((lag) => lag === BLOCK)).toBe(true)
  })

  it("by much is a stall: the delay does not grow for a second one that comes later than the policy remembers", () => {
    const { rig, lags } = lagsOf([400, 2000], 10 * BLOCK, 10)
    expect(lags.at(-1)).toBe(BLOCK)
    expect(rig.counts().short).toBeLessThan(24)
    expect(broken(lags)).toBeLessThan(rig.counts().short + 8)
  })

  it("by a block or two again and again lets the delay grow until none is, in whole blocks", () => {
    const { rig, lags } = lagsOf(Array.from({ length: 100 }, (_, i) => 400 + 20 * i), 2.2 * BLOCK, 10)
    expect(lags.at(-1)).toBe(2 * BLOCK)
    expect(rig.counts().short).toBeLessThan(8)
    for (const lag of lags) expect(Number.isNaN(lag) || lag % BLOCK === 0).toBe(true)
  })
})

describe("more than enough, on one clock,", () => {
  /** A source that from block 1000 on comes so many blocks sooner than before: its lags. */
  const sooner = (blocks: number, seconds: number) => {
    const rig = createLocalRig({ oneClock: true, wish: { policy: "tight" } })
    const lags: number[] = []
    for (let index = 0; index < 1000; index++) {
      rig.put(index * BLOCK - 64)
      rig.round(index * BLOCK)
    }
    for (let i = 0; i < blocks; i++) rig.put(1000 * BLOCK - 64)
    for (let index = 1000; index < 1000 + blocksOf(seconds); index++) {
      rig.put(index * BLOCK - 64)
      lags.push(index * BLOCK - (firstOf(rig.round(index * BLOCK)) ?? NaN))
    }
    return { rig, lags }
  }

  it("stays for some seconds, exactly, and is then taken away in whole blocks, unheard", () => {
    const { rig, lags } = sooner(3, 45)
    expect(lags.slice(0, blocksOf(6)).every((lag) => lag === 0)).toBe(true)
    expect(lags.at(-1)).toBe(-2 * BLOCK)
    expect(lags.findIndex((lag) => lag === -BLOCK)).toBeLessThan(blocksOf(30))
    expect([rig.counts(), rig.stat("concealedFrames")]).toEqual([NOTHING, 0])
  })
  it("is left alone when it is one block: so the source may stray", () => {
    expect(sooner(1, 40).lags.every((lag) => lag === 0)).toBe(true)
  })
  it("goes at once when it is far too much", () => {
    const { lags } = sooner(20, 3)
    expect(lags.slice(0, blocksOf(0.9)).filter((lag) => lag !== 0).length).toBeLessThan(12)
    expect(lags.slice(blocksOf(1.3)).every((lag) => lag === -20 * BLOCK)).toBe(true)
  })
})

describe("the end of a source", () => {
  it("is silence after its last frame, and no gap", () => {
    const rig = createLocalRig({ oneClock: true, channelCount: 2 })
    for (let block = 0; block < 1000; block++) {
      rig.put(block * BLOCK - 64)
      expect(firstOf(rig.round(block * BLOCK), 2)).toBe(block * BLOCK)
    }
    rig.setState("ended")
    for (let block = 1000; block < 2000; block++) {
      const { left, right } = rig.round(block * BLOCK)
      expect([...left, ...right].every((sample) => Math.abs(sample) < 1e-9)).toBe(true)
    }
    expect(rig.round(2000 * BLOCK).flags & BlockFlag.waiting).not.toBe(0)
    expect([rig.counts(), rig.stat("concealedFrames")]).toEqual([NOTHING, 0])
  })

  it("comes through the buffer to its last frame where the clocks differ", () => {
    const rig = createLocalRig({ signal: () => 0.5 })
    runSession(rig, { seconds: 20, ppm: 200 })
    const left = rig.stat("bufferLevelFrames") - BLOCK
    expect(left).toBeGreaterThan(0)
    rig.setState("ended")
    const frames = Array.from({ length: 200 }, (_, block) => [...rig.round((blocksOf(20) + block) * BLOCK).left]).flat()
    expect([rig.counts(), rig.stat("concealedFrames")]).toEqual([NOTHING, 0])
    // The filter rings where it ends.
    expect(frames.slice(0, left - 13).every((sample) => Math.abs(sample - 0.5) < 0.05)).toBe(true)
    expect(frames.slice(left + 13).every((sample) => Math.abs(sample) < 1e-6)).toBe(true)
  })

  it("of a device that is lost dies away without a count, and another timeline begins with its first frame", () => {
    const rig = createLocalRig({ oneClock: true })
    for (let block = 0; block < 1000; block++) {
      rig.put(block * BLOCK - 64)
      rig.round(block * BLOCK)
    }
    rig.setState("lost")
    let at = 1000
    const dying = Array.from({ length: 40 }, () => rig.round(at++ * BLOCK))
    expect(Math.abs(dying[0]!.left[0]!)).toBeGreaterThan(1e-4)
    expect(dying.at(-1)!.flags & BlockFlag.waiting).not.toBe(0)
    expect([rig.counts(), rig.stat("concealedFrames")]).toEqual([NOTHING, 0])
    rig.setState("live")
    // The device's first block is faded in.
    for (let i = 0; i < 10; i++, at++) {
      rig.put(at * BLOCK - 64, i === 0 ? 5000 : 0)
      const first = firstOf(rig.round(at * BLOCK))
      if (i > 2) expect(first).toBe((6000 + i) * BLOCK)
    }
  })
})

describe("a source that was away", () => {
  /** 1000 blocks, then none for some; then each round one again, of which the first `leaveOut` never were. */
  const away = (rounds: number, leaveOut: number) => {
    const rig = createLocalRig({ oneClock: true })
    for (let block = 0; block < 1000; block++) {
      rig.put(block * BLOCK - 64)
      rig.round(block * BLOCK)
    }
    for (let i = 0; i < rounds; i++) rig.round((1000 + i) * BLOCK)
    return Array.from({ length: 100 }, (_, i) => {
      const index = 1000 + rounds + i
      rig.put(index * BLOCK - 64, i === 0 ? leaveOut : 0)
      return index * BLOCK - (firstOf(rig.round(index * BLOCK)) ?? NaN)
    })
  }
  const within = 5

  it.each([20, 200])("goes on where it would be, at the delay that it had but for the gap's block: after %d blocks", (count) => {
    expect(away(count, count).slice(within).every((lag) => lag === BLOCK)).toBe(true)
  })
  it.each([0, 3000])("goes on at once when its timeline has jumped meanwhile: %d blocks instead of 200", (leaveOut) => {
    const lags = away(200, leaveOut)
    expect(lags.slice(within).every((lag) => lag === (200 - leaveOut) * BLOCK)).toBe(true)
  })

  it("and brings all at once keeps its timeline: what is late is left out, the delay is what it was but for the gap's block", () => {
    const rig = createLocalRig({ oneClock: true, wish: { policy: "tight" } })
    const lags: number[] = []
    runSession(rig, {
      seconds: 8, late: (block) => (block >= 1000 && block < 1050 ? (1050 - block) * BLOCK : 0),
      each: (round, _, index) => lags.push(index * BLOCK - (firstOf(round) ?? NaN)),
    })
    expect(lags.slice(1055).every((lag) => lag === BLOCK)).toBe(true)
  })
})

describe("the mixer", () => {
  it("begins anew in a new thread with the newest block, at once and exactly", () => {
    const rig = createLocalRig({ oneClock: true })
    let block = 0
    for (; block < 500; block++) {
      rig.put(block * BLOCK - 64)
      rig.round(block * BLOCK)
    }
    for (; block < 540; block++) rig.put(block * BLOCK - 64)
    rig.restart()
    for (; block < 700; block++) {
      rig.put(block * BLOCK - 64)
      expect(firstOf(rig.round(block * BLOCK))).toBe(block * BLOCK)
    }
    expect(rig.counts()).toEqual(NOTHING)
  })

  it("passes by rounds that never were, and so does the source", () => {
    const rig = createLocalRig({ oneClock: true })
    for (let block = 0; block < 500; block++) {
      rig.put(block * BLOCK - 64)
      rig.round(block * BLOCK)
    }
    for (let block = 500; block < 540; block++) rig.put(block * BLOCK - 64)
    rig.skip(40)
    for (let block = 540; block < 700; block++) {
      rig.put(block * BLOCK - 64)
      expect(firstOf(rig.round(block * BLOCK))).toBe(block * BLOCK)
    }
    expect(rig.counts()).toEqual(NOTHING)
  })
})

describe("what is wished", () => {
  it("of a kept delay is kept, to a block, and exact", () => {
    const rig = createLocalRig({ oneClock: true, wish: { delayMs: 20 } })
    let lag = NaN
    runSession(rig, { seconds: 4, each: (round, _, index) => { lag = index * BLOCK - (firstOf(round) ?? NaN) } })
    expect(lag).toBeGreaterThanOrEqual((20 * RATE_HZ) / 1000 - BLOCK)
    expect(lag).toBeLessThan((20 * RATE_HZ) / 1000 + BLOCK)
    expect(rig.counts()).toEqual(NOTHING)
  })

  it("while it runs is followed: a kept delay, and the policy again", () => {
    const rig = createLocalRig({ wish: { policy: "tight" } })
    const delayMs = (): number => rig.stat("currentDelayUs") / 1000
    let at = 0
    const run = (seconds: number): void => {
      for (const end = at + blocksOf(seconds); at < end; at++) {
        rig.put(at * BLOCK - 64)
        rig.round(at * BLOCK)
      }
    }
    run(20)
    const before = delayMs()
    expect(before).toBeLessThan(6)
    rig.setWish({ delayMs: 30 })
    run(20)
    expect(delayMs()).toBeGreaterThan(29)
    rig.setWish({ policy: "tight" })
    run(30)
    expect(Math.abs(delayMs() - before)).toBeLessThan(1)
    expect(rig.stat("concealedFrames")).toBe(0)
  })

  it("as the least delay holds on the master's clock, too", () => {
    const rig = createLocalRig({ oneClock: true, wish: { policy: "tight", minMs: 15 } })
    let lag = NaN
    runSession(rig, { seconds: 4, each: (round, _, index) => { lag = index * BLOCK - (firstOf(round) ?? NaN) } })
    expect(lag).toBeGreaterThanOrEqual((15 * RATE_HZ) / 1000 - BLOCK)
  })
})
