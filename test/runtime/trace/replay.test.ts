/** What was traced is replayed bit by bit, from its beginning or its middle, and with another policy differs as it should. */
import { describe, expect, it } from "vitest"
import { JitterStats } from "../../../src/runtime/jitter/jitter-stats.ts"
import { encodeGap } from "../../../src/runtime/trace/encode.ts"
import { ALL_THREADS, TraceKind } from "../../../src/runtime/trace/format.ts"
import { createOverview } from "../../../src/runtime/trace/overview.ts"
import type { ReplayedBlock } from "../../../src/runtime/trace/replay.ts"
import { createTraceRig, headerOf, joined, recordsOf, replayOf, type TraceRig } from "./rig.ts"

const traced = (rounds: number, options: Parameters<typeof createTraceRig>[0] = {}): TraceRig => {
  const rig = createTraceRig(options)
  rig.run(rounds)
  return rig
}

const kinds = (bytes: Uint8Array): number[] => recordsOf(bytes).map(({ kind }) => kind)
const countOf = (bytes: Uint8Array, kind: number): number => kinds(bytes).filter((each) => each === kind).length

describe("a replay", () => {
  it("does what was recorded, block by block", () => {
    const rig = traced(1500)
    const heard: ReplayedBlock[] = []
    const result = replayOf(rig.bytes(), headerOf(2), { onBlock: (block) => heard.push({ ...block, channels: block.channels.map((plane) => plane.slice()) }) })
    expect(result.first).toBeUndefined()
    // The second slot's state came a round later.
    expect(result.pulls).toBe(1500 + 1499)
    for (const slot of [0, 1]) {
      const own = heard.filter((block) => block.slot === slot)
      const live = rig.blocks[slot]!.slice(-own.length)
      own.forEach(({ channels }, i) => expect(channels[0]).toEqual(live[i]))
    }
  })

  it("ends with the figures that the live buffer has", () => {
    const rig = traced(1200)
    const { streams } = replayOf(rig.bytes(), headerOf(2))
    expect(streams.map(({ run }) => run.stats)).toEqual([rig.stats(0), rig.stats(1)])
    const [first] = streams
    expect(first!.run.figures.concealedFrames).toBe(rig.stats(0)[JitterStats.concealedFrames])
    expect(first!.run.figures.concealmentEvents).toBeGreaterThan(10)
    expect(first!.run.figures.late).toBeGreaterThan(0)
    expect(first!.received).toEqual({ received: 7 })
    expect(first!.run.curve.length).toBeGreaterThan(0)
  })

  it.each([1, 7, 64, 4096])("is the same when it is read in pieces of %i bytes", (pieceBytes) => {
    const rig = traced(40, { slotCount: 1 })
    const result = replayOf(rig.bytes(), headerOf(1), {}, pieceBytes)
    expect([result.pulls, result.differing]).toEqual([40, 0])
  })

  it("begins in the middle, where a segment does", () => {
    const rig = traced(700)
    const before = rig.bytes().length
    rig.ask(1)
    rig.run(600)
    const all = rig.bytes()
    const head = recordsOf(all)[1]!.at
    const middle = joined(all.subarray(0, head), all.subarray(before))
    const result = replayOf(middle, headerOf(2))
    expect([result.pulls, result.differing]).toEqual([600 + 599, 0])
    expect(result.streams.map(({ run }) => run.stats)).toEqual([rig.stats(0), rig.stats(1)])
    // Whoever reads from the beginning does not stumble over the states in between.
    expect(replayOf(all, headerOf(2))).toMatchObject({ pulls: 1300 + 1299, differing: 0 })
  })

  it("follows a change of policy while it ran", () => {
    const rig = traced(400)
    rig.wish(0, "safe")
    rig.run(700)
    rig.wish(0, "tight")
    rig.run(400)
    expect(countOf(rig.bytes(), TraceKind.wish)).toBe(2)
    expect(replayOf(rig.bytes(), headerOf(2))).toMatchObject({ differing: 0 })
  })

  it("tells one stream from the next in its slot", () => {
    const rig = traced(400, { slotCount: 1 })
    rig.replace(0)
    rig.run(300)
    const { streams, differing } = replayOf(rig.bytes(), headerOf(1))
    expect(differing).toBe(0)
    expect(streams.map(({ ssrc, pulls }) => [ssrc, pulls])).toEqual([[1000, 400], [6000, 300]])
    expect(streams[1]!.run.figures.packets).toBeLessThanOrEqual(310)
  })

  it("may be of one stream only", () => {
    const rig = traced(300)
    const overview = createOverview()
    for (const record of recordsOf(rig.bytes())) overview.take(record)
    const { streams } = overview.end()
    expect(streams.map(({ slot, ssrc }) => [slot, ssrc])).toEqual([[0, 1000], [1, 1001]])
    const result = replayOf(rig.bytes(), headerOf(2), { only: new Set([1001 + 2 ** 32]) })
    expect(result.streams.map(({ slot }) => slot)).toEqual([1])
    expect(result.differing).toBe(0)
  })

  it("finds a sample, a flag or a segment that is not as recorded", () => {
    const rig = traced(300, { slotCount: 1 })
    const change = (pull: number, byte: number): Uint8Array => {
      const bytes = rig.bytes()
      const record = recordsOf(bytes).filter(({ kind }) => kind === TraceKind.pull)[pull]!
      bytes[record.at + 8 + byte]! ^= 1
      return bytes
    }
    const whatAt = (byte: number): string | undefined => {
      const { first, differing } = replayOf(change(250, byte), headerOf(1))
      expect([first?.pull, differing]).toEqual([251, 1])
      return first?.what
    }
    expect([0, 4, 8, 24].map(whatAt)).toEqual(["flags", "samples", "figures", "segments"])
  })

  it("goes wrong from a changed packet on", () => {
    const bytes = traced(300, { slotCount: 1 }).bytes()
    const packet = recordsOf(bytes).filter(({ kind }) => kind === TraceKind.packet)[200]!
    bytes[packet.at + 8 + 40 + 100]! ^= 0x40
    const { first, differing } = replayOf(bytes, headerOf(1))
    expect(first?.what).toBe("samples")
    expect(differing).toBeLessThan(100)
  })
})

