/** Where a stream pauses, begins anew, jumps, changes: what is heard, from when on, and after how long a wait. */
import { describe, expect, it } from "vitest"
import { Belonging, createTimeline } from "../../../src/runtime/jitter/timeline.ts"
import { STORE_FRAMES } from "../../../src/runtime/jitter/sample-store.ts"
import { BlockFlag } from "../../../src/runtime/ring/block-ring.ts"
import { createRandom } from "../dsp/kernels.ts"
import { BLOCK, createRig, frameOf, heardFrames, isWhole, join, numbered, RATE_HZ, sharpness, steady, tone, type Heard } from "./rig.ts"

const DELAY = 480
const isSilent = (flags: number): boolean => (flags & BlockFlag.silent) !== 0

/** That frames `from` to `until` of the sender are heard, all of them, `offset` frames after they were sent or up to a block more. */
const expectHeard = (heard: readonly Heard[], from: number, until: number): void => {
  const there = new Set(heard.map(({ frame }) => frame))
  for (let frame = from; frame < until; frame++) if (!there.has(frame & 0xffff)) expect.fail(`frame ${frame} was not heard`)
}

describe("a timeline", () => {
  it.each([0, 2 ** 31, 2 ** 32 - 50, 123_456_789])("that begins at %i knows its newest timestamp, whatever comes after it", (start) => {
    const timeline = createTimeline()
    expect(timeline.known()).toBe(false)
    timeline.begin(start | 0)
    expect(timeline.known()).toBe(true)
    expect([-5, 5, 0, 300, -200].map((ahead) => timeline.follow((start + ahead) | 0))).toEqual([false, true, false, true, false])
    expect(timeline.newest()).toBe((start + 300) | 0)
  })

  it("goes round 2^32 three times, and every step of it is near", () => {
    const timeline = createTimeline()
    timeline.begin(0)
    const hop = 16_000
    const hops = Math.ceil((3 * 2 ** 32) / hop)
    let strange = 0
    for (let i = 1; i <= hops; i++) {
      if (timeline.judge((i * hop) | 0, 128) !== Belonging.near || !timeline.follow((i * hop) | 0)) strange++
    }
    expect([strange, timeline.newest()]).toEqual([0, (hops * hop) | 0])
  })

  it("reaches half a store to either side, and ahead as far as time has passed", () => {
    const timeline = createTimeline()
    timeline.begin(0)
    const half = STORE_FRAMES / 2
    const near = (ahead: number, elapsed: number): boolean => timeline.judge(ahead | 0, elapsed) === Belonging.near
    expect([near(half, 0), near(-half, 0), near(half + 1, 0), near(-half - 1, 0), near(2 ** 31, 0)]).toEqual([true, true, false, false, false])
    expect([near(half + 1000, 1000), near(half + 1001, 1000), near(-half - 1, 1000)]).toEqual([true, false, false])
  })

  it("forgets strangers when one of its own comes", () => {
    const timeline = createTimeline()
    timeline.begin(0)
    expect([5e6, 5e6 + 128].map((timestamp) => timeline.judge(timestamp, 0))).toEqual([Belonging.far, Belonging.far])
    timeline.follow(128)
    expect([5e6, 5e6 + 128, 5e6 + 256].map((timestamp) => timeline.judge(timestamp, 0))).toEqual([Belonging.far, Belonging.far, Belonging.jumped])
  })
})

