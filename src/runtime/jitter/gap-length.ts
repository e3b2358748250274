/**
 * How long something has been missing, and what is counted of it. What fills a gap sounds for 70 ms; from then on it is silence.
 *
 * Thread: audio      Realtime: wait-free, allocates nothing after creation
 */
import { JitterStats } from "./jitter-stats.ts"
import type { StateIo } from "./state-io.ts"

export interface GapLength {
  /** Something begins to be missing. */
  begin(): void
  /** So many frames were filled in while a stream plays; they are counted. */
  fill(frames: number): void
  /** So many frames passed in which nothing was due. */
  pass(frames: number): void
  /** What fills it is dying away: before, and in the silence after, nobody hears that it lasts a little longer. */
  fades(): boolean
  /** What fills it is still to be heard. */
  sounds(): boolean
  state(io: StateIo): void
}

/** After so long a gap is silent, s. */
const DYING_SECONDS = 0.07
const BRIEF_SECONDS = 0.02
const MOST_COUNT = 0x3fffffff

export function createGapLength(stats: Float64Array, sampleRate: number): GapLength {
  const dyingFrames = Math.round(sampleRate * DYING_SECONDS)
  const briefFrames = Math.round(sampleRate * BRIEF_SECONDS)
  let gapFrames = 0

  /* @hot */
  function pass(frames: number): void {
    gapFrames = Math.min(gapFrames + frames, MOST_COUNT)
  }

  return {
    /* @hot */
    begin() {
      gapFrames = 0
    },
    /* @hot */
    fill(frames) {
      stats[JitterStats.concealedFrames] = (stats[JitterStats.concealedFrames] as number) + frames
      const silent = Math.max(0, Math.min(frames, gapFrames + frames - dyingFrames))
      stats[JitterStats.silentConcealedFrames] = (stats[JitterStats.silentConcealedFrames] as number) + silent
      pass(frames)
    },
    pass,
    /* @hot */
    fades() {
      return gapFrames >= briefFrames && gapFrames < dyingFrames
    },
    /* @hot */
    sounds() {
      return gapFrames < dyingFrames
    },
    /* @hot */
    state(io) {
      gapFrames = io.int(gapFrames)
    },
  }
}
