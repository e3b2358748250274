/** Stalls: the network delivers nothing for a while, then all at once. What is heard after it, and what stays. */
import { describe, expect, it } from "vitest"
import type { JitterPolicy } from "../../../src/runtime/jitter/delay-target.ts"
import { createRandom } from "../dsp/kernels.ts"
import { BLOCK, createRig, join, RATE_HZ, sharpness, steady, tone, type Block, type Packet, type Rig } from "./rig.ts"

const FLOATS = { bytesPerSample: 4, channelCount: 1 } as const
const POLICIES = ["tight", "steady", "safe"] as const
const SIZES = [128, 240, 480] as const

/** Frames from a packet's steady arrival to the playout of its first frame, of a block that plays without a gap. */
const delayOf = (block: Block): number => block.at - block.segments[0]!.from
const plays = (block: Block): boolean => block.segments.every(({ kind }) => kind === "play")

/** A sender on a calm path, held in stalls of `length` frames that begin at these times. */
const held = (seconds: number, frames: number, stalls: readonly number[], length: number): Packet[] => {
  const random = createRandom(3)
  let last = 0
  return steady(Math.floor((seconds * RATE_HZ) / frames), frames).map((packet) => {
    const begin = stalls.find((time) => packet.at >= time && packet.at < time + length)
    last = Math.max(last, begin === undefined ? packet.at - 4 * Math.log(1 - random()) : begin + length)
    return { ...packet, at: last }
  })
}
const singing = (policy: JitterPolicy): Rig => createRig({ policy, signal: tone(440), layout: FLOATS })

/** Frames of audio played after time `from` until 200 ms are whole and within 5 ms of a delay. */
const audioUntilWell = (blocks: readonly Block[], from: number, delay: number): number => {
  let played = 0
  let well = 0
  for (const block of blocks.filter(({ at }) => at >= from)) {
    if (plays(block) && Math.abs(delayOf(block) - delay) <= 240) {
      well += BLOCK
      if (well >= 9600) return played
      continue
    }
    played += well + block.segments.reduce((sum, { kind, output }) => sum + (kind === "play" ? output : 0), 0)
    well = 0
  }
  return Infinity
}

const CASES = POLICIES.flatMap((policy) => SIZES.map((frames) => [policy, frames] as const))
const lastBefore = (blocks: readonly Block[], at: number): number => delayOf(blocks.findLast((block) => block.at < at && plays(block))!)

describe("a stall of 100 ms", () => {
  it.each(CASES)("%s, packets of %i frames: one gap, then whole and within 5 ms of the old delay from the first frame on", (policy, frames) => {
    const at = 20 * RATE_HZ
    const back = at + 4800
    const rig = singing(policy)
    const blocks = rig.play(held(22, frames, [at], 4800), back + RATE_HZ)
    expect(rig.stat("concealmentEvents")).toBe(1)
    // What was promised is 10 ms of audio.
    expect(audioUntilWell(blocks, back + BLOCK, lastBefore(blocks, at))).toBeLessThanOrEqual(480)
    const samples = join(blocks)
    expect(sharpness(samples, at - 2000, back + 9600) / sharpness(samples, at - 40_000, at - 4000)).toBeLessThan(2)
  })
})

describe("ten stalls of 100 ms", () => {
  const run = (policy: JitterPolicy, frames: number, apart: number, longer: number) => {
    const stalls = Array.from({ length: 10 }, (_, i) => (10 + apart * i) * RATE_HZ)
    const end = stalls[9]! + 4800
    const blocks = singing(policy).play(held(end / RATE_HZ + longer, frames, stalls, 4800), end + (longer - 1) * RATE_HZ)
    return { first: lastBefore(blocks, stalls[0]!), blocks, end, heldBack: blocks.filter((block) => block.at > stalls[0]! && !plays(block)).length }
  }

  it.each((["tight", "steady"] as const).flatMap((policy) => [2, 11].map((apart) => [policy, apart] as const)))("%s, %i s apart: five seconds after the last the delay is that before the first", (policy, apart) => {
    for (const frames of SIZES) {
      const { first, blocks, end } = run(policy, frames, apart, 7)
      const after = blocks.filter((block) => block.at > end + 5 * RATE_HZ)
      expect(after.length).toBeGreaterThan(100)
      expect(after.every(plays)).toBe(true)
      for (const block of after) expect(Math.abs(delayOf(block) - first)).toBeLessThan(240)
    }
  })

  it("safe, 11 s apart: so few are not worth their length, the delay stays below 20 ms", () => {
    const { first, blocks, end } = run("safe", 240, 11, 7)
    expect(lastBefore(blocks, end + 5 * RATE_HZ) - first).toBeLessThan(960)
  })

  it("safe, 2 s apart: each costs more than its length, so the delay comes to cover them; it is forgotten within a minute and a half", () => {
    const { first, blocks, end, heldBack } = run("safe", 240, 2, 92)
    expect(lastBefore(blocks, end + RATE_HZ) - first).toBeGreaterThan(4000)
    // The first two or three are heard.
    expect(heldBack).toBeLessThan(4 * Math.ceil(4800 / BLOCK) + 10)
    expect(lastBefore(blocks, end + 90 * RATE_HZ) - first).toBeLessThan(480)
  })
})

describe("a stall of 300 ms", () => {
  it.each(CASES)("%s, packets of %i frames: a fade, silence, and back; nothing between", (policy, frames) => {
    const at = 20 * RATE_HZ
    const back = at + 14_400
    const rig = singing(policy)
    const blocks = rig.play(held(23, frames, [at], 14_400), back + 2 * RATE_HZ)
    expect(rig.stat("concealmentEvents")).toBe(1)
    const samples = join(blocks)
    // The delay is played out first, at most 25 ms; what fills the gap has faded 70 ms later.
    const faded = blocks.filter((block) => block.at > at + 3360 + 1200 && block.at < back)
    expect(faded.length).toBeGreaterThan(70)
    expect(faded.every((block) => block.left.every((sample) => sample === 0))).toBe(true)
    const after = blocks.filter((block) => block.at >= back + 2 * BLOCK)
    expect(after.every(plays)).toBe(true)
    expect(sharpness(samples, at - 2000, back - 100) / sharpness(samples, at - 40_000, at - 4000)).toBeLessThan(2)
    const most = policy === "safe" ? 480 : 240
    for (const block of after) expect(Math.abs(delayOf(block) - lastBefore(blocks, at))).toBeLessThan(most)
  })
})
