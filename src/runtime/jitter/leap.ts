/**
 * When the playhead should jump instead of being steered, and where to: into silence whenever that helps; otherwise when the delay
 * has been off for long, to the place that sounds most like the one it leaves.
 *
 * Thread: audio      Realtime: wait-free, allocates nothing after creation
 */
import type { Dsp } from "../dsp/dsp.ts"
import { METER_BYTES } from "../dsp/dsp.ts"
import type { SampleStore } from "./sample-store.ts"
import type { StateIo } from "./state-io.ts"

/** Frames compared, and how far the place may be from the one wanted, to either side. */
const TEMPLATE_FRAMES = 240
const AROUND_FRAMES = 240
const LAGS = 2 * AROUND_FRAMES + 1
const LIKENESS_BYTES = LAGS * 4
export const LEAP_BYTES = LIKENESS_BYTES + METER_BYTES + 12

/** Off by more than this for so long. */
const FAR_SECONDS = 0.02
const LONG_SECONDS = 0.3
/** After so long a poor likeness must do. */
const PATIENCE_SECONDS = 2
const ALIKE = 0.7
/** In silence it is worth a jump to be off by more than this. */
const WORTH_SECONDS = 0.002
/** -60 dB. */
const QUIET = 1e-3
/** Longest stretch of silence that is looked at. */
const MOST_QUIET_FRAMES = 1024

export interface Leap {
  /**
   * Whole frames to jump, 0 for none. spare[0]: how much longer the delay is than it need be, frames; `strict`: half as far is
   * far; `finding`: so it is, and a third as long is long, since the stream has only begun. Back into what was heard it jumps only when `mayRepeat`:
   * otherwise the next gap lets the delay grow for free.
   */
  decide(spare: Float64Array, place: number, channelCount: number, finding: boolean, strict: boolean, mayRepeat: boolean): number
  /** The leap decided last goes from silence to silence. */
  unheard(): boolean
  restart(): void
  state(io: StateIo): void
}

export function createLeap(dsp: Dsp, memory: WebAssembly.Memory, store: SampleStore, at: number, sampleRate: number, blockFrames: number): Leap {
  const likeness = new Float32Array(memory.buffer, at, LAGS)
  const meterAt = (at + LIKENESS_BYTES + 15) & ~15
  const peak = new Float32Array(memory.buffer, meterAt, 1)
  const far = Math.round(FAR_SECONDS * sampleRate)
  const worth = Math.round(WORTH_SECONDS * sampleRate)
  const longBlocks = Math.round((LONG_SECONDS * sampleRate) / blockFrames)
  const patientBlocks = Math.round((PATIENCE_SECONDS * sampleRate) / blockFrames)
  let offBlocks = 0
  let silent = false

  /* @hot */
  function isQuiet(from: number, frameCount: number, channelCount: number): boolean {
    for (let channel = 0; channel < channelCount; channel++) {
      dsp.meter(store.address(channel, from), frameCount, meterAt)
      if ((peak[0] as number) > QUIET) return false
    }
    return true
  }

  /** All that is left out, or heard again, and what follows, is there and silent. */
  /* @hot */
  function intoSilence(off: number, place: number, channelCount: number): number {
    const most = MOST_QUIET_FRAMES - blockFrames
    const frames = Math.max(-most, Math.min(most, off)) | 0
    const from = frames > 0 ? place : (place + frames) | 0
    const span = Math.abs(frames) + blockFrames
    if (store.presentRun(from, span) < span) return 0
    return isQuiet(from, span, channelCount) ? frames : 0
  }

  /**
   * The jump of about `off` frames after which things sound most like before; 0 when nothing is so like. A short delay leaves
   * little to choose from behind the place that is wanted: then it is looked for before it.
   */
  /* @hot */
  function alike(off: number, place: number, least: number): number {
    const span = LAGS + TEMPLATE_FRAMES
    const newest = (store.ahead(place) - span) | 0
    const shift = Math.min(off - AROUND_FRAMES, newest)
    if (off > 0 && shift <= 0) return 0
    const from = (place + shift) | 0
    if (store.presentRun(from, span) < span || store.presentRun(place, TEMPLATE_FRAMES) < TEMPLATE_FRAMES) return 0
    dsp.correlate(store.address(0, place), store.address(0, from), TEMPLATE_FRAMES, LAGS, at)
    let best = Math.min(LAGS - 1, off - shift)
    for (let lag = 0; lag < LAGS; lag++) if ((likeness[lag] as number) > (likeness[best] as number)) best = lag
    if ((likeness[best] as number) < least) return 0
    return (likeness[best] as number) < ALIKE && shift === off - AROUND_FRAMES ? off : shift + best
  }

  return {
    /* @hot */
    decide(spare, place, channelCount, finding, strict, mayRepeat) {
      const off = Math.trunc(spare[0] as number)
      const size = Math.abs(off)
      if (size > worth) {
        const frames = intoSilence(off, place, channelCount)
        if (frames !== 0) {
          silent = true
          offBlocks = 0
          return frames
        }
      }
      const isFar = size > (finding || strict ? far / 2 : far) && (off > 0 || mayRepeat)
      offBlocks = isFar ? offBlocks + 1 : 0
      if (offBlocks < (finding ? longBlocks / 3 : longBlocks)) return 0
      silent = false
      const frames = alike(off, place, finding || offBlocks > patientBlocks ? -1 : ALIKE)
      if (frames !== 0) offBlocks = 0
      return frames
    },
    /* @hot */
    unheard() {
      return silent
    },
    /* @hot */
    restart() {
      offBlocks = 0
    },
    /* @hot */
    state(io) {
      offBlocks = io.int(offBlocks)
      silent = io.flag(silent)
    },
  }
}
