/**
 * Where everything of a party lies in its arena. Plain data: made once in the main thread, handed to every worker.
 */
import { blockRingBytes, powerOfTwo, type BlockRingPlan } from "../ring/block-ring.ts"
import { byteRingBytes, type ByteRingPlan } from "../ring/byte-ring.ts"
import { eventRingBytes, type EventRingPlan } from "../ring/event-ring.ts"
import { HISTOGRAM_BYTES } from "../ring/histogram.ts"
import { statsBytes, type StatsFields } from "../ring/stats-page.ts"
import { THREAD_WORD_BYTES } from "../ring/thread-words.ts"
import { createArenaPlanner } from "./planner.ts"

/** What the plan must make room for. */
export interface PartyShape {
  readonly baseBytes: number
  readonly rateHz: number
  readonly blockFrames: number
  /** In the order of the preset. */
  readonly sources: readonly { readonly channelCount: number; readonly send: boolean; readonly local: boolean }[]
  readonly peerCount: number
  readonly outputCount: number
  readonly taps: readonly { readonly ringSeconds: number }[]
  readonly threadIds: readonly string[]
  readonly jitterThreadCount: number
  /** Bytes that the renderer asks for. */
  readonly rendererBytes: number
  /** Bytes that a jitter buffer asks for, and the wish of its delay. */
  readonly jitterStoreBytes: number
  readonly jitterWishBytes: number
  /** Of the ring of each jitter thread that is traced; absent: none is. */
  readonly traceRingBytes?: number
  readonly stats: {
    readonly source: StatsFields<string>
    readonly stream: StatsFields<string>
    readonly peer: StatsFields<string>
    readonly jitter: StatsFields<string>
    readonly mixer: StatsFields<string>
    readonly output: StatsFields<string>
    readonly net: StatsFields<string>
  }
}

export interface ThreadPlan {
  readonly words: number
  readonly journal: EventRingPlan
}

export interface SourcePlan {
  readonly channelCount: number
  readonly send?: BlockRingPlan
  readonly local?: BlockRingPlan
  /** The jitter buffer between the source's clock and the master's, and the two planes of the block that comes out; only where it is heard. */
  readonly jitter?: { readonly store: number; readonly stats: number; readonly wish: number; readonly planes: number }
  readonly stats: number
  /** State of the RTP stream that outlives the sender thread. */
  readonly stream: number
  readonly streamStats: number
  /** Packets being built: PACKET_SLOTS of PACKET_SLOT_BYTES, then 16 bytes for a meter and 4 for dither. */
  readonly packets: number
}

export interface PeerPlan {
  /** Int32 words: see PeerWord. */
  readonly words: number
  readonly packets: ByteRingPlan
  readonly blocks: BlockRingPlan
  readonly store: number
  /** What is wished of the buffer's delay: see actors/jitter/wish.ts. */
  readonly wish: number
  readonly peerStats: number
  readonly jitterStats: number
}

export interface OutputPlan {
  readonly ring: BlockRingPlan
  readonly stats: number
}

export interface PartyPlan {
  readonly bytes: number
  readonly rateHz: number
  readonly blockFrames: number
  readonly threads: Readonly<Record<string, ThreadPlan>>
  readonly sources: readonly SourcePlan[]
  readonly peers: readonly PeerPlan[]
  readonly outputs: readonly OutputPlan[]
  /** Ring, and words that outlive the tap thread (float64: start position). */
  readonly taps: readonly { readonly ring: BlockRingPlan; readonly resume: number }[]
  /** Int32 words of the pull from playback through mixer to the jitter threads: see PullWord. */
  readonly pull: number
  readonly commands: EventRingPlan
  readonly renderer: number
  readonly mixerStats: number
  readonly netStats: number
  /** Float64 us on the party clock: when the party's frame 0 was. */
  readonly epoch: number
  readonly histograms: Readonly<Record<HistogramName, number>>
  /** By jitter thread: how long frames waited. */
  readonly jitterWaits: readonly number[]
  /** By jitter thread: what it writes down of itself. Absent: nobody asks for it. */
  readonly traces?: readonly ByteRingPlan[]
}

/** Stages whose times are kept as distributions. */
const HISTOGRAMS = ["network", "pull", "render", "playbackWait", "added"] as const
export type HistogramName = (typeof HISTOGRAMS)[number]