describe("a pause", () => {
  const resume = (gapFrames: number, timestampsGoOn: boolean) => {
    const rig = createRig({ delayFrames: DELAY })
    const first = steady(100, BLOCK)
    const begin = 100 * BLOCK + gapFrames
    const second = steady(100, BLOCK, begin).map((packet) => (timestampsGoOn ? packet : { ...packet, timestamp: packet.frame - gapFrames }))
    return { rig, begin, blocks: rig.play([...first, ...second], begin + 100 * BLOCK) }
  }

  /** That the pause is silent, and what follows is heard with the delay asked for, from `from` on. */
  const expectResumed = ({ begin, blocks }: ReturnType<typeof resume>, from: number): void => {
    // What is heard dies away for 70 ms.
    const inPause = blocks.filter(({ at }) => at > 100 * BLOCK + DELAY + 2 * BLOCK + 3360 && at < begin)
    expect(inPause.length).toBeGreaterThan(20)
    expect(inPause.every((block) => block.left.every((sample) => sample === 0))).toBe(true)
    const after = heardFrames(blocks.filter(({ at }) => at > from))
    expectHeard(after, from, begin + 90 * BLOCK)
    for (const { frame, at } of after.filter((__, i) => i % BLOCK === 0)) {
      const sent = begin + ((frame - begin) & 0xffff)
      expect(at - sent - BLOCK).toBeGreaterThanOrEqual(DELAY - 1)
      expect(at - sent - BLOCK).toBeLessThan(DELAY + BLOCK + 1)
    }
  }

  it.each([[0.2, 9600], [0.7, 33_600], [2, 96_000], [20, 960_000]])("of %f s is silent, and what follows is heard at once, faded in over 5 ms, with the delay asked for", (_, gapFrames) => {
    const resumed = resume(gapFrames, true)
    expectResumed(resumed, resumed.begin + 3 * BLOCK)
    const { rig } = resumed
    expect([rig.stat("slips"), rig.stat("resets"), rig.stat("discarded"), rig.stat("late")]).toEqual([0, 0, 0, 0])
  })

  it.each([[0.7, 33_600], [20, 960_000]])("of %f s in which the sender's timeline stood still is silent; a tenth of a second later all is heard, with the delay asked for", (_, gapFrames) => {
    const resumed = resume(gapFrames, false)
    expectResumed(resumed, resumed.begin + 4800)
    const { rig } = resumed
    expect([rig.stat("slips"), rig.stat("resets"), rig.stat("discarded")]).toEqual([0, 1, 0])
  })

  it("of more than a fifth of a second is told as waiting, not as concealed", () => {
    const { rig, begin, blocks } = resume(96_000, true)
    const late = blocks.filter(({ at }) => at > 100 * BLOCK + 11_000 && at < begin)
    expect(late.every((block) => (block.flags & BlockFlag.waiting) !== 0 && isSilent(block.flags))).toBe(true)
    expect(rig.stat("concealedFrames")).toBeLessThanOrEqual(9600 + 2 * BLOCK)
  })
})

describe("a sender that begins anew", () => {
  it("told by reset: the old sound dies away without a click, the new stream is heard from its timestamps on, whatever they are", () => {
    const rig = createRig({ delayFrames: DELAY, signal: tone(440), layout: { bytesPerSample: 3, channelCount: 1 } })
    const before = rig.play(steady(100, BLOCK), 100 * BLOCK + 1)
    rig.buffer.reset()
    const packets = steady(100, BLOCK, 100 * BLOCK)
    const after = rig.play(packets.map((packet) => ({ ...packet, timestamp: (packet.frame * 1 + 0x7ffffff0) | 0 })), 200 * BLOCK)
    const samples = join([...before, ...after])
    expect(sharpness(samples, 5000, 100 * BLOCK + 400) / sharpness(samples, 5000, 12_000)).toBeLessThan(4)
    expect(after.filter(isWhole).length).toBeGreaterThan(90)
    expect(rig.stat("concealedFrames")).toBe(0)
  })

  it("told by its timestamps alone: two packets are doubted, the third is followed", () => {
    const rig = createRig({ delayFrames: DELAY })
    const jumped = steady(200, BLOCK).map((packet, i) => (i < 100 ? packet : { ...packet, timestamp: (packet.frame + 1_000_000_000) | 0 }))
    const heard = heardFrames(rig.play(jumped, 200 * BLOCK))
    expectHeard(heard, 103 * BLOCK, 190 * BLOCK)
    expect([rig.stat("discarded"), rig.stat("resets"), rig.stat("slips")]).toEqual([2, 1, 0])
  })

  it.each([
    ["ahead", 5000, 0.1], ["back", -5000, 0.8],
  ] as const)("whose timestamps jump %s within reach is followed while nothing is heard", (_, jump, seconds) => {
    const rig = createRig({ delayFrames: DELAY })
    const turn = 200 * BLOCK
    const jumped = steady(1000, BLOCK).map((packet, i) => (i < 200 ? packet : { ...packet, timestamp: packet.frame + jump }))
    const blocks = rig.play(jumped, 1000 * BLOCK)
    expect(blocks.filter(({ at }) => at > turn + seconds * RATE_HZ).every(isWhole)).toBe(true)
    for (const block of blocks.filter(({ at }) => at > turn + seconds * RATE_HZ)) {
      expect(block.waitedUs).toBeGreaterThanOrEqual((DELAY * 1e6) / RATE_HZ - 1)
      expect(block.waitedUs).toBeLessThan(((DELAY + 2 * BLOCK) * 1e6) / RATE_HZ)
    }
    expect([rig.stat("slips"), rig.stat("resets")]).toEqual([0, 0])
  })
})

