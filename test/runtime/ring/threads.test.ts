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

const ends = (ring: Ring, roles: readonly [RingRole, RingRole], start: number, until: number, pauses = true): [RingEnd, RingEnd] => {
  const [writer, reader] = roles.map((role, i) => createRingEnd({ ...ring, role, start, until, seed: start + i * 7919 + 1, pauses }))
  return [writer!, reader!]
}

const expectClean = (reader: RingEnd, until: number): void => {
  expect([reader.faults(), reader.firstFault(), reader.count()]).toEqual([0, 0, until])
}

/** Where the int32 counters wrap, and where they come back to 0. */
const starts = [2 ** 31 - 5000, -5000]

describe("between two threads nothing is lost, torn or repeated", () => {
  it.each(starts)("in a block ring of 8: 15 million samples, counters from %i", async (start) => {
    const until = 60_000
    const [writer, reader] = ends(blockRing(start), ["writeBlocks", "readBlocks"], start, until)
    await Promise.all([writer.begin(), reader.begin()])
    await Promise.all([writer.done(), reader.done()])
    expectClean(reader, until)
    // Both a full and an empty ring were met.
    expect(Math.min(writer.waits(), reader.waits())).toBeGreaterThan(10)
  }, DEADLINE_MS)

  it("in a block ring of 1, where each waits for the other", async () => {
    const until = 3000
    const [writer, reader] = ends(blockRing(2 ** 31 - 1000, 1), ["writeBlocks", "readBlocks"], 2 ** 31 - 1000, until, false)
    await Promise.all([writer.begin(), reader.begin()])
    await Promise.all([writer.done(), reader.done()])
    expectClean(reader, until)
  }, DEADLINE_MS)

  it.each([2 ** 31 - 800_000, -800_000])("in a packet ring of 8 kB: 60,000 packets of 0 to 2.7 kB, counters from %i", async (start) => {
    const until = 60_000
    const [writer, reader] = ends(packetRing(start), ["writePackets", "readPackets"], start, until)
    await Promise.all([writer.begin(), reader.begin()])
    await Promise.all([writer.done(), reader.done()])
    expectClean(reader, until)
  }, DEADLINE_MS)

  it.each(starts)("in an event ring of 16: 400,000 records, counters from %i", async (start) => {
    const until = 400_000
    const [writer, reader] = ends(eventRing(start), ["writeEvents", "readEvents"], start, until)
    await Promise.all([writer.begin(), reader.begin()])
    await Promise.all([writer.done(), reader.done()])
    expectClean(reader, until)
  }, DEADLINE_MS)
})

describe("who is killed in the middle is followed by one who goes on", () => {
  const KILLS = 6
  const NO_END = 2 ** 30
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
    ["between two threads that block", "pong", 10_000], ["towards a thread with an event loop", "pongAsync", 5000],
  ] as const)("%s", async (_, pong, until) => {
    const memory = makeMemory()
    const [left, right] = ends({ memory, plan: { at: AT } }, ["ping", pong], 0, until)
    await Promise.all([left.begin(), right.begin()])
    await Promise.all([left.done(), right.done()])
    expect([left.faults(), right.faults()]).toEqual([0, 0])
    expect(Math.max(left.count(), right.count())).toBe(until)
  }, DEADLINE_MS)
})
