import { describe, expect, it } from "vitest"
import { BLOCK, createRig, isWhole, join, RATE_HZ, sharpness, steady, tone } from "./rig.ts"

const DELAY = 1920
/** A tone of half scale bends by no more than this; a cut is a hundred times as sharp. */
const SHARPEST = 4 * 0.5 * ((2 * Math.PI * 311) / RATE_HZ) ** 2

describe("what sounds dies away without a step", () => {
  it.each([0, 3, 7])("where the stream ends %i blocks into a bridged hole", (blocksIn) => {
    const rig = createRig({ delayFrames: DELAY, signal: tone(311) })
    const packets = steady(300, 240).filter(({ frame }) => frame < 48_000 || frame >= 48_960)
    const before = rig.play(packets, 70_000).findIndex((block) => block.segments.some(({ kind }) => kind === "conceal"))
    const again = createRig({ delayFrames: DELAY, signal: tone(311) })
    const first = again.play(packets, (before + blocksIn + 1) * BLOCK)
    expect(first.at(-1)!.segments.map(({ kind }) => kind)).toContain("conceal")
    again.buffer.reset()
    const samples = join([...first, ...again.play([], (before + blocksIn + 60) * BLOCK)])
    expect(sharpness(samples, RATE_HZ / 2, samples.length)).toBeLessThan(SHARPEST)
    expect(Math.max(...samples.subarray(-BLOCK).map(Math.abs))).toBe(0)
  })

  it("where it ends on the way back from a gap", () => {
    const rig = createRig({ delayFrames: 300, signal: tone(311) })
    const lost = steady(300, 240).filter(({ frame }) => frame < 48_000 || frame >= 50_400)
    const at = rig.play(lost, 60_000).findLastIndex((block) => block.segments.some(({ kind }) => kind === "conceal"))
    const again = createRig({ delayFrames: 300, signal: tone(311) })
    const first = again.play(lost, (at + 1) * BLOCK)
    again.buffer.reset()
    const samples = join([...first, ...again.play([], (at + 60) * BLOCK)])
    expect(sharpness(samples, RATE_HZ / 2, samples.length)).toBeLessThan(3 * SHARPEST)
  })
})

it("after a reset nothing of before is played", () => {
  const rig = createRig({ delayFrames: DELAY })
  rig.play(steady(200, 240), 40_000)
  rig.buffer.reset()
  const blocks = rig.play([], 50_000)
  expect(blocks.flatMap(({ segments }) => segments.filter(({ kind }) => kind === "play"))).toEqual([])
  expect(rig.stat("playing")).toBe(0)
})

it("the delay told is right from the first pull on, wherever the timestamps begin", () => {
  const rig = createRig({ policy: "steady", timestamp: 123_456_789 })
  rig.insert({ at: 240, frame: 0, frames: 240 })
  rig.pull(256)
  expect(rig.stat("currentDelayUs")).toBeGreaterThanOrEqual(0)
  expect(rig.stat("currentDelayUs")).toBeLessThan(20_000)
})

it.each([100, 140, 1000])("after %i pulls that never came, whose packets were lost as well, the stream goes on", (pulls) => {
  const rig = createRig({ delayFrames: 480 })
  const packets = steady(1200, 240)
  rig.play(packets.filter(({ at }) => at <= 48_000), 48_000)
  rig.buffer.skip(pulls)
  const from = 48_000 + pulls * BLOCK
  const blocks = rig.play(packets.filter(({ frame }) => frame >= from), from + 24_000, from)
  expect([rig.stat("discarded"), rig.stat("resets")]).toEqual([0, 0])
  expect(blocks.slice(20).every(isWhole)).toBe(true)
})

it("a delay that became far too long is left by one jump, however short the packets", () => {
  for (const frames of [120, 240, 480]) {
    const rig = createRig({ policy: "tight", signal: tone(220) })
    const packets = steady(Math.ceil((20 * RATE_HZ) / frames), frames)
      .map((packet) => (packet.at < 5 * RATE_HZ ? { ...packet, at: packet.at + 1920 } : packet))
    rig.play(packets, 12 * RATE_HZ)
    expect(rig.stat("slips")).toBeGreaterThan(0)
    expect(rig.stat("currentDelayUs") - rig.stat("targetDelayUs")).toBeLessThan(20_000)
  }
})

it("a much longer delay that was asked for is there within seconds, without a gap that is heard", () => {
  const rig = createRig({ policy: "tight", signal: tone(220) })
  const packets = steady(4000, 240).filter((_, i) => i % 200 !== 199)
  rig.play(packets, 4 * RATE_HZ)
  rig.buffer.setPolicy("safe", 100, 250)
  const held = rig.play(packets.filter(({ at }) => at > 4 * RATE_HZ), 16 * RATE_HZ, 4 * RATE_HZ).flatMap(({ segments }) => segments)
  let run = 0
  let longest = 0
  for (const { kind, output } of held) {
    run = kind === "hold" || kind === "conceal" ? run + output : 0
    longest = Math.max(longest, run)
  }
  expect(held.some(({ kind }) => kind === "hold")).toBe(true)
  expect(longest).toBeLessThan(0.03 * RATE_HZ)
  expect(rig.stat("currentDelayUs")).toBeGreaterThan(90_000)
})

it.each([20, 60, 110])("a kept delay that the path has outgrown by %i frames conceals for a moment, not for ever", (longer) => {
  const rig = createRig({ delayFrames: 48, signal: tone(311) })
  const turn = 2 * RATE_HZ
  const packets = steady(7500, BLOCK).map((packet) => (packet.at > turn ? { ...packet, at: packet.at + 40 + longer } : { ...packet, at: packet.at + 40 }))
  const blocks = rig.play(packets, 18 * RATE_HZ)
  expect(blocks.filter(({ at }) => at > turn + 6 * RATE_HZ && at < 18 * RATE_HZ).every(isWhole)).toBe(true)
  expect(rig.stat("concealedFrames")).toBeLessThan(6 * RATE_HZ)
})
