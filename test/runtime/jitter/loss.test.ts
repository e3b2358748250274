import { describe, expect, it } from "vitest"
import { BlockFlag } from "../../../src/runtime/ring/block-ring.ts"
import { createRandom } from "../dsp/kernels.ts"
import { BLOCK, createRig, frameOf, heardFrames, isWhole, join, numbered, RATE_HZ, sharpness, steady, tone, type Signal } from "./rig.ts"

const DELAY = 480

describe("a lost packet", () => {
  it.each([64, 128, 240, 347, 480, 960])("of %i frames leaves a gap as long as itself, filled; the timeline is kept", (frames) => {
    const rig = createRig({ delayFrames: DELAY })
    const lost = Math.ceil(20_000 / frames)
    const count = Math.ceil(45_000 / frames)
    const blocks = rig.play(steady(count, frames).filter((_, i) => i !== lost), count * frames)
    const samples = join(blocks)
    const begin = blocks.findIndex((block) => (block.flags & BlockFlag.waiting) === 0)
    const first = samples.findIndex((sample, i) => i >= begin * BLOCK && sample !== 0)
    const missing = new Set<number>()
    for (let i = first; i < samples.length; i++) {
      if (frameOf(samples[i]!, 0, 16) !== (i - first) % 65_536 || samples[i] !== numbered(i - first, 0, 16) / 32_768) missing.add(i - first)
    }
    // The gap, and two milliseconds in which what returns is faded in.
    expect(Math.min(...missing)).toBe(lost * frames)
    expect(Math.max(...missing)).toBeLessThan((lost + 1) * frames + 97)
    expect([rig.stat("concealedFrames"), rig.stat("concealmentEvents"), rig.stat("slips")]).toEqual([frames, 1, 0])
    const broken = blocks.filter((block, i) => i > begin && (block.flags & BlockFlag.concealed) !== 0)
    expect(broken.length).toBe(Math.floor(((first + (lost + 1) * frames) - 1) / BLOCK) - Math.floor((first + lost * frames) / BLOCK) + 1)
  })

  it("of two channels is filled on both", () => {
    const rig = createRig({ delayFrames: DELAY, layout: { bytesPerSample: 3, channelCount: 2 }, signal: (frame, channel, bits) => tone(channel === 0 ? 440 : 660)(frame, channel, bits) })
    const blocks = rig.play(steady(300, BLOCK).filter((_, i) => i !== 150), 300 * BLOCK)
    const gap = blocks.findIndex((block, i) => i > 20 && !isWhole(block))
    expect(rig.stat("concealedFrames")).toBe(BLOCK)
    for (const plane of [blocks[gap]!.left, blocks[gap]!.right]) expect(plane.some((sample) => Math.abs(sample) > 0.1)).toBe(true)
  })
})

