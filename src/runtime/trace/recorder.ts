/**
 * The trace of one jitter thread, at its beginning: a ring into which it writes what happens, round by round. Audio never waits: what
 * finds no room is dropped and counted, and the trace begins anew with each buffer's complete state, one buffer a round.
 *
 * Thread: audio      Realtime: wait-free, allocates nothing after creation
 */
import { measureState, createStateSaver, type Stateful } from "../jitter/state-io.ts"
import type { ByteRingPlan } from "../ring/byte-ring.ts"
import { createRecordWriter, type RecordWriter } from "../ring/record-ring.ts"
import { BodyBytes, MOST_SLOTS, MOST_THREADS, STATE_CHUNK_BYTES, tagOf, TraceKind } from "./format.ts"
import { HASH_SEED, hashWords } from "./words-hash.ts"

/** What the reader asks for when the trace has ended: nothing more is written. */
export const TRACE_OFF = -1

/** A thread's ring as its slots' recorders use it. */
export interface TraceRing {
  readonly writer: RecordWriter
  /** A slot's number in the calls below. All buffers of a thread are of one shape. */
  join(buffer: Stateful): number
  /** As RecordWriter's; -1 also makes the trace begin anew. */
  claim(bodyBytes: number, tag: number): number
  /** Whether the slot's records are of use: its state has been written down. */
  knows(index: number): boolean
  /** Whether the slot's state is due, and it is its turn. */
  mayBegin(index: number): boolean
  begun(index: number): void
  /** Keeps the state of a buffer; returns its bytes. */
  save(buffer: Stateful): number
  /** Writes the kept state down. */
  writeSaved(chunkTag: number, endTag: number): void
}

export interface TraceRecorder {
  readonly ring: TraceRing
  /** A round begins. nowCells[0]: its time, us. */
  round(nowCells: Float64Array, round: number, missed: number): void
  /** What the round did is handed over. */
  publish(): void
}

const NEVER_ASKED = -2
const WARM_UP_TURNS = 12
const CHUNK_WORDS = STATE_CHUNK_BYTES / 4
/** By another seed: what has both hashes of zeros is zeros. */
const SECOND_SEED = 0x1234_5677

