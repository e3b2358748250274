/**
 * What a buffer put out, in order: runs of media and runs of anything else. A buffer may report as late as it likes: positions
 * are counted from what has been reported, in frames of output since the first pull.
 */
import { captureUs, RATE_HZ, type Trace } from "./network.ts"

/** What a buffer tells of its output. */
export interface SegmentReport {
  /** `outFrames` of output were `mediaFrames` of media from index `mediaFrom` (numbers of the trace, fractions too). */
  play(mediaFrom: number, mediaFrames: number, outFrames: number): void
  /** `outFrames` of output were silence or synthesised. */
  conceal(outFrames: number): void
}

/** One run of played media. Between one run's end and the next one's outFrom nothing of the trace was heard. */
export interface Run {
  readonly outFrom: number
  readonly outFrames: number
  readonly mediaFrom: number
  readonly mediaFrames: number
}

export interface Recording extends SegmentReport {
  readonly runs: readonly Run[]
  /** Frames reported so far. */
  readonly outFrames: number
}

export function createRecording(): Recording {
  const runs: Run[] = []
  let outFrames = 0
  return {
    runs,
    get outFrames() {
      return outFrames
    },
    play(mediaFrom, mediaFrames, frames) {
      if (frames > 0) runs.push({ outFrom: outFrames, outFrames: frames, mediaFrom, mediaFrames })
      outFrames += frames
    },
    conceal(frames) {
      outFrames += frames
    },
  }
}

/** Capture to playout of a run's first frame and last, us. */
export const delaysUs = (trace: Trace, run: Run): readonly [number, number] => {
  const at = trace.firstPullUs + (run.outFrom * 1e6) / RATE_HZ
  return [at - captureUs(trace, run.mediaFrom), at + (run.outFrames * 1e6) / RATE_HZ - captureUs(trace, run.mediaFrom + run.mediaFrames)]
}
