/**
 * Reads the store at any place and any rate near 1: between frames by a windowed sinc, on them by a copy, so that a stream that
 * needs no correction passes bit by bit.
 *
 * Thread: audio      Realtime: wait-free, allocates nothing after creation
 */
import type { Dsp } from "../dsp/dsp.ts"
import { writeResamplerTable, type ResamplerFilter } from "../dsp/resampler-table.ts"
import { STORE_PLANE_BYTES, type SampleStore } from "./sample-store.ts"

/** Flat to 17 kHz. */
export const INTERPOLATION: ResamplerFilter = { tapCount: 24, cutoff: 1 }
/** Frames before and after a place that stands between two. */
const BEHIND = INTERPOLATION.tapCount / 2 - 1
export const LOOK_AHEAD = INTERPOLATION.tapCount / 2
/** Frames of one call: with the filter's length they must fit into the store's tail. */
export const MOST_RENDERED = 1024

export interface InterpolatorOptions {
  readonly dsp: Dsp
  readonly memory: WebAssembly.Memory
  readonly store: SampleStore
  /** Addresses of RESAMPLE_STATE_BYTES and of the filter's table. */
  readonly state: number
  readonly table: number
}

export interface Interpolator {
  /**
   * How many frames, up to `limit`, can be made from `timestamp` on.
   * phase   [0] part of a frame after the timestamp, 0 to 1; [1] frames of media a frame of output
   */
  playable(timestamp: number, phase: Float64Array, limit: number): number
  /** Makes them: at most MOST_RENDERED. */
  render(timestamp: number, phase: Float64Array, frameCount: number, left: number, right: number, channelCount: number): void
}

export function createInterpolator({ dsp, memory, store, state, table }: InterpolatorOptions): Interpolator {
  const numbers = new Float64Array(memory.buffer, state, 3)
  const words = new Int32Array(memory.buffer, state, 16)
  writeResamplerTable(memory, table, INTERPOLATION)

  return {
    /* @hot */
    playable(timestamp, phase, limit) {
      const part = phase[0] as number
      const rate = phase[1] as number
      const most = Math.min(limit, MOST_RENDERED)
      if (part === 0 && rate === 1) return store.presentRun(timestamp, most)
      const needed = ((part + (most - 1) * rate + 1e-6) | 0) + 1 + LOOK_AHEAD
      const present = store.presentRun(timestamp, needed)
      if (present >= needed) return most
      if (present <= LOOK_AHEAD) return 0
      return Math.max(0, Math.min(most, (Math.floor((present - LOOK_AHEAD - 1 - part - 1e-6) / rate) | 0) + 1))
    },
    /* @hot */
    render(timestamp, phase, frameCount, left, right, channelCount) {
      if (phase[0] === 0 && phase[1] === 1) {
        dsp.copy(left, store.address(0, timestamp), frameCount)
        if (channelCount === 2) dsp.copy(right, store.address(1, timestamp), frameCount)
        return
      }
      numbers[0] = phase[0] as number
      numbers[1] = phase[1] as number
      numbers[2] = phase[1] as number
      words[6] = table
      words[7] = INTERPOLATION.tapCount
      words[8] = channelCount
      words[9] = STORE_PLANE_BYTES
      words[10] = right - left
      dsp.resample(state, store.address(0, (timestamp - BEHIND) | 0), left, frameCount)
    },
  }
}