describe("hostile timestamps", () => {
  it("far from all others are discarded and change nothing", () => {
    const random = createRandom(17)
    const rig = createRig({ delayFrames: DELAY })
    const far = Array.from({ length: 300 }, (_, i) => ({ at: 2000 + i * 100, frame: 0, frames: BLOCK, timestamp: ((random() * 2 ** 31) + 2 ** 28) | 0 }))
    const blocks = rig.play([...steady(300, BLOCK), ...far], 300 * BLOCK)
    expect(rig.stat("discarded")).toBe(300)
    expect([rig.stat("resets"), rig.stat("slips"), rig.stat("concealedFrames")]).toEqual([0, 0, 0])
    expectHeard(heardFrames(blocks), 0, 290 * BLOCK)
  })

  it("that claim what is to come put false audio there at most once, and never before it", () => {
    const rig = createRig({ delayFrames: DELAY })
    // A forged packet lies where the true one of 0.2 s later will be: the first to come has the place.
    const forged = { at: 10_000, frame: 50_000, frames: BLOCK, timestamp: 20_480 }
    const blocks = rig.play([...steady(300, BLOCK), forged], 300 * BLOCK)
    const heard = heardFrames(blocks)
    const first = heard[0]!
    const odd = new Set(heard.filter(({ frame, at }, i) => i % BLOCK === 0 && at - first.at !== frame - first.frame).map(({ at }) => at))
    expect(odd.size).toBeLessThanOrEqual(1)
    expect([rig.stat("slips"), rig.stat("resets"), rig.stat("concealedFrames")]).toEqual([0, 0, 0])
  })
})

describe("a change of channels", () => {
  it.each([[1, 2], [2, 1]] as const)("from %i to %i begins the stream anew, without a click on the left", (before, after) => {
    const rig = createRig({ delayFrames: DELAY, signal: tone(440), layout: { bytesPerSample: 3, channelCount: before } })
    const blocks = rig.play(steady(100, BLOCK), 100 * BLOCK + 1)
    expect(rig.stat("channelCount")).toBe(before)
    rig.layout = { bytesPerSample: 3, channelCount: after }
    const changed = rig.play(steady(100, BLOCK, 100 * BLOCK), 200 * BLOCK)
    const samples = join([...blocks, ...changed])
    expect(sharpness(samples, 5000, 100 * BLOCK + 500) / sharpness(samples, 5000, 12_000)).toBeLessThan(4)
    expect(rig.stat("channelCount")).toBe(after)
    const whole = changed.filter(isWhole)
    expect(whole.length).toBeGreaterThan(90)
    // Until the first packet of the new kind, the old is played.
    expect(whole.filter(({ at }) => at > 102 * BLOCK).every((block) => ((block.flags & BlockFlag.mono) !== 0) === (after === 1))).toBe(true)
    expect(rig.stat("resets")).toBe(0)
  })

  it("of the sample's width is no change", () => {
    const rig = createRig({ delayFrames: DELAY, signal: (frame, channel) => numbered(frame, channel, 16) })
    rig.play(steady(100, BLOCK), 100 * BLOCK + 1)
    rig.layout = { bytesPerSample: 3, channelCount: 1 }
    rig.signal = (frame, channel) => numbered(frame, channel, 16) * 256
    const heard = heardFrames(rig.play(steady(100, BLOCK, 100 * BLOCK), 200 * BLOCK))
    expectHeard(heard, 100 * BLOCK, 190 * BLOCK)
    expect([rig.stat("concealedFrames"), rig.stat("resets")]).toEqual([0, 0])
  })
})

describe("pulls that never came", () => {
  it("are skipped: the playhead goes on without them, and the delay stays", () => {
    const rig = createRig({ delayFrames: DELAY })
    const packets = steady(200, BLOCK)
    const before = rig.play(packets.filter(({ at }) => at <= 100 * BLOCK), 100 * BLOCK + 1)
    rig.buffer.skip(5)
    const after = rig.play(packets.filter(({ at }) => at > 100 * BLOCK), 200 * BLOCK, 106 * BLOCK)
    const waited = [before, after].map((blocks) => blocks.filter(isWhole).at(-1)!.waitedUs)
    expect(waited[1]).toBeCloseTo(waited[0]!, 3)
    expect([rig.stat("slips"), rig.stat("concealedFrames")]).toEqual([0, 0])
    expect(frameOf(after[0]!.left[0]!, 0, 16) - frameOf(before.at(-1)!.left[0]!, 0, 16)).toBe(6 * BLOCK)
  })

  it("before anything was received do nothing", () => {
    const rig = createRig({ delayFrames: DELAY })
    rig.buffer.skip(1000)
    expect(isSilent(rig.pull(0).flags)).toBe(true)
    expectHeard(heardFrames(rig.play(steady(100, BLOCK), 100 * BLOCK + 1)), 0, 90 * BLOCK)
  })
})
