/**
 * Where the playhead stands on the sender's timeline: a timestamp and the part of a frame after it. Whatever moves it is reported
 * and counted here.
 *
 * Thread: audio      Realtime: wait-free, allocates nothing after creation
 */
import { JitterStats } from "./jitter-stats.ts"
import { Segment, type SegmentWriter } from "./segment-report.ts"
import type { StateIo } from "./state-io.ts"

export interface Position {
  /** [0] the part of a frame; [1] frames of media a frame of output. */
  readonly phase: Float64Array
  /** RTP timestamp, int32. */
  at(): number
  /** Stands on this frame. */
  put(timestamp: number): void
  /** Stands on the nearest whole frame. */
  settle(): void
  /** Runs on over frames that were played at rate[1]. */
  play(frames: number, rate: Float64Array): void
  /** Runs on over frames that were filled. */
  conceal(frames: number): void
  /** Stands still for so many frames, which are filled. */
  hold(frames: number): void
  /** Runs on in silence. */
  rest(frames: number): void
  /** Leaves out media (that is missing: cut; that is there: jump), or goes back when negative. */
  leave(kind: number, frames: number): void
  /** Runs on unheard. */
  skip(frames: number): void
  state(io: StateIo): void
}

export function createPosition(segments: SegmentWriter, stats: Float64Array): Position {
  const phase = Float64Array.of(0, 1)
  const media = new Float64Array(1)
  let at = 0

  /** Whole frames; what is played reports itself. */
  /* @hot */
  function report(kind: number, mediaFrames: number, outputFrames: number): void {
    media[0] = mediaFrames
    segments.add(kind, at, phase, media, outputFrames)
  }

  /* @hot */
  function count(field: number, frames: number): void {
    stats[field] = (stats[field] as number) + frames
  }

  return {
    phase,
    /* @hot */
    at() {
      return at
    },
    /* @hot */
    put(timestamp) {
      at = timestamp
      phase[0] = 0
    },
    /* @hot */
    settle() {
      if ((phase[0] as number) >= 0.5) at = (at + 1) | 0
      phase[0] = 0
    },
    /* @hot */
    play(frames, rate) {
      const passed = frames * (rate[1] as number)
      media[0] = passed
      segments.add(Segment.play, at, phase, media, frames)
      const field = passed < frames ? JitterStats.insertedFrames : JitterStats.removedFrames
      stats[field] = (stats[field] as number) + Math.abs(frames - passed)
      let to = (phase[0] as number) + passed
      let step = to | 0
      to -= step
      if (to > 1 - 1e-7) {
        step++
        to = 0
      } else if (to < 1e-7) to = 0
      at = (at + step) | 0
      phase[0] = to
    },
    /* @hot */
    conceal(frames) {
      report(Segment.conceal, frames, frames)
      at = (at + frames) | 0
    },
    /* @hot */
    hold(frames) {
      report(Segment.hold, 0, frames)
      count(JitterStats.insertedFrames, frames)
    },
    /* @hot */
    rest(frames) {
      report(Segment.silence, 0, frames)
      at = (at + frames) | 0
    },
    /* @hot */
    leave(kind, frames) {
      report(kind, frames, 0)
      count(frames < 0 ? JitterStats.insertedFrames : JitterStats.removedFrames, Math.abs(frames))
      at = (at + frames) | 0
      phase[0] = 0
    },
    /* @hot */
    skip(frames) {
      at = (at + frames) | 0
    },
    /* @hot */
    state(io) {
      io.cells(phase)
      at = io.int(at)
    },
  }
}
