/**
 * Rings between real threads: every sample and byte is checked by the reader, the counters begin just before a wrap, both ends
 * stop and hurry at random, and ends are killed in the middle.
 */
import { describe, expect, it } from "vitest"
import { createRingEnd, type RingEnd, type RingRole } from "../../helpers/ring-threads.ts"
import { blockRingBytes, presetBlockRing } from "../../../src/runtime/ring/block-ring.ts"
import { presetEventRing } from "../../../src/runtime/ring/event-ring.ts"
import { presetPacketRing } from "../../../src/runtime/ring/packet-ring.ts"
import { createRandom } from "../dsp/kernels.ts"
import { AT, makeMemory } from "./memory.ts"

const DEADLINE_MS = 60_000

interface Ring {
  readonly memory: WebAssembly.Memory
  readonly plan: object
}

const blockRing = (start: number, capacity = 8): Ring => {
  const memory = makeMemory()
  const plan = { at: AT, capacity, channelCount: 2, blockFrames: 128 }
  expect(AT + blockRingBytes(capacity, 2, 128)).toBeLessThan(memory.buffer.byteLength)
  presetBlockRing(memory, plan, start)
  return { memory, plan }
}

const packetRing = (start: number): Ring => {
  const memory = makeMemory()
  const plan = { at: AT, capacityBytes: 8192 }
  presetPacketRing(memory, plan, start)
  return { memory, plan }
}

const eventRing = (start: number): Ring => {
  const memory = makeMemory()
  const plan = { at: AT, capacity: 16 }
  presetEventRing(memory, plan, start)
  return { memory, plan }
}

interface Length {
  readonly most: number
  /** As many it is in any case; what is over depends on how busy the machine is. */
  readonly least: number
}

const WITHIN_MS = 1500

const ends = (ring: Ring, roles: readonly [RingRole, RingRole], start: number, { most, least }: Length, pauses = true): [RingEnd, RingEnd] => {
  const limit = new Int32Array(new SharedArrayBuffer(4)).fill(most)
  const [writer, reader] = roles.map((role, i) =>
    createRingEnd({ ...ring, role, start, limit, least, withinMs: WITHIN_MS, seed: start + i * 7919 + 1, pauses }))
  return [writer!, reader!]
}

const expectClean = (reader: RingEnd, count: number): void => {
  expect([reader.faults(), reader.firstFault(), reader.count()]).toEqual([0, 0, count])
}

/** Runs both ends to the end; what was written is what was read, and right. */
const runThrough = async ([writer, reader]: readonly [RingEnd, RingEnd], { least }: Length): Promise<void> => {
  await Promise.all([writer.begin(), reader.begin()])
  await Promise.all([writer.done(), reader.done()])
  expect(writer.count()).toBeGreaterThanOrEqual(least)
  expectClean(reader, writer.count())
}

/** Where the int32 counters wrap, and where they come back to 0. */
const starts = [2 ** 31 - 5000, -5000]

describe("between two threads nothing is lost, torn or repeated", () => {
  it.each(starts)("in a block ring of 8: up to 15 million samples, counters from %i", async (start) => {
    const length = { most: 60_000, least: 8000 }
    const both = ends(blockRing(start), ["writeBlocks", "readBlocks"], start, length)
    await runThrough(both, length)
    // Both a full and an empty ring were met.
    expect(Math.min(both[0].waits(), both[1].waits())).toBeGreaterThan(10)
  }, DEADLINE_MS)

  it("in a block ring of 1, where each waits for the other", async () => {
    const length = { most: 3000, least: 1500 }
    await runThrough(ends(blockRing(2 ** 31 - 1000, 1), ["writeBlocks", "readBlocks"], 2 ** 31 - 1000, length, false), length)
  }, DEADLINE_MS)

  it.each([2 ** 31 - 800_000, -800_000])("in a packet ring of 8 kB: up to 60,000 packets of 0 to 2.7 kB, counters from %i", async (start) => {
    const length = { most: 60_000, least: 2000 }
    await runThrough(ends(packetRing(start), ["writePackets", "readPackets"], start, length), length)
  }, DEADLINE_MS)

  it.each(starts)("in an event ring of 16: up to 400,000 records, counters from %i", async (start) => {
    const length = { most: 400_000, least: 8000 }
    await runThrough(ends(eventRing(start), ["writeEvents", "readEvents"], start, length), length)
  }, DEADLINE_MS)
})

describe("who is killed in the middle is followed by one who goes on", () => {
  const KILLS = 6
  const NO_END = { most: 2 ** 30, least: 2 ** 30 }
  const random = createRandom(31)
  const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1))

  /** Lets it do so many more, then kills it at work. */
  const killAfter = async (end: RingEnd, more: number): Promise<void> => {
    const from = end.count()
    while (end.count() < from + more) await turn()
    await end.kill()
  }

  /** Kills the writer, lets the reader read what there is; returns how many were committed. */
  const finish = async ({ memory }: Ring, start: number, writer: RingEnd, reader: RingEnd): Promise<number> => {
    await killAfter(writer, 1000)
    const committed = (Atomics.load(new Int32Array(memory.buffer, AT, 1), 0) - start) | 0
    while (reader.count() < committed && reader.faults() === 0) await turn()
    await reader.kill()
    return committed
  }

  it.each([
    ["the writer of blocks: what it had not committed is written anew, nothing else", "block", [0]],
    ["the reader of blocks: what it had not released is read again, nothing else", "block", [1]],
    ["the ends of a block ring in turn", "block", [0, 1]],
    ["the ends of an event ring in turn", "event", [0, 1]],
  ] as const)("%s", async (_, kind, which) => {
    const start = 2 ** 31 - 3000
    const ring = kind === "block" ? blockRing(start) : eventRing(start)
    const both = ends(ring, kind === "block" ? ["writeBlocks", "readBlocks"] : ["writeEvents", "readEvents"], start, NO_END, false)
    const [writer, reader] = both
    await Promise.all([writer.begin(), reader.begin()])
    for (let kill = 0; kill < KILLS; kill++) {
      const end = both[which[kill % which.length] as 0 | 1]
      await killAfter(end, 500 + random() * 1000)
      await end.begin(kill + 2)
    }
    expectClean(reader, await finish(ring, start, writer, reader))
    expect(reader.count()).toBeGreaterThan(3000)
  }, DEADLINE_MS)
})

describe("a bell is never lost", () => {
  it.each([
    ["between two threads that block", "pong"], ["towards a thread with an event loop", "pongAsync"],
  ] as const)("%s: up to 10,000 turns", async (_, pong) => {
    const memory = makeMemory()
    const length = { most: 10_000, least: 500 }
    const [left, right] = ends({ memory, plan: { at: AT } }, ["ping", pong], 0, length)
    await Promise.all([left.begin(), right.begin()])
    await Promise.all([left.done(), right.done()])
    expect([left.faults(), right.faults()]).toEqual([0, 0])
    expect(Math.max(left.count(), right.count())).toBeGreaterThanOrEqual(length.least)
  }, DEADLINE_MS)
})