export function createTraceRecorder(memory: WebAssembly.Memory, plan: ByteRingPlan, thread: number): TraceRecorder {
  if (thread >= MOST_THREADS) throw new Error("broken invariant: a trace has few threads")
  const writer = createRecordWriter(memory, plan)
  const { bytes, ints, doubles } = writer
  const roundTag = tagOf(TraceKind.round, thread, 0)
  const gapTag = tagOf(TraceKind.gap, thread, 0)
  const segmentTag = tagOf(TraceKind.segment, thread, 0)
  const known = new Uint8Array(MOST_SLOTS)
  const due = new Uint8Array(MOST_SLOTS).fill(1)
  /** Of the first buffer's size, since all are alike. */
  let saver = createStateSaver(new Uint8Array(0))
  let savedWords: Int32Array = new Int32Array(0)
  let chunks: readonly Uint8Array[] = []
  let hashes: Int32Array = new Int32Array(0)
  const zeros = new Int32Array(new SharedArrayBuffer(STATE_CHUNK_BYTES))
  let slotCount = 0
  let asked = NEVER_ASKED
  let off = false
  /** Nothing is written until there is room again. */
  let gap = true
  let lost = 0
  /** A state may still be written in this round. */
  let turn = false

  /* @hot */
  function claim(bodyBytes: number, tag: number): number {
    const at = gap ? -1 : writer.claim(bodyBytes, tag)
    if (at < 0) {
      lost = Math.min(lost + 1, 0x3fff_ffff)
      gap = true
    }
    return at
  }

  /** Half the ring is free: on with it. */
  /* @hot */
  function beginAnew(): void {
    if (writer.room() < plan.capacityBytes / 2) return
    const at = writer.claim(BodyBytes.gap, gapTag) >> 2
    if (at < 0) return
    ints[at] = lost
    ints[at + 1] = 0
    gap = false
    lost = 0
    known.fill(0)
    due.fill(1)
  }

  /* @hot */
  function beginSegment(number: number): void {
    const at = claim(BodyBytes.part, segmentTag) >> 2
    if (at < 0) return
    ints[at] = number
    ints[at + 1] = 0
    asked = number
    due.fill(1)
  }

  /**
   * Whether the piece holds nothing but zeros, which are left out. By hashes, because hashing is compiled long ago, while a loop of its
   * own, run once in a while, would be slow.
   */
  /* @hot */
  function isZero(index: number, from: number, count: number): boolean {
    const hash = hashWords(savedWords, from, count, HASH_SEED)
    hashes[index] = hash
    return savedWords[from] === 0 && hash === hashWords(zeros, 0, count, HASH_SEED)
      && hashWords(savedWords, from, count, SECOND_SEED) === hashWords(zeros, 0, count, SECOND_SEED)
  }

  /* @hot */
  function save(buffer: Stateful): number {
    saver.begin()
    buffer.state(saver)
    return saver.bytes()
  }

  const allocate = (buffer: Stateful): void => {
    // Shared as the arena is: the hash then always sees arrays of one sort.
    const room = new Uint8Array(new SharedArrayBuffer(measureState(buffer)))
    saver = createStateSaver(room)
    savedWords = new Int32Array(room.buffer)
    chunks = Array.from({ length: Math.ceil(room.length / STATE_CHUNK_BYTES) }, (_, i) =>
      room.subarray(i * STATE_CHUNK_BYTES, (i + 1) * STATE_CHUNK_BYTES))
    hashes = new Int32Array(new SharedArrayBuffer(chunks.length * 4))
    // The first state is due in the middle of the music: by then all this shall be compiled.
    for (let turns = 0; turns < WARM_UP_TURNS; turns++) {
      save(buffer)
      chunks.forEach((chunk, i) => isZero(i, i * CHUNK_WORDS, chunk.length >> 2))
    }
  }

  const ring: TraceRing = {
    writer,
    claim,
    join(buffer) {
      if (savedWords.length === 0) allocate(buffer)
      return slotCount++
    },
    /* @hot */
    knows(index) {
      return !off && known[index] === 1
    },
    /* @hot */
    mayBegin(index) {
      return turn && due[index] === 1
    },
    /* @hot */
    begun(index) {
      turn = false
      if (gap) return
      known[index] = 1
      due[index] = 0
    },
    save,
    /* @hot */
    writeSaved(chunkTag, endTag) {
      for (let i = 0; i < chunks.length; i++) {
        const chunk = chunks[i] as Uint8Array
        if (isZero(i, i * CHUNK_WORDS, chunk.length >> 2)) continue
        const at = claim(BodyBytes.chunk + chunk.length, chunkTag)
        if (at < 0) return
        ints[at >> 2] = i * STATE_CHUNK_BYTES
        ints[(at >> 2) + 1] = chunk.length
        bytes.set(chunk, at + BodyBytes.chunk)
      }
      const at = claim(BodyBytes.stateEnd, endTag) >> 2
      if (at < 0) return
      ints[at] = hashWords(hashes, 0, hashes.length, HASH_SEED)
      ints[at + 1] = 0
    },
  }

  return {
    ring,
    /* @hot */
    round(nowCells, round, missed) {
      turn = false
      const wanted = writer.asked()
      off = wanted === TRACE_OFF
      if (off) return
      if (gap) beginAnew()
      if (gap) {
        known.fill(0)
        return
      }
      if (wanted !== asked) beginSegment(wanted)
      const at = claim(BodyBytes.round, roundTag)
      if (at < 0) return
      doubles[at >> 3] = nowCells[0] as number
      ints[(at >> 2) + 2] = round
      ints[(at >> 2) + 3] = missed
      turn = true
    },
    /* @hot */
    publish() {
      writer.publish()
    },
  }
}
