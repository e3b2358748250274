import { describe, expect, it } from "vitest"
import { BlockFlag } from "../../../src/runtime/ring/block-ring.ts"
import { createRandom } from "../dsp/kernels.ts"
import { BLOCK, createRig, frameOf, heardFrames, isWhole, numbered, steady, type Block, type Packet } from "./rig.ts"

const sizes = [64, 128, 240, 347, 480, 960]
const layouts = [
  { bytesPerSample: 2, channelCount: 1 }, { bytesPerSample: 2, channelCount: 2 },
  { bytesPerSample: 3, channelCount: 1 }, { bytesPerSample: 3, channelCount: 2 },
] as const
const cases = sizes.flatMap((frames) => layouts.map((layout) =>
  ({ frames, layout, name: `${frames} frames, L${layout.bytesPerSample * 8}, ${layout.channelCount === 1 ? "mono" : "stereo"}` })))

/** That every frame from the first on is heard, once, in order, bit by bit, up to frame `last`. */
const expectTransparent = (blocks: readonly Block[], last: number, bits: number, channelCount: number): void => {
  const begin = blocks.findIndex((block) => (block.flags & BlockFlag.waiting) === 0)
  const end = blocks.findLastIndex(isWhole)
  const heard = blocks.slice(begin, end + 1)
  // The first block may begin before the stream does.
  const firstAt = heard[0]!.left.findIndex((sample) => sample !== 0)
  expect(frameOf(heard[0]!.left[firstAt]!, 0, bits)).toBe(0)
  let wrong = 0
  let frame = 0
  heard.forEach((block, at) => {
    for (let i = at === 0 ? firstAt : 0; i < BLOCK; i++, frame++) {
      if (block.left[i] !== numbered(frame, 0, bits) / 2 ** (bits - 1)) wrong++
      if (channelCount === 2 && block.right[i] !== numbered(frame, 1, bits) / 2 ** (bits - 1)) wrong++
    }
  })
  expect(wrong).toBe(0)
  expect(frame).toBeGreaterThan(last - BLOCK)
}

describe("a stream comes out bit by bit, from its first frame on", () => {
  it.each(cases)("when nothing is late: $name", ({ frames, layout }) => {
    const rig = createRig({ delayFrames: 480, layout })
    const count = Math.ceil(60_000 / frames)
    const blocks = rig.play(steady(count, frames), count * frames + 2000)
    expectTransparent(blocks, count * frames, layout.bytesPerSample * 8, layout.channelCount)
    expect([rig.stat("slips"), rig.stat("late"), rig.stat("resets")]).toEqual([0, 0, 0])
  })

  it.each(cases)("in any order within the delay, with duplicates: $name", ({ frames, layout }) => {
    const random = createRandom(frames * 8 + layout.bytesPerSample * 2 + layout.channelCount)
    const rig = createRig({ delayFrames: 2000, layout })
    const count = Math.ceil(60_000 / frames)
    // The first is in time, and so the measure of the path.
    const jittered = steady(count, frames).map((packet, i) => (i === 0 ? packet : { ...packet, at: packet.at + random() * 1999 }))
    const doubled = jittered.filter(() => random() < 0.3).map((packet) => ({ ...packet, at: packet.at + random() * 1999 }))
    const blocks = rig.play([...jittered, ...doubled], count * frames + 4000)
    expectTransparent(blocks, count * frames, layout.bytesPerSample * 8, layout.channelCount)
    expect([rig.stat("slips"), rig.stat("resets")]).toEqual([0, 0])
    expect([rig.stat("late"), rig.stat("repeated")]).toEqual([0, doubled.length])
    expect(rig.stat("packets")).toBe(jittered.length + doubled.length)
  })

  it("across the timestamp's wrap at 2^32, and across 2^31", () => {
    for (const timestamp of [2 ** 32 - 30_000, 2 ** 31 - 30_000]) {
      const rig = createRig({ delayFrames: 480, timestamp })
      const blocks = rig.play(steady(600, 100), 62_000)
      expectTransparent(blocks, 60_000, 16, 1)
      expect([rig.stat("slips"), rig.stat("resets"), rig.stat("discarded")]).toEqual([0, 0, 0])
    }
  })

  it("with packets of changing size", () => {
    const random = createRandom(5)
    // The shortest is the first to be complete, and so the measure of the path.
    const packets: Packet[] = [{ at: 1, frame: 0, frames: 1 }]
    for (let frame = 1; frame < 60_000;) {
      const frames = 1 + Math.floor(random() * 700)
      packets.push({ at: frame + frames, frame, frames })
      frame += frames
    }
    const rig = createRig({ delayFrames: 1440 })
    const last = packets.at(-1)!
    expectTransparent(rig.play(packets, last.at + 3000), last.frame + last.frames, 16, 1)
    expect([rig.stat("slips"), rig.stat("late")]).toEqual([0, 0])
  })

  it("from a packet as long as a datagram can be", () => {
    const rig = createRig({ delayFrames: 480 })
    const heard = heardFrames(rig.play([{ at: 0, frame: 0, frames: 16_000 }], 20_000))
    expect(heard.length).toBeGreaterThan(16_000 - 2 * BLOCK)
    expect(heard.every(({ frame }, i) => frame === (heard[0]!.frame + i) % 65_536)).toBe(true)
  })
})

