/**
 * Writes down what one jitter buffer is given and what it does, into the ring of its thread.
 *
 * Thread: audio      Realtime: wait-free, allocates nothing after creation
 */
import type { Dsp } from "../dsp/dsp.ts"
import type { JitterBuffer } from "../jitter/jitter-buffer.ts"
import { JitterStats } from "../jitter/jitter-stats.ts"
import type { PayloadLayout } from "../jitter/sample-store.ts"
import { SEGMENT_NUMBERS } from "../jitter/segment-report.ts"
import { BlockFlag } from "../ring/block-ring.ts"
import { BodyBytes, STATE_FRESH, tagOf, TraceKind } from "./format.ts"
import type { TraceRing } from "./recorder.ts"
import { HASH_SEED, hashWords } from "./words-hash.ts"

export interface SlotRecorderOptions {
  readonly ring: TraceRing
  readonly dsp: Dsp
  readonly memory: WebAssembly.Memory
  readonly thread: number
  readonly slot: number
  readonly buffer: JitterBuffer
  /** What the buffer was made with. */
  readonly report: Float64Array
  readonly stats: Float64Array
  readonly blockFrames: number
  /** The receiver's figures. */
  readonly peerStats: Float64Array
  /** [0]: the stream's SSRC. */
  readonly ssrc: Int32Array
  /** Pulls between two records of figures. */
  readonly statsPulls: number
}

export interface SlotRecorder {
  /** Before anything is done with the buffer in a round: writes its state down where that is due. */
  begin(): void
  /** numbers: as JitterWishReader has them. */
  wish(numbers: Float64Array): void
  skip(count: number): void
  reset(epoch: number): void
  /** meta: arrival, us; extended sequence number; capture, us; as PacketMeta has them. */
  packet(meta: Float64Array, rtpTimestamp: number, frameCount: number, address: number, payloadBytes: number, payloadType: number,
    layout: PayloadLayout): void
  /** The block was pulled; budget: the predictor's, before. */
  pull(flags: number, left: number, right: number, budget: number): void
  /** The figures, out of turn. */
  stats(): void
}

export function createSlotRecorder(options: SlotRecorderOptions): SlotRecorder {
  const { ring, dsp, memory, thread, slot, buffer, report, stats, blockFrames, peerStats, ssrc, statsPulls } = options
  const { writer } = ring
  const { ints, doubles } = writer
  const samples = new Int32Array(memory.buffer)
  const figureCount = Object.keys(JitterStats).length
  const figures = new Int32Array(stats.buffer, stats.byteOffset, figureCount * 2)
  const index = ring.join(buffer)
  let epoch = 0
  let sinceStats = 0

  const tags = {
    state: tagOf(TraceKind.state, thread, slot), chunk: tagOf(TraceKind.chunk, thread, slot), stateEnd: tagOf(TraceKind.stateEnd, thread, slot),
    wish: tagOf(TraceKind.wish, thread, slot), skip: tagOf(TraceKind.skip, thread, slot), reset: tagOf(TraceKind.reset, thread, slot),
    packet: tagOf(TraceKind.packet, thread, slot), pull: tagOf(TraceKind.pull, thread, slot), stats: tagOf(TraceKind.stats, thread, slot),
  }

  /* @hot */
  function writeStats(): void {
    sinceStats = 0
    const at = ring.claim((figureCount + peerStats.length) * 8, tags.stats) >> 3
    if (at < 0) return
    for (let i = 0; i < figureCount; i++) doubles[at + i] = stats[i] as number
    for (let i = 0; i < peerStats.length; i++) doubles[at + figureCount + i] = peerStats[i] as number
  }

  return {
    /* @hot */
    begin() {
      if (!ring.mayBegin(index)) return
      const fresh = stats[JitterStats.pulls] === 0 && stats[JitterStats.packets] === 0
      const at = ring.claim(BodyBytes.state, tags.state) >> 2
      if (at < 0) return
      ints[at] = ring.save(buffer)
      ints[at + 1] = ssrc[0] as number
      ints[at + 2] = epoch
      ints[at + 3] = fresh ? STATE_FRESH : 0
      ring.writeSaved(tags.chunk, tags.stateEnd)
      ring.begun(index)
    },
    /* @hot */
    wish(numbers) {
      if (!ring.knows(index)) return
      const at = ring.claim(BodyBytes.wish, tags.wish) >> 3
      if (at < 0) return
      for (let i = 0; i < 3; i++) doubles[at + i] = numbers[i] as number
    },
    /* @hot */
    skip(count) {
      if (!ring.knows(index)) return
      const at = ring.claim(BodyBytes.skip, tags.skip) >> 2
      if (at < 0) return
      ints[at] = count
      ints[at + 1] = 0
    },
    /* @hot */
    reset(newEpoch) {
      epoch = newEpoch
      if (!ring.knows(index)) return
      const at = ring.claim(BodyBytes.reset, tags.reset) >> 2
      if (at < 0) return
      ints[at] = ssrc[0] as number
      ints[at + 1] = newEpoch
    },
    /* @hot */
    packet(meta, rtpTimestamp, frameCount, address, payloadBytes, payloadType, layout) {
      if (!ring.knows(index)) return
      const byte = ring.claim(BodyBytes.packet + payloadBytes, tags.packet)
      if (byte < 0) return
      const at = byte >> 2
      for (let i = 0; i < 3; i++) doubles[(byte >> 3) + i] = meta[i] as number
      ints[at + 6] = rtpTimestamp
      ints[at + 7] = frameCount
      ints[at + 8] = payloadBytes
      ints[at + 9] = layout.bytesPerSample | (layout.channelCount << 8) | (payloadType << 16)
      dsp.copy(writer.address + byte + BodyBytes.packet, address, (payloadBytes + 3) >> 2)
    },
    /* @hot */
    pull(flags, left, right, budget) {
      if (!ring.knows(index)) return
      const segments = report[0] as number
      const at = ring.claim(BodyBytes.pull + segments * BodyBytes.segment, tags.pull) >> 2
      if (at < 0) return
      let hash = hashWords(samples, left >> 2, blockFrames, HASH_SEED)
      if ((flags & BlockFlag.mono) === 0) hash = hashWords(samples, right >> 2, blockFrames, hash)
      ints[at] = flags
      ints[at + 1] = hash
      ints[at + 2] = hashWords(figures, 0, figures.length, HASH_SEED)
      ints[at + 3] = budget
      ints[at + 4] = segments
      ints[at + 5] = 0
      const to = (at >> 1) + 3
      for (let i = 0; i < segments * SEGMENT_NUMBERS; i++) doubles[to + i] = report[1 + i] as number
      if (++sinceStats >= statsPulls) writeStats()
    },
    /* @hot */
    stats() {
      if (ring.knows(index)) writeStats()
    },
  }
}
