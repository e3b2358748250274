import { describe, expect, it } from "vitest"
import { MixerStats, NetStats, OutputStats, PeerStats, SourceStats, StreamStats } from "../../../src/runtime/arena/pages.ts"
import { createArenaPlanner } from "../../../src/runtime/arena/planner.ts"
import { LINE_WORDS, PACKET_SLOT_BYTES, PACKET_SLOTS, planParty, PullWord, type PartyPlan, type PartyShape } from "../../../src/runtime/arena/party-plan.ts"
import { ARENA_BASE_BYTES } from "../../../src/runtime/dsp/dsp.ts"
import { JitterStats } from "../../../src/runtime/jitter/jitter-stats.ts"
import { STORE_BYTES } from "../../../src/runtime/jitter/sample-store.ts"
import { blockRingBytes, createBlockReader, type BlockRingPlan } from "../../../src/runtime/ring/block-ring.ts"
import { createEventReader, eventRingBytes, type EventRingPlan } from "../../../src/runtime/ring/event-ring.ts"
import { HISTOGRAM_BYTES } from "../../../src/runtime/ring/histogram.ts"
import { byteRingBytes } from "../../../src/runtime/ring/byte-ring.ts"
import { createPacketReader, createPacketWriter } from "../../../src/runtime/ring/packet-ring.ts"
import { statsBytes } from "../../../src/runtime/ring/stats-page.ts"
import { THREAD_WORD_BYTES } from "../../../src/runtime/ring/thread-words.ts"

describe("the planner", () => {
  it("gives places one after the other, on cache lines unless asked otherwise", () => {
    const { take, end } = createArenaPlanner(100)
    expect([take(1), take(64), take(65), take(3, 4), take(8, 8), end()]).toEqual([128, 192, 256, 324, 328, 336])
  })

  it("gives nothing for nothing", () => {
    const { take, end } = createArenaPlanner(4096)
    expect([take(0), take(0), end()]).toEqual([4096, 4096, 4096])
  })
})

const stats = {
  source: SourceStats, stream: StreamStats, peer: PeerStats, jitter: JitterStats, mixer: MixerStats, output: OutputStats, net: NetStats,
}
const shape = (parts: Partial<PartyShape> = {}): PartyShape => ({
  baseBytes: ARENA_BASE_BYTES, rateHz: 48_000, blockFrames: 128,
  sources: [{ channelCount: 1, send: true, local: true }, { channelCount: 2, send: false, local: true }, { channelCount: 2, send: true, local: false }],
  peerCount: 5, outputCount: 2, taps: [{ ringSeconds: 0.5 }, { ringSeconds: 4 }],
  threadIds: ["mixer", "jitter-0", "jitter-1", "receiver", "playback-0"], jitterThreadCount: 2,
  rendererBytes: 12_345, jitterStoreBytes: STORE_BYTES, jitterWishBytes: 64, stats, ...parts,
})

interface Region {
  readonly name: string
  readonly at: number
  readonly bytes: number
}

/** Every region of a plan, with the bytes that its user touches. */
const regionsOf = (plan: PartyPlan, given: PartyShape): Region[] => {
  const regions: Region[] = []
  const add = (name: string, at: number, bytes: number): void => void regions.push({ name, at, bytes })
  const blocks = (name: string, ring: BlockRingPlan | undefined): void => {
    if (ring !== undefined) add(name, ring.at, blockRingBytes(ring.capacity, ring.channelCount, ring.blockFrames))
  }
  const events = (name: string, ring: EventRingPlan): void => add(name, ring.at, eventRingBytes(ring.capacity))
  for (const [id, thread] of Object.entries(plan.threads)) {
    add(`${id} words`, thread.words, THREAD_WORD_BYTES)
    events(`${id} journal`, thread.journal)
  }
  plan.sources.forEach((source, i) => {
    blocks(`source ${i} send`, source.send)
    blocks(`source ${i} local`, source.local)
    add(`source ${i} stats`, source.stats, statsBytes(SourceStats))
    add(`source ${i} stream`, source.stream, 128)
    add(`source ${i} stream stats`, source.streamStats, statsBytes(StreamStats))
    add(`source ${i} packets`, source.packets, PACKET_SLOTS * PACKET_SLOT_BYTES + 20)
  })
  plan.peers.forEach((peer, i) => {
    add(`peer ${i} words`, peer.words, LINE_WORDS * 4)
    add(`peer ${i} packets`, peer.packets.at, byteRingBytes(peer.packets.capacityBytes))
    blocks(`peer ${i} blocks`, peer.blocks)
    add(`peer ${i} store`, peer.store, STORE_BYTES)
    add(`peer ${i} stats`, peer.peerStats, statsBytes(PeerStats))
    add(`peer ${i} jitter stats`, peer.jitterStats, statsBytes(JitterStats))
  })
  plan.outputs.forEach((output, i) => {
    blocks(`output ${i}`, output.ring)
    add(`output ${i} stats`, output.stats, statsBytes(OutputStats))
  })
  plan.taps.forEach((tap, i) => {
    blocks(`tap ${i}`, tap.ring)
    add(`tap ${i} resume`, tap.resume, 8)
  })
  add("pull", plan.pull, (PullWord.done + LINE_WORDS * given.jitterThreadCount) * 4)
  events("commands", plan.commands)
  add("renderer", plan.renderer, given.rendererBytes)
  add("mixer stats", plan.mixerStats, statsBytes(MixerStats))
  add("net stats", plan.netStats, statsBytes(NetStats))
  add("epoch", plan.epoch, 8)
  for (const [name, at] of Object.entries(plan.histograms)) add(name, at, HISTOGRAM_BYTES)
  plan.jitterWaits.forEach((at, i) => add(`waits ${i}`, at, HISTOGRAM_BYTES))
  return regions
}

