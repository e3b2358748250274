/** What a page of JitterStats says of a stretch of a stream, as the statistics have it. Realtime: no */
import { JitterStats } from "../jitter/jitter-stats.ts"

export interface TraceFigures {
  /** How long media waited, and should have, on average, ms. */
  readonly delayMs: number
  readonly targetMs: number
  readonly packets: number
  /** Packets that came too late, had come before, or lay out of reach. */
  readonly late: number
  readonly repeated: number
  readonly discarded: number
  readonly concealedFrames: number
  /** Of all that was pulled since the first packet, 0 to 1. */
  readonly concealedShare: number
  readonly concealmentEvents: number
  readonly insertedFrames: number
  readonly removedFrames: number
  readonly slips: number
  readonly resets: number
  /** At the end. */
  readonly driftPpm: number
}

/** from, to   pages at the stretch's beginning and end */
export function figuresBetween(from: Float64Array, to: Float64Array, blockFrames: number): TraceFigures {
  const since = (field: keyof typeof JitterStats): number => (to[JitterStats[field]] ?? 0) - (from[JitterStats[field]] ?? 0)
  const emitted = since("emittedFrames")
  const frames = since("pulls") * blockFrames
  const mean = (field: keyof typeof JitterStats): number => (emitted > 0 ? since(field) / emitted / 1000 : 0)
  return {
    delayMs: mean("emittedDelayUs"), targetMs: mean("emittedTargetUs"),
    packets: since("packets"), late: since("late"), repeated: since("repeated"), discarded: since("discarded"),
    concealedFrames: since("concealedFrames"), concealedShare: frames > 0 ? since("concealedFrames") / frames : 0,
    concealmentEvents: since("concealmentEvents"), insertedFrames: since("insertedFrames"), removedFrames: since("removedFrames"),
    slips: since("slips"), resets: since("resets"), driftPpm: to[JitterStats.driftPpm] ?? 0,
  }
}
