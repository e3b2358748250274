/** The buffer as a whole, under a policy: rest, pauses, and settings that change while it runs. */
import { describe, expect, it } from "vitest"
import { ARENA_BASE_BYTES } from "../../../src/runtime/dsp/dsp.ts"
import { readDelayCurve } from "../../../src/runtime/jitter/delay-curve.ts"
import { createRandom } from "../dsp/kernels.ts"
import { BLOCK, createRig, isWhole, join, numbered, RATE_HZ, sharpness, steady, tone, type Block, type Packet } from "./rig.ts"

const L24 = { bytesPerSample: 3, channelCount: 1 } as const
/** Frames from a packet's steady arrival to the playout of its first frame, by block that plays without a gap. */
const delayOf = (block: Block): number => {
  const first = block.segments[0]!
  return block.at - first.from
}
const jittered = (seconds: number, frames: number, mean: number, seed: number): Packet[] => {
  const random = createRandom(seed)
  let last = 0
  return steady(Math.floor((seconds * RATE_HZ) / frames), frames).map((packet) => {
    last = Math.max(last, packet.at - mean * Math.log(1 - random()))
    return { ...packet, at: last }
  })
}

describe("without drift", () => {
  it.each(["tight", "steady", "safe"] as const)("%s comes to rest: what is sent comes out bit by bit", (policy) => {
    const rig = createRig({ policy, layout: L24 })
    const blocks = rig.play(jittered(60, 240, 10, 5), 60 * RATE_HZ).slice(-375 * 10, -40)
    // A target that moves a little is followed, now and then; most of the time nothing moves.
    const exact = blocks.filter((block) => {
      const from = block.segments[0]!.from
      return isWhole(block) && block.left.every((sample, i) => sample === numbered(from + i, 0, 24) / 2 ** 23)
    })
    expect(exact.length / blocks.length).toBeGreaterThan(0.5)
  })
})

describe("a pause", () => {
  it.each([0.3, 2, 30])("of %f s is silence that nobody counts, and what follows is in its place at once", (seconds) => {
    const rig = createRig({ policy: "steady", signal: tone(440), layout: L24 })
    const gap = Math.floor((seconds * RATE_HZ) / 240)
    const packets = jittered(10 + seconds + 5, 240, 10, 6).filter((_, i) => i < 2000 || i >= 2000 + gap)
    const blocks = rig.play(packets, (14 + seconds) * RATE_HZ)
    const again = blocks.findIndex((block) => block.at > (10.05 + seconds) * RATE_HZ)
    expect(blocks.slice(again, again + 20).every(isWhole)).toBe(true)
    expect(rig.stat("concealedFrames")).toBeLessThan(0.25 * RATE_HZ)
    const own = sharpness(join(blocks), 5 * RATE_HZ, 6 * RATE_HZ)
    expect(sharpness(join(blocks), 10 * RATE_HZ, 14 * RATE_HZ) / own).toBeLessThan(20)
  })

  it("in which the sender's timestamps stood still costs less than a tenth of a second", () => {
    const rig = createRig({ policy: "steady", signal: tone(440), layout: L24 })
    const packets = steady(4000, 240).map((packet, i) => (i < 2000 ? packet : { ...packet, at: packet.at + 3 * RATE_HZ }))
    const blocks = rig.play(packets, 20 * RATE_HZ)
    expect(blocks.filter((block) => block.at > 13.1 * RATE_HZ).every(isWhole)).toBe(true)
    expect(rig.stat("resets")).toBe(1)
  })

  it("in the singing takes a change of the delay for nothing", () => {
    const silentFrom = 5 * RATE_HZ
    const rig = createRig({ policy: { delayMs: 40 }, layout: L24, signal: (frame, channel, bits) => (frame > silentFrom && frame < silentFrom + 24_000 ? 0 : tone(440)(frame, channel, bits)) })
    const packets = steady(2400, 240)
    const half = packets.findIndex(({ frame }) => frame >= silentFrom + 9600)
    const blocks = rig.play(packets.slice(0, half), silentFrom + 9600)
    rig.buffer.setDelay(10)
    blocks.push(...rig.play(packets.slice(half), 11 * RATE_HZ))
    expect(delayOf(blocks.filter((block) => block.at < silentFrom).at(-1)!) - delayOf(blocks.filter((block) => block.at > silentFrom + 30_000)[0]!)).toBeGreaterThan(1400)
    expect(blocks.filter((block) => block.at > silentFrom + 26_000 && block.at < 11 * RATE_HZ).every((block) => block.segments.every(({ kind, media, output }) => kind === "play" && media === output))).toBe(true)
  })
})