describe("a gap does not click", () => {
  const voice: Signal = (frame, channel, bits) => {
    // A sung vowel: 20 harmonics of 196 Hz with vibrato, falling 6 dB an octave.
    const phase = (2 * Math.PI * 196 * frame) / RATE_HZ + 3 * Math.sin((2 * Math.PI * 5.5 * frame) / RATE_HZ)
    let sum = 0
    for (let harmonic = 1; harmonic <= 20; harmonic++) sum += Math.sin(phase * harmonic + harmonic * harmonic) / harmonic
    return Math.round(2 ** (bits - 1) * 0.15 * sum) + channel
  }
  const signals: readonly (readonly [string, Signal])[] = [
    ["a tone of 110 Hz", tone(110)], ["a tone of 440 Hz", tone(440)], ["a tone of 3 kHz", tone(3000)], ["a voice", voice],
  ]
  const cases = signals.flatMap(([name, signal]) => [64, 128, 240, 480, 960].map((frames) => ({ name, signal, frames })))

  it.each(cases)("at begin or end: $name, $frames frames lost", ({ signal, frames }) => {
    let worst = 0
    for (let trial = 0; trial < 12; trial++) {
      const rig = createRig({ delayFrames: DELAY, signal, layout: { bytesPerSample: 3, channelCount: 1 } })
      const count = Math.ceil(20_000 / frames)
      const lost = Math.ceil(9000 / frames) + (trial % 4)
      const shifted = steady(count, frames).map((packet) => ({ ...packet, frame: packet.frame + trial * 37 }))
      const blocks = rig.play(shifted.filter((_, i) => i !== lost), count * frames)
      const samples = join(blocks)
      const gapAt = blocks.findIndex((block) => block.at > 6000 && !isWhole(block)) * BLOCK
      // Against the signal itself, where it is whole.
      const own = sharpness(samples, gapAt - 4000, gapAt - BLOCK)
      worst = Math.max(worst, sharpness(samples, gapAt - 10, gapAt + frames + 2 * BLOCK) / own)
      expect(rig.stat("concealmentEvents")).toBe(1)
    }
    expect(worst).toBeLessThan(4)
  })

  const lossy = (signal: Signal, keep: (packet: number) => boolean): Float32Array => {
    const rig = createRig({ delayFrames: DELAY, signal, layout: { bytesPerSample: 3, channelCount: 1 } })
    return join(rig.play(steady(250, 100).filter((_, i) => keep(i)), 24_000))
  }

  it.each([
    ["when it is long", (i: number) => i < 100 || i > 115, 8],
    ["when another follows closely", (i: number) => i !== 100 && i !== 102, 4],
    // Then there is no whole period to go on from. A cut would be at 270.
    ["when every second packet is lost", (i: number) => i < 100 || i % 2 === 0, 20],
  ] as const)("%s", (_, keep, most) => {
    const samples = lossy(tone(330), keep)
    expect(sharpness(samples, 4000, 23_000) / sharpness(samples, 4000, 8000)).toBeLessThan(most)
  })

  it("in noise: it is not louder than what is missing", () => {
    const random = createRandom(3)
    const samples = lossy((_, __, bits) => Math.round((random() - 0.5) * 2 ** (bits - 1)), (i) => i % 10 !== 0)
    expect(samples.every((sample) => Math.abs(sample) < 0.75)).toBe(true)
  })

  it("dies away within 70 ms, and is silence then", () => {
    const rig = createRig({ delayFrames: DELAY, signal: tone(440) })
    const blocks = rig.play(steady(100, BLOCK), 100 * BLOCK + 24_000)
    const samples = join(blocks)
    const end = samples.findLastIndex((sample) => sample !== 0)
    const last = blocks.findLastIndex(isWhole)
    expect(end - (last + 1) * BLOCK).toBeLessThan(0.07 * RATE_HZ + BLOCK)
    expect(end - (last + 1) * BLOCK).toBeGreaterThan(0.05 * RATE_HZ)
    expect(rig.stat("playing")).toBe(0)
    // What is missing counts until the stream is taken to have paused.
    expect(rig.stat("concealedFrames")).toBeLessThan(0.2 * RATE_HZ + 2 * BLOCK)
    expect(rig.stat("silentConcealedFrames")).toBe(rig.stat("concealedFrames") - 3360)
  })
})

describe("a late packet", () => {
  it("is not played late: what follows is where it would have been", () => {
    const rig = createRig({ delayFrames: DELAY })
    const blocks = rig.play(steady(300, BLOCK).map((packet, i) => (i === 100 ? { ...packet, at: packet.at + 5000 } : packet)), 300 * BLOCK)
    // A block a packet, each at its place but the lost one, which is led to the one after it.
    const heard = heardFrames(blocks).filter((_, i) => i % BLOCK === 0)
    const first = heard[0]!
    expect(heard.every(({ frame, at }) => at - first.at === frame - first.frame)).toBe(true)
    const places = new Set(heard.map(({ frame }) => frame / BLOCK))
    expect(Array.from({ length: 290 }, (_, i) => i).filter((i) => !places.has(i))).toEqual([100])
    expect([rig.stat("late"), rig.stat("concealedFrames"), rig.stat("concealmentEvents")]).toEqual([1, BLOCK, 1])
  })

  it("is played from the frame on that is still to come", () => {
    const rig = createRig({ delayFrames: 0 })
    // 960 frames, of which the first 400 or so come too late.
    const blocks = rig.play(steady(60, 960).map((packet, i) => (i === 30 ? { ...packet, at: packet.at + 400 } : packet)), 55_000)
    expect(rig.stat("late")).toBe(0)
    expect(rig.stat("concealmentEvents")).toBe(1)
    expect(rig.stat("concealedFrames")).toBeGreaterThanOrEqual(400 - BLOCK)
    expect(rig.stat("concealedFrames")).toBeLessThanOrEqual(400 + BLOCK)
    expect(heardFrames(blocks).some(({ frame }) => frame === 30 * 960 + 959)).toBe(true)
  })

  it("that came before counts as repeated, whether it was played already or not", () => {
    const rig = createRig({ delayFrames: DELAY })
    const packets = steady(100, BLOCK)
    rig.play([...packets, { ...packets[50]!, at: packets[50]!.at + 1 }, { ...packets[60]!, at: packets[60]!.at + 2000 }], 95 * BLOCK)
    expect([rig.stat("repeated"), rig.stat("late"), rig.stat("concealedFrames")]).toEqual([2, 0, 0])
  })
})
