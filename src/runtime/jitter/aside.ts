/**
 * Audio that was made ahead and is not in the store: the bridge over a hole, played from here piece by piece; or what would have
 * been heard, which is faded out while the playhead is elsewhere already.
 *
 * Thread: audio      Realtime: wait-free, allocates nothing after creation
 */
import type { Dsp } from "../dsp/dsp.ts"
import type { StateIo } from "./state-io.ts"

/** Longest bridge, and longest cross-fade. */
export const ASIDE_FRAMES = 1024
const PLANE_BYTES = ASIDE_FRAMES * 4
export const ASIDE_BYTES = 2 * PLANE_BYTES

export interface Aside {
  /** Where to write what is to be kept aside. */
  readonly left: number
  readonly right: number
  /** A bridge of so many frames has been written. */
  bridge(frames: number): void
  /** Frames of the bridge that are left. */
  bridgeLeft(): number
  /** Copies the bridge's next frames. */
  take(frames: number, left: number, right: number, channelCount: number): void
  /** What would have been heard has been written, so many frames of it: fade them out. */
  leave(frames: number): void
  /** The bridge is left after all: so many frames of it are faded out. */
  leaveBridge(frames: number): void
  fading(): boolean
  /** Cross-fades audio in place with what is left, as far as that goes. */
  fade(frames: number, left: number, right: number, channelCount: number): void
  clear(): void
  /** But the audio itself, which lies in the arena. */
  state(io: StateIo): void
}

export function createAside(dsp: Dsp, at: number): Aside {
  let from = 0
  let bridged = 0
  let faded = 0
  let done = 0

  return {
    left: at,
    right: at + PLANE_BYTES,
    /* @hot */
    bridge(frames) {
      from = 0
      bridged = frames
      faded = 0
    },
    /* @hot */
    bridgeLeft() {
      return bridged
    },
    /* @hot */
    take(frames, left, right, channelCount) {
      dsp.copy(left, at + from * 4, frames)
      if (channelCount === 2) dsp.copy(right, at + PLANE_BYTES + from * 4, frames)
      from += frames
      bridged -= frames
    },
    /* @hot */
    leave(frames) {
      from = 0
      bridged = 0
      faded = frames
      done = 0
    },
    /* @hot */
    leaveBridge(frames) {
      bridged = 0
      faded = frames
      done = 0
    },
    /* @hot */
    fading() {
      return faded > 0
    },
    /* @hot */
    fade(frames, left, right, channelCount) {
      const run = Math.min(frames, faded - done)
      const old = at + (from + done) * 4
      const w0 = done / faded
      const w1 = (done + run) / faded
      dsp.crossfade(left, old, left, run, w0, w1)
      if (channelCount === 2) dsp.crossfade(right, old + PLANE_BYTES, right, run, w0, w1)
      done += run
      if (done >= faded) faded = 0
    },
    /* @hot */
    clear() {
      bridged = 0
      faded = 0
    },
    /* @hot */
    state(io) {
      from = io.int(from)
      bridged = io.int(bridged)
      faded = io.int(faded)
      done = io.int(done)
    },
  }
}