describe("settings while it runs", () => {
  it("go over without a reset, from policy to policy and to a kept delay", () => {
    const rig = createRig({ policy: "tight", signal: tone(440), layout: L24 })
    const packets = jittered(40, 240, 100, 7)
    let taken = 0
    const playTo = (seconds: number): void => {
      const until = packets.findIndex((packet) => packet.at > seconds * RATE_HZ)
      rig.play(packets.slice(taken, until), seconds * RATE_HZ)
      taken = until
    }
    playTo(10)
    const tight = rig.stat("targetDelayUs")
    rig.buffer.setPolicy("safe")
    playTo(20)
    expect(rig.stat("targetDelayUs")).toBeGreaterThan(tight + 2000)
    rig.buffer.setPolicy("tight", 30, 50)
    expect(rig.stat("targetDelayUs")).toBeCloseTo(30_000, -2)
    rig.buffer.setDelay(12)
    expect(rig.stat("targetDelayUs")).toBeCloseTo(12_000, -2)
    playTo(38)
    expect(Math.abs(rig.stat("currentDelayUs") - 12_000)).toBeLessThan(1000)
    expect([rig.stat("resets"), rig.stat("playing")]).toEqual([0, 1])
  })
})

describe("another stream", () => {
  it("in the place of the one before, mono after stereo, another size, is heard at once", () => {
    const rig = createRig({ policy: "steady", signal: tone(440), layout: { bytesPerSample: 3, channelCount: 2 } })
    rig.play(steady(400, 240), 2 * RATE_HZ)
    rig.layout = L24
    const blocks = rig.play(steady(800, 120).map((packet) => ({ ...packet, at: packet.at + 2 * RATE_HZ, timestamp: packet.frame + 123_456_789 })), 4 * RATE_HZ - 960)
    expect(blocks.slice(40).every(isWhole)).toBe(true)
    rig.buffer.reset()
    const third = rig.play(steady(800, 960).map((packet) => ({ ...packet, at: packet.at + 4 * RATE_HZ - 960, timestamp: packet.frame - 99 })), 6 * RATE_HZ)
    expect(third.slice(60).every(isWhole)).toBe(true)
  })
})

describe("what each other delay would have lost", () => {
  it("falls from much to nothing, as the arrivals have it", () => {
    const rig = createRig({ policy: "steady", layout: L24 })
    expect(readDelayCurve(rig.memory, ARENA_BASE_BYTES)).toEqual([])
    const random = createRandom(12)
    // Uniform over 10 ms, and one in fifty 30 ms late.
    const packets = steady(12_000, 240).map((packet) => ({ ...packet, at: packet.at + random() * 480 + (random() < 0.02 ? 1440 : 0) }))
    rig.play(packets, 60 * RATE_HZ)
    const curve = readDelayCurve(rig.memory, ARENA_BASE_BYTES)
    expect(curve.map(({ delayMs }) => delayMs)).toEqual(Array.from({ length: 61 }, (_, i) => i))
    const lost = curve.map(({ lostShare }) => lostShare)
    expect(lost).toEqual(lost.toSorted((a, b) => b - a))
    expect(lost[0]).toBeGreaterThan(0.3)
    expect(lost[15]).toBeGreaterThan(0.01)
    expect(lost[15]).toBeLessThan(0.03)
    expect(lost[45]).toBe(0)
  })
})

it("the expensive predictor is used once a round by all who share the budget", () => {
  const budget = new Int32Array(1)
  const asked: boolean[] = []
  const concealer = {
    historyFrames: 2400, futureFrames: 960, pitched: false,
    begin: (_left: number, _right: number, _channels: number, mayBurg: boolean) => void asked.push(mayBurg),
    extend: () => {}, bridge: () => {}, merge: () => false, state: () => {},
  }
  const rigs = Array.from({ length: 3 }, () => createRig({ delayFrames: 480, predictorBudget: budget, concealer }))
  const packets = steady(100, BLOCK)
  for (let at = 0; at < 100 * BLOCK; at += BLOCK) {
    budget[0] = 1
    for (const rig of rigs) {
      for (const packet of packets) if (packet.at > at - BLOCK && packet.at <= at && packet.frame !== 50 * BLOCK) rig.insert(packet)
      rig.pull(at)
    }
  }
  expect(asked).toEqual([true, false, false])
})
