import { describe, expect, it } from "vitest"
import { createRandom } from "../dsp/kernels.ts"
import { BLOCK, createRig, heardFrames, isWhole, RATE_HZ, steady, type Block, type Packet } from "./rig.ts"

/** By packet: frames between its arrival without jitter and the pull that needs its first frame. */
const waits = (blocks: readonly Block[], frames: number): number[] => {
  // Numbers repeat after 65,536 frames; the way from one to the next is the short one.
  let whole = -1
  return heardFrames(blocks).flatMap(({ frame, at }) => {
    whole = whole < 0 ? frame : whole + (((frame - whole) << 16) >> 16)
    return whole % frames === 0 ? [at - whole - frames] : []
  })
}

const cases = [64, 128, 240, 347, 480, 960].flatMap((frames) => [0, 128, 480, 2400].map((delayFrames) => ({ frames, delayFrames })))

describe("a packet waits the delay asked for, and less than a block more", () => {
  it.each(cases)("$frames frames, delay $delayFrames", ({ frames, delayFrames }) => {
    for (const phase of [0, 31.7, 127.2]) {
      const rig = createRig({ delayFrames })
      const blocks = rig.play(steady(Math.ceil(25_000 / frames), frames).map((packet) => ({ ...packet, at: packet.at + phase })), 25_000)
      const all = waits(blocks, frames).map((wait) => wait - phase)
      expect(all.length).toBeGreaterThan(20)
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

  it.each([150, 500, 1500, 4000])("a sender that is %i frames late for 50 ms: the delay is right after 0.4 s and stays", (late) => {
    const rig = createRig({ delayFrames })
    const blocks = rig.play(steady(1500, frames).map((packet, i) => (packet.at < 2400 ? { ...packet, at: packet.at + late + i * 1e-6 } : packet)), 190_000)
    const settled = waits(blocks.filter((block) => block.at > 0.4 * RATE_HZ), frames)
    expect(Math.min(...settled)).toBeGreaterThanOrEqual(delayFrames - 1)
    expect(Math.max(...settled)).toBeLessThan(delayFrames + BLOCK + frames)
    expect(rig.stat("slips")).toBe(0)
  })
})

it.each([
  ["longer than the delay covers: silence for half a second, then as before", 2000, 0.8, 0],
  ["longer by what the delay covers: heard all along, then moved once", 400, 0, 1],
  ["shorter: heard all along, then moved once", -2000, 0, 1],
] as const)("a path that becomes %s", (_, step, seconds, slips) => {
  const delayFrames = 480
  const turn = 4 * RATE_HZ
  const rig = createRig({ delayFrames })
  const packets = steady(4500, BLOCK).map(({ at, ...packet }) => ({ ...packet, at: at + 2048 + (at > turn ? step : 0) }))
  const blocks = rig.play(packets, 12 * RATE_HZ)
  const begun = blocks.findIndex(isWhole)
  const broken = blocks.filter((block, i) => i > begun && !isWhole(block))
  expect(broken.length * BLOCK).toBeLessThanOrEqual(seconds * RATE_HZ)
  const settled = blocks.slice(-1000).map(({ waitedUs }) => (waitedUs * RATE_HZ) / 1e6)
  expect(Math.min(...settled)).toBeGreaterThanOrEqual(delayFrames - 1)
  expect(Math.max(...settled)).toBeLessThan(delayFrames + 2 * BLOCK + 1)
  expect(rig.stat("slips")).toBe(slips)
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
  expect(new Set(waits(blocks, BLOCK)).size).toBe(1)
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
  // The gap of 100 frames begins in one block, and is still there when the next begins.
  const broken = blocks.filter((block) => !isWhole(block) && block.at > 4000)
  expect(broken.map(({ captureUs }) => Number.isNaN(captureUs))).toEqual([false, true])
  for (const { captureUs, waitedUs } of blocks) {
    expect(Number.isNaN(captureUs)).toBe(Number.isNaN(waitedUs))
    if (!Number.isNaN(waitedUs)) expect(Math.abs(waitedUs - 11_000)).toBeLessThan(3500)
  }
})

it("holds what is not due yet", () => {
  const rig = createRig({ delayFrames: 4800 })
  rig.play(steady(300, BLOCK), 300 * BLOCK)
  expect(rig.stat("bufferLevelFrames")).toBeGreaterThanOrEqual(4800)
  expect(rig.stat("bufferLevelFrames")).toBeLessThanOrEqual(4800 + 2 * BLOCK)
})
