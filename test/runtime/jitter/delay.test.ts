import { describe, expect, it } from "vitest"
import { createRandom } from "../dsp/kernels.ts"
import { BLOCK, createRig, heardFrames, isWhole, RATE_HZ, steady, type Block, type Packet } from "./rig.ts"

/** By packet: frames between its arrival without jitter and the pull that needs its first frame. */
const waits = (blocks: readonly Block[], frames: number): number[] => {
  // Numbers repeat after 65,536 frames; a turn begins where they fall back.
  let turn = 0
  let before = 0
  return heardFrames(blocks).flatMap(({ frame, at }) => {
    if (frame < before - 32_768) turn++
    before = frame
    const whole = frame + turn * 65_536
    return whole % frames === 0 ? [at - whole - frames] : []
  })
}

const cases = [64, 128, 240, 347, 480, 960].flatMap((frames) => [0, 128, 480, 2400].map((delayFrames) => ({ frames, delayFrames })))

describe("a packet waits the delay asked for, and less than a block more", () => {
  it.each(cases)("$frames frames, delay $delayFrames", ({ frames, delayFrames }) => {
    for (const phase of [0, 31.7, 77.1, 127.2]) {
      const rig = createRig({ delayFrames })
      const blocks = rig.play(steady(Math.ceil(40_000 / frames), frames, 0).map((packet) => ({ ...packet, at: packet.at + phase })), 40_000)
      const all = waits(blocks, frames).map((wait) => wait - phase)
      expect(all.length).toBeGreaterThan(30)
      expect(Math.min(...all)).toBeGreaterThanOrEqual(delayFrames - 1)
      expect(Math.max(...all)).toBeLessThan(delayFrames + BLOCK + 1)
      expect(rig.stat("slips")).toBe(0)
    }
  })
})

describe("what a bad start costs", () => {
  const frames = 128
  const delayFrames = 480
  /** The first `count` packets wait for one another and come together, as from a sender that is only warming up. */
  const burst = (count: number): Packet[] =>
    steady(400, frames).map((packet, i) => (i < count ? { ...packet, at: count * frames } : packet))

  it.each([2, 4, 8, 12])("%i packets at once: nothing, since the place is found before anything is heard", (count) => {
    const rig = createRig({ delayFrames })
    const blocks = rig.play(burst(count), 50_000)
    const all = waits(blocks, frames)
    expect(Math.min(...all)).toBeGreaterThanOrEqual(delayFrames - 1)
    expect(Math.max(...all)).toBeLessThan(delayFrames + BLOCK + 1)
    const heard = heardFrames(blocks)
    expect(heard.every(({ frame }, i) => frame === (heard[0]!.frame + i) % 65_536)).toBe(true)
    expect(rig.stat("slips")).toBe(0)
  })

  it.each([150, 500, 1500, 4000])("a sender that is %i frames late for 50 ms: steered so gently that nobody hears it, the delay is right after six and a half seconds and stays", (late) => {
    const rig = createRig({ delayFrames })
    const blocks = rig.play(steady(3000, frames).map((packet, i) => (packet.at < 2400 ? { ...packet, at: packet.at + late + i * 1e-6 } : packet)), 375_000)
    const settled = blocks.filter((block) => block.at > 6.5 * RATE_HZ && block.at < 380_000).map((block) => (block.waitedUs * RATE_HZ) / 1e6)
    expect(Math.min(...settled)).toBeGreaterThanOrEqual(delayFrames - 1)
    expect(Math.max(...settled)).toBeLessThan(delayFrames + BLOCK + frames)
    expect(rig.stat("slips")).toBe(0)
  })
})

