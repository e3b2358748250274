/**
 * At which rate the playhead runs. Drift is fed forward; what else is off is steered away so slowly that nobody hears it, and only
 * when it is more than a little. With no drift and nothing off the rate is exactly 1 and the playhead stands on whole frames.
 *
 * Thread: audio      Realtime: wait-free, allocates nothing after creation
 */
import type { StateIo } from "./state-io.ts"

/** Largest change of rate to win or lose delay, 3 cents: with 300 ppm of drift not known yet it stays within 0.2 %. And with the drift that is. */
export const MOST_RATE = 0.00165
const MOST_DEVIATION = 0.00195
/** How fast an error is steered away, a second. */
const GAIN = 2
/** What is left alone: the delay may be longer than needed by so much, frames. */
const SLACK_FRAMES = 24
/** Steering begins and ends gently: its full swing takes 20 blocks of 128 frames. */
const SLEW = MOST_RATE / 20 / 128
const LEAST_RATE = 50e-6
/** How fast the playhead comes to rest on a whole frame: slow enough that it may begin where steering the other way has ended. */
const REST_RATE = 25e-6

export interface Playhead {
  /**
   * Sets phase[1], the rate of the next block.
   * phase[0]   part of a frame after the playhead's
   * spare[0]   how much longer the delay is than it need be, frames
   * line[1]    drift, frames a frame; see drift-estimate.ts
   */
  steer(phase: Float64Array, spare: Float64Array, line: Float64Array): void
  /** The playhead was put where it should be. */
  settle(): void
  state(io: StateIo): void
}

export function createPlayhead(sampleRate: number, blockFrames: number, lookAhead: number): Playhead {
  const bend = new Float64Array(1)
  const gain = GAIN / sampleRate
  const slew = SLEW * blockFrames
  let steering = false

  /* @hot */
  function bent(off: number): number {
    if (!steering) return 0
    const wanted = Math.max(-MOST_RATE, Math.min(MOST_RATE, off * gain))
    return wanted >= 0 ? Math.max(wanted, LEAST_RATE) : Math.min(wanted, -LEAST_RATE)
  }

  return {
    /* @hot */
    steer(phase, spare, line) {
      const drift = line[1] as number
      // Between frames the filter needs what comes next, a little sooner.
      const off = (spare[0] as number) - lookAhead
      if (off < (drift === 0 ? -1 - lookAhead : -1) || off > SLACK_FRAMES) steering = true
      else if (steering && Math.abs(off) < 1) steering = false
      const wanted = bent(off)
      const before = bend[0] as number
      bend[0] = before + Math.max(-slew, Math.min(slew, wanted - before))
      if (drift !== 0 || bend[0] !== 0 || phase[0] === 0) {
        phase[1] = 1 + Math.max(-MOST_DEVIATION, Math.min(MOST_DEVIATION, bend[0] - drift))
        return
      }
      const part = phase[0] as number
      const rest = (part < 0.5 ? -part : 1 - part) / blockFrames
      phase[1] = 1 + Math.max(-REST_RATE, Math.min(REST_RATE, rest))
    },
    /* @hot */
    settle() {
      steering = false
      bend[0] = 0
    },
    /* @hot */
    state(io) {
      io.cells(bend)
      steering = io.flag(steering)
    },
  }
}
