/**
 * What is missing from the playhead on, once its end is there. Nobody hears how much is missing, so where the delay is too long a
 * part of it is left out.
 *
 * Thread: audio      Realtime: wait-free, allocates nothing after creation
 */
import { LOOK_AHEAD } from "./interpolator.ts"
import type { Position } from "./position.ts"
import { STORE_FRAMES, type SampleStore } from "./sample-store.ts"
import { Segment } from "./segment-report.ts"

/** A cut is worth while from so many frames on, and is looked for in holes up to so long. */
const WORTH_FRAMES = 12
const LONGEST_FRAMES = STORE_FRAMES / 2
/** What a cut leaves of a hole, s. */
const LEAST_SECONDS = 0.002

export interface Hole {
  /** Frames of a hole that are left at least. */
  readonly leastFrames: number
  /**
   * Shortens the hole at the playhead.
   * spare[0]   how much longer the delay is than it need be, frames; less by what was left out
   * most       frames that matter to the caller
   * Returns    frames that are still missing, or more than `most` when those are more or their end is not there
   */
  shorten(spare: Float64Array, most: number): number
}

export function createHole(store: SampleStore, position: Position, sampleRate: number): Hole {
  const leastFrames = Math.round(sampleRate * LEAST_SECONDS)
  return {
    leastFrames,
    /* @hot */
    shorten(spare, most) {
      const at = position.at()
      const tooLong = Math.floor((spare[0] as number) - LOOK_AHEAD) | 0
      const looked = tooLong < WORTH_FRAMES ? most + 1 : LONGEST_FRAMES
      // A few frames may be there, but not their neighbours, between which they are played.
      const lone = store.presentRun(at, most)
      const missing = lone + store.absentRun((at + lone) | 0, looked - lone)
      if (missing >= looked || missing === 0) return most + 1
      const cut = Math.min(tooLong, missing - leastFrames)
      if (cut < WORTH_FRAMES) return missing
      position.leave(Segment.cut, cut)
      spare[0] = (spare[0] as number) - cut
      return missing - cut
    },
  }
}