/** Words of the pull, a cache line apart. `wanted` is written by playback, `served` and `round` by the mixer. */
export const PullWord = { wanted: 0, served: 16, round: 32, done: 48 } as const
/** Words in a cache line. */
export const LINE_WORDS = 16

/** Words of a peer's slot, written by the receiver. */
export const PeerWord = { active: 0, ssrc: 1, epoch: 2, payloadType: 3 } as const

/** A packet stays untouched until this many later ones were built: the kernel has copied it long before. */
export const PACKET_SLOTS = 8
export const PACKET_SLOT_BYTES = 2048

const WORD_PAGE = 64
const SOURCE_RING_BLOCKS = 64
const PEER_RING_BLOCKS = 8
const OUTPUT_RING_BLOCKS = 16
const PACKET_RING_BYTES = 131_072
const JOURNAL_RECORDS = 512
const COMMAND_RECORDS = 2048

export function planParty(shape: PartyShape): PartyPlan {
  const { take, end } = createArenaPlanner(shape.baseBytes)
  const { blockFrames, rateHz } = shape
  const blockRing = (capacity: number, channelCount: number): BlockRingPlan =>
    ({ at: take(blockRingBytes(capacity, channelCount, blockFrames)), capacity, channelCount, blockFrames })
  const eventRing = (capacity: number): EventRingPlan => ({ at: take(eventRingBytes(capacity)), capacity })
  const traceRings = (capacityBytes: number): readonly ByteRingPlan[] =>
    Array.from({ length: shape.jitterThreadCount }, () => ({ at: take(byteRingBytes(capacityBytes)), capacityBytes }))
  const page = (fields: StatsFields<string>): number => take(statsBytes(fields))

  const plan = {
    rateHz,
    blockFrames,
    pull: take((PullWord.done + LINE_WORDS * shape.jitterThreadCount) * 4),
    commands: eventRing(COMMAND_RECORDS),
    threads: Object.fromEntries(shape.threadIds.map((id) => [id, { words: take(THREAD_WORD_BYTES), journal: eventRing(JOURNAL_RECORDS) }])),
    sources: shape.sources.map((source) => ({
      channelCount: source.channelCount,
      ...(source.send && { send: blockRing(SOURCE_RING_BLOCKS, source.channelCount) }),
      ...(source.local && {
        local: blockRing(SOURCE_RING_BLOCKS, source.channelCount),
        jitter: {
          store: take(shape.jitterStoreBytes), stats: page(shape.stats.jitter), wish: take(shape.jitterWishBytes), planes: take(blockFrames * 8),
        },
      }),
      stats: page(shape.stats.source),
      stream: take(WORD_PAGE * 2),
      streamStats: page(shape.stats.stream),
      packets: take(PACKET_SLOTS * PACKET_SLOT_BYTES + WORD_PAGE),
    })),
    peers: Array.from({ length: shape.peerCount }, () => ({
      words: take(WORD_PAGE),
      packets: { at: take(byteRingBytes(PACKET_RING_BYTES)), capacityBytes: PACKET_RING_BYTES },
      blocks: blockRing(PEER_RING_BLOCKS, 2),
      store: take(shape.jitterStoreBytes),
      wish: take(shape.jitterWishBytes),
      peerStats: page(shape.stats.peer),
      jitterStats: page(shape.stats.jitter),
    })),
    outputs: Array.from({ length: shape.outputCount }, () => ({ ring: blockRing(OUTPUT_RING_BLOCKS, 2), stats: page(shape.stats.output) })),
    taps: shape.taps.map((tap) => ({
      ring: blockRing(powerOfTwo((tap.ringSeconds * rateHz) / blockFrames), 2),
      resume: take(WORD_PAGE),
    })),
    renderer: take(shape.rendererBytes),
    mixerStats: page(shape.stats.mixer),
    netStats: page(shape.stats.net),
    epoch: take(WORD_PAGE),
    histograms: Object.fromEntries(HISTOGRAMS.map((name) => [name, take(HISTOGRAM_BYTES)])) as Record<HistogramName, number>,
    jitterWaits: Array.from({ length: shape.jitterThreadCount }, () => take(HISTOGRAM_BYTES)),
    ...(shape.traceRingBytes !== undefined && { traces: traceRings(shape.traceRingBytes) }),
  }
  return { ...plan, bytes: end() }
}
