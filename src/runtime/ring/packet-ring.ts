/**
 * A ring of received packets from the receiver to a jitter buffer: one writer, one reader, records of any length up to a limit.
 *
 * A record is a header and the payload, never split: where the room up to the ring's end is too short, a pad record fills it and
 * the packet begins at the ring's start. Counters count bytes, run freely as int32, and are compared by their difference, as in
 * the block ring, whose argument for the order of loads and stores holds here word for word. A packet that finds no room is
 * refused and the caller counts it: the network can never make the reader wait or the memory grow.
 *
 * Thread: net (writer), audio (reader)      Realtime: wait-free, allocates nothing after creation
 */
import { openByteRing, type ByteRingPlan } from "./byte-ring.ts"

const WRITTEN = 0
const RELEASED = 16
const HEADER_BYTES = 48

/** What travels with a packet beside its whole numbers; through an array, as in the block ring, and for the same reason. */
export const PacketMeta = {
  /** us on the party clock. */
  arrivalUs: 0,
  /** Widened sequence number. */
  extSeq: 1,
  /** When its first frame was captured, us on the party clock; NaN where unknown. */
  captureUs: 2,
} as const

export interface PacketWriter {
  /** Set before `write`; see PacketMeta. */
  readonly meta: Float64Array
  /**
   * Copies a packet in, with `meta`.
   * payload        the datagram; payloadOffset, payloadBytes say where in it the audio lies
   * rtpTimestamp   as on the wire, as int32
   * format         payload type
   * epoch          grows with every restart of the stream
   * Returns        false when there is no room
   */
  write(payload: Uint8Array, payloadOffset: number, payloadBytes: number, rtpTimestamp: number, format: number, epoch: number): boolean
}

export function createPacketWriter(memory: WebAssembly.Memory, plan: ByteRingPlan): PacketWriter {
  const { control, mask, bytes, ints, doubles } = openByteRing(memory, plan)
  const capacity = plan.capacityBytes
  const meta = new Float64Array(3)
  let written = Atomics.load(control, WRITTEN)
  return {
    meta,
    /* @hot */
    write(payload, payloadOffset, payloadBytes, rtpTimestamp, format, epoch) {
      const recordBytes = (HEADER_BYTES + payloadBytes + 7) & ~7
      const toEnd = capacity - (written & mask)
      const needed = toEnd < recordBytes ? toEnd + recordBytes : recordBytes
      if (needed > capacity - ((written - Atomics.load(control, RELEASED)) | 0)) return false
      let at = written & mask
      if (toEnd < recordBytes) {
        ints[at >> 2] = toEnd
        ints[(at >> 2) + 1] = -1
        at = 0
      }
      const word = at >> 2
      ints[word] = recordBytes
      ints[word + 1] = payloadBytes
      doubles[(at >> 3) + 1] = meta[0] as number
      doubles[(at >> 3) + 2] = meta[1] as number
      doubles[(at >> 3) + 3] = meta[2] as number
      ints[word + 8] = rtpTimestamp
      ints[word + 9] = format
      ints[word + 10] = epoch
      const to = at + HEADER_BYTES
      for (let i = 0; i < payloadBytes; i++) bytes[to + i] = payload[payloadOffset + i] as number
      written = (written + needed) | 0
      Atomics.store(control, WRITTEN, written)
      return true
    },
  }
}

export interface PacketReader {
  /** Of the current packet; see PacketMeta. */
  readonly meta: Float64Array
  /** Makes the oldest packet the current one and fills `meta`; false when there is none. */
  next(): boolean
  /** Of the current packet. */
  payloadAddress(): number
  payloadBytes(): number
  /** As int32. */
  rtpTimestamp(): number
  format(): number
  epoch(): number
  /** Gives the current packet's room back. */
  release(): void
}

export function createPacketReader(memory: WebAssembly.Memory, plan: ByteRingPlan): PacketReader {
  const { control, mask, first, ints, doubles } = openByteRing(memory, plan)
  const meta = new Float64Array(3)
  let released = Atomics.load(control, RELEASED)
  let at = 0
  return {
    meta,
    /* @hot */
    next() {
      if (((Atomics.load(control, WRITTEN) - released) | 0) <= 0) return false
      at = released & mask
      if (ints[(at >> 2) + 1] === -1) {
        released = (released + (ints[at >> 2] as number)) | 0
        Atomics.store(control, RELEASED, released)
        at = 0
      }
      meta[0] = doubles[(at >> 3) + 1] as number
      meta[1] = doubles[(at >> 3) + 2] as number
      meta[2] = doubles[(at >> 3) + 3] as number
      return true
    },
    /* @hot */
    payloadAddress() {
      return first + at + HEADER_BYTES
    },
    /* @hot */
    payloadBytes() {
      return ints[(at >> 2) + 1] as number
    },
    /* @hot */
    rtpTimestamp() {
      return ints[(at >> 2) + 8] as number
    },
    /* @hot */
    format() {
      return ints[(at >> 2) + 9] as number
    },
    /* @hot */
    epoch() {
      return ints[(at >> 2) + 10] as number
    },
    /* @hot */
    release() {
      released = (released + (ints[at >> 2] as number)) | 0
      Atomics.store(control, RELEASED, released)
    },
  }
}

/** Sets both counters of an idle ring (a multiple of 8), so that a test can begin just before the wrap. */
export const presetPacketRing = (memory: WebAssembly.Memory, plan: ByteRingPlan, count: number): void => {
  const { control } = openByteRing(memory, plan)
  Atomics.store(control, WRITTEN, count | 0)
  Atomics.store(control, RELEASED, count | 0)
}