const shapes: readonly (readonly [string, PartyShape])[] = [
  ["a party of everything", shape()],
  ["a party of nobody", shape({ sources: [], peerCount: 0, outputCount: 1, taps: [], threadIds: ["mixer"], jitterThreadCount: 0, rendererBytes: 0 })],
  ["64 peers at 512 frames", shape({ peerCount: 64, blockFrames: 512 })],
  ["blocks of 100 frames", shape({ blockFrames: 100, rendererBytes: 1 })],
]

describe.each(shapes)("the plan of %s", (_, given) => {
  const plan = planParty(given)
  const regions = regionsOf(plan, given).toSorted((a, b) => a.at - b.at)

  it("gives each its own place, above what the kernels keep and below its end", () => {
    let end = given.baseBytes
    for (const { name, at, bytes } of regions) {
      expect(at, name).toBeGreaterThanOrEqual(end)
      end = at + bytes
    }
    expect(plan.bytes).toBeGreaterThanOrEqual(end)
    expect(plan.bytes - end).toBeLessThan(128)
  })

  it("puts everything on a cache line", () => {
    expect(regions.filter(({ at }) => at % 64 !== 0).map(({ name }) => name)).toEqual([])
  })

  it("gives rings that can be opened", () => {
    const memory = new WebAssembly.Memory({ initial: Math.ceil(plan.bytes / 65_536), maximum: Math.ceil(plan.bytes / 65_536), shared: true })
    for (const { send, local } of plan.sources) {
      for (const ring of [send, local]) if (ring !== undefined) expect(createBlockReader(memory, ring).level()).toBe(0)
    }
    for (const { ring } of [...plan.outputs, ...plan.taps]) expect(createBlockReader(memory, ring).level()).toBe(0)
    for (const peer of plan.peers) {
      expect(createBlockReader(memory, peer.blocks).level()).toBe(0)
      expect(createPacketReader(memory, peer.packets).next()).toBe(false)
    }
    for (const { journal } of Object.values(plan.threads)) expect(createEventReader(memory, journal).pop(new Float64Array(6))).toBe(false)
  })

  it("is plain data, the same for the same shape", () => {
    expect(structuredClone(plan)).toEqual(plan)
    expect(planParty(given)).toEqual(plan)
  })
})

it("makes rings only for what is asked for", () => {
  const { sources } = planParty(shape())
  expect(sources.map(({ send, local }) => [send !== undefined, local !== undefined])).toEqual([[true, true], [false, true], [true, false]])
  expect(sources.map(({ local }) => local?.channelCount)).toEqual([1, 2, undefined])
})

it("gives a tap's ring at least the time asked for, in a power of two of blocks", () => {
  const { taps } = planParty(shape())
  expect(taps.map(({ ring }) => ring.capacity)).toEqual([256, 2048])
})

it("costs 0.4 MB for a peer, whatever else there is", () => {
  const bytes = [8, 9, 10].map((peerCount) => planParty(shape({ peerCount })).bytes)
  expect(bytes[1]! - bytes[0]!).toBe(bytes[2]! - bytes[1]!)
  expect(bytes[1]! - bytes[0]!).toBeLessThan(420_000)
})

it("gives a peer's packets room for a stall of 300 ms, also of the smallest packets of the widest format", () => {
  const plan = planParty(shape())
  const memory = new WebAssembly.Memory({ initial: Math.ceil(plan.bytes / 65_536), maximum: 1024, shared: true })
  const writer = createPacketWriter(memory, plan.peers[0]!.packets)
  const frames = 64
  const payload = new Uint8Array(frames * 2 * 3)
  for (let written = 0; written < 0.3 * 48_000; written += frames) expect(writer.write(payload, 0, payload.length, written, 99, 0)).toBe(true)
})