it("a path that becomes longer is followed within half a second, in the gap; one that becomes shorter by one jump, within three", () => {
  const delayFrames = 480
  for (const [step, seconds, slips] of [[2000, 0.5, 0], [-2000, 3, 1]] as const) {
    const rig = createRig({ delayFrames })
    const turn = 4 * RATE_HZ
    const blocks = rig.play(steady(4500, BLOCK, 2000).map((packet) => (packet.at > turn ? { ...packet, at: packet.at + step } : packet)), 12 * RATE_HZ)
    const settled = blocks.filter((block) => block.at > turn + seconds * RATE_HZ)
    expect(settled.every(isWhole)).toBe(true)
    const waited = settled.map((block) => (block.waitedUs * RATE_HZ) / 1e6)
    expect(Math.min(...waited)).toBeGreaterThanOrEqual(delayFrames - 1)
    expect(Math.max(...waited)).toBeLessThan(delayFrames + 2 * BLOCK + 1)
    expect(rig.stat("slips")).toBe(slips)
  }
})

it("jitter that only adds does not move the playhead, whatever its shape", () => {
  const random = createRandom(11)
  const rig = createRig({ delayFrames: 480 })
  // Mostly little, rarely a stall of 100 ms that holds back all that follow.
  let free = 0
  const packets = steady(6000, BLOCK).map((packet, i) => {
    const at = i === 0 ? packet.at : packet.at + random() ** 4 * 450 + (random() < 0.002 ? 4800 : 0)
    free = Math.max(free, at)
    return { ...packet, at: free }
  })
  const blocks = rig.play(packets, 6000 * BLOCK)
  expect(rig.stat("slips")).toBe(0)
  expect(new Set(waits(blocks, BLOCK)).size).toBe(1)
})

it("one packet with a forged timestamp within reach moves nothing, nor do a hundred among true ones", () => {
  const rig = createRig({ delayFrames: 480 })
  const forged = Array.from({ length: 100 }, (_, i) => ({ at: 20_000.5 + i * 1280, frame: 20_000 + i * 1280 + 12_000, frames: BLOCK }))
  const blocks = rig.play([...steady(2000, BLOCK), ...forged.map((packet) => ({ ...packet, frames: 1 }))], 2000 * BLOCK)
  expect(rig.stat("slips")).toBe(0)
  expect(rig.stat("resets")).toBe(0)
  // Packets of one frame among those of a block: the playhead follows a block's length later, once.
  expect(new Set(waits(blocks, BLOCK)).size).toBeLessThanOrEqual(2)
})

it("tells when a block's first frame was captured and how long it waited", () => {
  const rig = createRig({ delayFrames: 480 })
  const blocks = rig.play(steady(100, BLOCK), 100 * BLOCK).filter(isWhole)
  expect(blocks.length).toBeGreaterThan(80)
  for (const block of blocks) {
    const captured = heardFrames([block])[0]!.frame
    expect(block.captureUs).toBeCloseTo(((captured + 0.37) * 1e6) / RATE_HZ, 3)
    expect(block.waitedUs).toBeCloseTo(((block.at - captured - BLOCK) * 1e6) / RATE_HZ, 3)
  }
  expect(rig.stat("playoutDelayUs")).toBeCloseTo(blocks[0]!.waitedUs, 3)
  expect(rig.stat("targetDelayUs")).toBe(10_000)
})

it("tells neither of a block that begins in a gap", () => {
  const rig = createRig({ delayFrames: 480 })
  const blocks = rig.play(steady(100, 100).filter((_, i) => i !== 50), 9000)
  const odd = blocks.filter((block) => block.captureUs === block.captureUs && !isWhole(block))
  const inGap = blocks.filter((block) => !isWhole(block) && block.at > 4000)
  expect(inGap.length).toBeGreaterThan(0)
  expect(odd.length).toBeLessThan(inGap.length + 1)
  for (const block of blocks) expect(block.waitedUs).not.toBeGreaterThan(20_000)
})

it("holds what is not due yet", () => {
  const rig = createRig({ delayFrames: 4800 })
  rig.play(steady(300, BLOCK), 300 * BLOCK)
  expect(rig.stat("bufferLevelFrames")).toBeGreaterThanOrEqual(4800)
  expect(rig.stat("bufferLevelFrames")).toBeLessThanOrEqual(4800 + 2 * BLOCK)
})