describe("a replay with another policy", () => {
  it("waits less under tight and longer under safe, beside what was recorded", () => {
    const rig = traced(3000, { slotCount: 1 })
    const figures = (policy: "tight" | "steady" | "safe") => {
      const result = replayOf(rig.bytes(), headerOf(1), { whatIf: { policy } })
      expect(result.differing).toBe(0)
      const [stream] = result.streams
      expect(stream!.run.figures.packets).toBe(rig.stats(0)[JitterStats.packets])
      return stream!.whatIf!.figures
    }
    const [tight, steady, safe] = [figures("tight"), figures("steady"), figures("safe")]
    const own = replayOf(rig.bytes(), headerOf(1)).streams[0]!.run.figures
    expect(steady).toEqual(own)
    expect(tight.delayMs).toBeLessThan(steady.delayMs)
    expect(safe.delayMs).toBeGreaterThan(steady.delayMs)
    expect(tight.concealedFrames).toBeGreaterThan(safe.concealedFrames)
  })

  it("keeps a delay that is asked for, and renders that", () => {
    const rig = traced(1500, { slotCount: 1 })
    const heard: number[] = []
    const { streams } = replayOf(rig.bytes(), headerOf(1), { whatIf: { delayMs: 100 }, onBlock: ({ channels }) => heard.push(channels[0]![5]!) })
    expect(streams[0]!.whatIf!.figures.delayMs).toBeGreaterThan(90)
    expect(streams[0]!.whatIf!.figures.late).toBe(0)
    expect(heard).toHaveLength(1500)
    expect(heard).not.toEqual(rig.blocks[0]!.map((block) => block[5]))
  })

  it("stays within bounds", () => {
    const rig = traced(2000, { slotCount: 1 })
    const { streams } = replayOf(rig.bytes(), headerOf(1), { whatIf: { policy: "safe", minMs: 20, maxMs: 22 } })
    const { targetMs } = streams[0]!.whatIf!.figures
    expect(targetMs).toBeGreaterThanOrEqual(19.9)
    expect(targetMs).toBeLessThanOrEqual(22.1)
  })
})

describe("a trace whose disk is too slow", () => {
  it("leaves out what finds no room, says how much, and begins anew from each state", () => {
    const rig = traced(300, { capacityBytes: 1 << 21 })
    rig.stall(true)
    rig.run(5000)
    rig.stall(false)
    rig.run(500)
    const bytes = rig.bytes()
    const gaps = recordsOf(bytes).filter(({ kind }) => kind === TraceKind.gap)
    expect(gaps).toHaveLength(2)
    expect(gaps[1]!.body.getInt32(0, true)).toBeGreaterThan(0)
    const result = replayOf(bytes, headerOf(2))
    expect(result.differing).toBe(0)
    // Two stretches of each stream.
    expect(result.streams.map(({ slot }) => slot)).toEqual([0, 1, 0, 1])
    expect(result.streams.slice(2).map(({ run }) => run.stats)).toEqual([rig.stats(0), rig.stats(1)])
    expect(result.pulls).toBeLessThan(2 * 5800)
  })

  it("is not joined over what another writer has written", () => {
    const rig = traced(100)
    const before = rig.bytes()
    rig.run(100)
    const bytes = joined(before, encodeGap(ALL_THREADS, 0), rig.bytes().subarray(before.length))
    expect(replayOf(bytes, headerOf(2))).toMatchObject({ pulls: 100 + 99, differing: 0 })
  })

  it("writes nothing any more once the trace has ended", () => {
    const rig = traced(100)
    rig.ask(-1)
    rig.run(1)
    const before = rig.bytes().length
    rig.run(100)
    expect(rig.bytes()).toHaveLength(before)
  })
})

describe("a slot that is empty for a while", () => {
  it("gets its state when somebody comes, and goes on afterwards", () => {
    const rig = traced(900, { active: (slot, round) => slot === 0 || (round > 300 && round < 500) || round > 700 })
    const result = replayOf(rig.bytes(), headerOf(2))
    expect(result.differing).toBe(0)
    expect(result.streams.map(({ slot, pulls }) => [slot, pulls])).toEqual([[0, 900], [1, rig.blocks[1]!.length]])
    expect(rig.blocks[1]!.length).toBeGreaterThan(400)
  })
})
