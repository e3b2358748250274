/** The face of a jitter buffer: what it is made of, how it is to behave, and what it does. */
import type { Dsp } from "../dsp/dsp.ts"
import type { Concealer } from "./conceal/concealer.ts"
import type { JitterPolicy } from "./delay-target.ts"
import type { PayloadLayout } from "./sample-store.ts"
import type { StateIo } from "./state-io.ts"

/** A policy, or a delay that is kept. */
export type JitterDelay = JitterPolicy | { readonly delayMs: number }

export interface JitterOptions {
  readonly dsp: Dsp
  readonly memory: WebAssembly.Memory
  /** Address of jitterBytes(sampleRate) in the arena, a multiple of 16. */
  readonly at: number
  readonly sampleRate: number
  readonly blockFrames: number
  /**
   * How long the delay should be. A delay is how long a packet waits at least, from the earliest arrival: the path's own delay is
   * not in it.
   */
  readonly policy: JitterDelay
  /** Bounds of a policy's delay; by default 0, and the policy's own. */
  readonly minDelayMs?: number
  readonly maxDelayMs?: number
  /** Float64Array over a page of JitterStats. */
  readonly stats: Float64Array
  /** Float64Array of segmentReportLength(blockFrames): each pull says there what it did. */
  readonly report?: Float64Array
  /**
   * [0]: how often in this round the expensive predictor may still be used, shared by all buffers of a thread, set anew by who
   * drives them. Without it each may use it whenever it needs.
   */
  readonly predictorBudget?: Int32Array
  /** Instead of the buffer's own. */
  readonly concealer?: Concealer
}

export interface JitterBuffer {
  /**
   * cells[0]       arrival, us; cells[2] capture of the first frame, us, or NaN
   * rtpTimestamp   int32 as on the wire
   * frameCount     1 or more
   * address        of the payload in the arena
   */
  insert(cells: Float64Array, rtpTimestamp: number, frameCount: number, address: number, layout: PayloadLayout): void
  /**
   * Fills one block at the planar addresses left and right; a mono stream fills only left.
   * cells[0]   time of the pull, us; after the call cells[1] is the capture time of the block's first frame, us, or NaN, and
   *            cells[2] how long that frame has waited, us, or NaN
   * Returns    BlockFlag bits
   */
  pull(cells: Float64Array, left: number, right: number): number
  /** Pulls that never came: the playhead goes on without them. */
  skip(pullCount: number): void
  /** Another stream begins: everything is forgotten, and what was being heard dies away. */
  reset(): void
  /** Goes over to a policy while running. Realtime: wait-free */
  setPolicy(policy: JitterPolicy, minDelayMs?: number, maxDelayMs?: number): void
  /** Goes over to a delay that is kept, while running. Realtime: wait-free */
  setDelay(delayMs: number): void
  /**
   * All that it knows, settings and statistics too; for another buffer of the same rate and block. Between insert and pull only.
   * Realtime: wait-free when saving
   */
  state(io: StateIo): void
}
