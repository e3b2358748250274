/**
 * A ring of records of any length between two threads: one writer, one reader. It is for what goes to a file: a record's first word
 * is its length, so that the reader may hand on whole stretches of the ring as they are.
 *
 * As in the packet ring a record is never split: where the room up to the ring's end is too short, a pad record fills it. Counters
 * count bytes, run freely as int32, and only their difference is used; the argument of the block ring for the order of loads and
 * stores holds here too. Any number of records is claimed and filled, then published at once. One that finds no room is refused.
 *
 * The reader has a word with which it may ask the writer for something.
 *
 * Thread: audio (writer), any (reader)      Realtime: wait-free, allocates nothing after creation
 */
import { openByteRing, type ByteRingPlan } from "./byte-ring.ts"

const WRITTEN = 0
const RELEASED = 16
const ASKED = 17

/** Of every record: its bytes in all (int32, a multiple of 8), then what it is (int32, 0 for a pad). */
export const RECORD_HEAD_BYTES = 8

export interface RecordWriter {
  /** The ring's room, to be filled from where `claim` says. */
  readonly bytes: Uint8Array
  readonly ints: Int32Array
  readonly doubles: Float64Array
  /** Where that room begins in the memory. */
  readonly address: number
  /**
   * Takes room for a record, and writes its head.
   * bodyBytes   of what follows the head; what it lacks to a multiple of 8 is left as it is
   * kind        not 0
   * Returns     the byte in `bytes` at which the body begins, a multiple of 8; -1 when there is no room
   */
  claim(bodyBytes: number, kind: number): number
  /** Hands over all that was claimed. */
  publish(): void
  /** Bytes free. */
  room(): number
  /** What the reader has asked for last; 0 at first. */
  asked(): number
}

/** The writing end. Exactly one thread may hold it. */
export function createRecordWriter(memory: WebAssembly.Memory, plan: ByteRingPlan): RecordWriter {
  const { control, mask, first, bytes, ints, doubles } = openByteRing(memory, plan)
  const capacity = plan.capacityBytes
  let written = Atomics.load(control, WRITTEN)

  return {
    bytes, ints, doubles,
    address: first,
    /* @hot */
    claim(bodyBytes, kind) {
      const recordBytes = (RECORD_HEAD_BYTES + bodyBytes + 7) & ~7
      const toEnd = capacity - (written & mask)
      const needed = toEnd < recordBytes ? toEnd + recordBytes : recordBytes
      if (needed > capacity - ((written - Atomics.load(control, RELEASED)) | 0)) return -1
      let at = written & mask
      if (toEnd < recordBytes) {
        ints[at >> 2] = toEnd
        ints[(at >> 2) + 1] = 0
        at = 0
      }
      ints[at >> 2] = recordBytes
      ints[(at >> 2) + 1] = kind
      written = (written + needed) | 0
      return at + RECORD_HEAD_BYTES
    },
    /* @hot */
    publish() {
      Atomics.store(control, WRITTEN, written)
    },
    /* @hot */
    room() {
      return capacity - ((written - Atomics.load(control, RELEASED)) | 0)
    },
    /* @hot */
    asked() {
      return Atomics.load(control, ASKED)
    },
  }
}

export interface RecordReader {
  /** Whole records, pads among them, as they lie in the ring; empty when there are none. Valid until `release`. */
  next(): Uint8Array
  /** Gives back the first bytes of what `next` gave: whole records. */
  release(byteCount: number): void
  ask(value: number): void
  asked(): number
}

/** The reading end. Exactly one thread may hold it. Realtime: no */
export function createRecordReader(memory: WebAssembly.Memory, plan: ByteRingPlan): RecordReader {
  const { control, mask, bytes } = openByteRing(memory, plan)
  let released = Atomics.load(control, RELEASED)
  return {
    next() {
      const from = released & mask
      const waiting = (Atomics.load(control, WRITTEN) - released) | 0
      return bytes.subarray(from, from + Math.min(waiting, plan.capacityBytes - from))
    },
    release(byteCount) {
      released = (released + byteCount) | 0
      Atomics.store(control, RELEASED, released)
    },
    ask: (value) => void Atomics.store(control, ASKED, value),
    asked: () => Atomics.load(control, ASKED),
  }
}

/** Sets both counters of an idle ring (a multiple of 8), so that a test can begin just before the wrap. */
export const presetRecordRing = (memory: WebAssembly.Memory, plan: ByteRingPlan, count: number): void => {
  const { control } = openByteRing(memory, plan)
  Atomics.store(control, WRITTEN, count | 0)
  Atomics.store(control, RELEASED, count | 0)
}
