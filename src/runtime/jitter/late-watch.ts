/**
 * Notices that everything comes too late: the path has become longer for good, or the sender's timestamps stood still while it
 * paused. After a stall, too, all is late, but only for a moment, since it comes in one burst.
 *
 * Thread: audio      Realtime: wait-free, allocates nothing after creation
 */
import type { StateIo } from "./state-io.ts"

/** moved: a while of audio was late, for as long. gone: late beyond all delays, and not because of a burst. */
export const Lateness = { fine: 0, moved: 1, gone: 2 } as const

const MOVED_SECONDS = 0.25
/** Late by more than this is beyond all delays. */
const BEYOND_SECONDS = 0.3
const GONE_SECONDS = 0.05

export interface LateWatch {
  /** Of a packet: frames by which its end missed the playhead (negative: in time), its length, when it came (wrapping). */
  judge(lateFrames: number, frameCount: number, timeFrames: number): number
  restart(): void
  state(io: StateIo): void
}

export function createLateWatch(sampleRate: number): LateWatch {
  const movedFrames = Math.round(MOVED_SECONDS * sampleRate)
  const beyondFrames = Math.round(BEYOND_SECONDS * sampleRate)
  const goneFrames = Math.round(GONE_SECONDS * sampleRate)
  let lateFor = 0
  let lateSince = 0
  let beyondSince = 0
  let beyond = false

  return {
    /* @hot */
    judge(lateFrames, frameCount, timeFrames) {
      if (lateFrames < 0) {
        lateFor = 0
        beyond = false
        return Lateness.fine
      }
      if (lateFor === 0) lateSince = timeFrames
      lateFor = Math.min(lateFor + frameCount, 0x3fffffff)
      if (lateFrames < beyondFrames) beyond = false
      else if (!beyond) {
        beyond = true
        beyondSince = timeFrames
      }
      if (beyond && ((timeFrames - beyondSince) | 0) >= goneFrames) {
        lateFor = 0
        beyond = false
        return Lateness.gone
      }
      if (lateFor < movedFrames || ((timeFrames - lateSince) | 0) < movedFrames) return Lateness.fine
      lateFor = 0
      return Lateness.moved
    },
    /* @hot */
    restart() {
      lateFor = 0
      beyond = false
    },
    /* @hot */
    state(io) {
      lateFor = io.int(lateFor)
      lateSince = io.int(lateSince)
      beyondSince = io.int(beyondSince)
      beyond = io.flag(beyond)
    },
  }
}
