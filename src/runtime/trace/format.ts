/**
 * What a trace is made of: a mark, then records. Everything little-endian; docs/trace.md describes it for others.
 *
 * A record: its bytes in all (int32, a multiple of 8), its tag (int32), its body. The tag is kind, thread << 8, slot << 16. The jitter
 * threads write records as they stand in the file, so that nobody has to make them over. A reader skips kinds that it does not know.
 */

/** The first bytes of a file. */
export const TRACE_MARK = "wfptrace"
export const TRACE_FORMAT = 1

export const TraceKind = {
  /** Fills a ring's end. */
  pad: 0,
  /** JSON: TraceHeader. The first record. */
  header: 1,
  /** JSON: TraceName. */
  name: 2,
  /** Of a thread: what follows happened in this round. */
  round: 3,
  /** Of a slot, as all up to `chunk`: it was reset, for a stream. */
  reset: 4,
  /** Another policy or delay was wished of it. */
  wish: 5,
  packet: 6,
  pull: 7,
  /** Pulls that never came. */
  skip: 8,
  /** Its figures, once a second. */
  stats: 9,
  /** Its complete state: begins, so many bytes from an offset on (zeros are left out), ends. */
  state: 10,
  chunk: 11,
  stateEnd: 12,
  /** Of a thread, or of all: what came before is not joined to what follows. Until a state comes, nothing is known of a slot. */
  gap: 13,
  /** Of a thread: here a segment begins, in which each slot's state comes again. */
  segment: 14,
  /** The trace was ended, not cut off. */
  end: 15,
} as const

/** In a gap's tag: of all threads. */
export const ALL_THREADS = 255
/** Slots of a party, at most, and threads. */
export const MOST_SLOTS = 512
export const MOST_THREADS = 64
/** Bytes of a record, at most: a datagram and its head fit, and a chunk. */
export const MOST_RECORD_BYTES = 1 << 17
/** A state goes in pieces of so many bytes; the last may be shorter. */
export const STATE_CHUNK_BYTES = 8192
/** Bytes of a state, at most. */
export const MOST_STATE_BYTES = 1 << 23

/* @hot */
export function tagOf(kind: number, thread: number, slot: number): number {
  return kind | (thread << 8) | (slot << 16)
}

/** Bytes of the bodies that have a fixed length, or that of their fixed part. */
export const BodyBytes = {
  round: 16, reset: 8, wish: 24, packet: 40, pull: 24, segment: 32, skip: 8, state: 16, chunk: 8, stateEnd: 8, gap: 8, part: 8, end: 8,
} as const

/** Flag of a state: the buffer had never been used. */
export const STATE_FRESH = 1

/** What was true all the time. */
export interface TraceHeader {
  readonly format: number
  /** Versions of the program, of Node and of V8. */
  readonly program: string
  readonly node: string
  readonly v8: string
  readonly party: string
  readonly rateHz: number
  readonly blockFrames: number
  /** By jitter thread: its slots, in the order in which it serves them. */
  readonly threads: readonly (readonly number[])[]
  /** Wall clock minus party clock, us. */
  readonly wallOffsetUs: number
  /** Names of the figures in a `stats` record: of the buffer, then of the receiver. */
  readonly jitterStats: readonly string[]
  readonly peerStats: readonly string[]
  /** Only so much of the end was kept, ms. */
  readonly lastMs?: number
}

/** Who has a slot: told by the main thread, so a moment later than the packets. */
export interface TraceName {
  readonly slot: number
  readonly ssrc: number
  readonly name: string
  readonly address: string
  readonly format: string
}
