/** How far the pitch of what is played strays from the pitch that was sung. */
import type { Trace } from "./network.ts"
import type { Run } from "./report.ts"

/** Pitch is measured over so many frames without a gap, 21 ms. */
const WINDOW_FRAMES = 1024
/** Frames after a gap that are still part of it: its cross-fade. */
const FADE_FRAMES = 256
const JOIN_FRAMES = 0.5
/** About one cent. */
const STRETCHED_PPM = 500

export function rateScores(trace: Trace, runs: readonly Run[]): { rateDeviationPpm: number; stretchedPercent: number } {
  const sungRate = 1 + trace.driftPpm * 1e-6
  let worst = 0
  let measured = 0
  let stretched = 0
  let outFrom = -1
  let mediaFrom = 0
  let outEnd = -1
  let mediaEnd = 0
  for (const run of runs) {
    const joined = run.outFrom === outEnd && Math.abs(run.mediaFrom - mediaEnd) < JOIN_FRAMES
    outEnd = run.outFrom + run.outFrames
    mediaEnd = run.mediaFrom + run.mediaFrames
    if (!joined) outFrom = -1
    if (outFrom < 0) {
      if (run.outFrames < FADE_FRAMES && !joined) continue
      outFrom = outEnd
      mediaFrom = mediaEnd
      continue
    }
    const frames = outEnd - outFrom
    if (frames < WINDOW_FRAMES) continue
    const ppm = Math.abs((mediaEnd - mediaFrom) / frames / sungRate - 1) * 1e6
    worst = Math.max(worst, ppm)
    measured += frames
    if (ppm > STRETCHED_PPM) stretched += frames
    outFrom = outEnd
    mediaFrom = mediaEnd
  }
  return { rateDeviationPpm: worst, stretchedPercent: measured === 0 ? 0 : (100 * stretched) / measured }
}
