/**
 * Whether a packet belongs to the timeline that is being followed. RTP timestamps wrap at 2^32 and may begin anywhere; only
 * differences count. A timestamp may run ahead by the time that has passed and a little more; any other is taken for a fault,
 * until several that belong together say that the sender has begun anew.
 *
 * Thread: audio      Realtime: wait-free, allocates nothing after creation
 */
import { STORE_FRAMES } from "./sample-store.ts"
import type { StateIo } from "./state-io.ts"

/** What a timestamp is to the timeline. */
export const Belonging = { near: 0, far: 1, jumped: 2 } as const

export interface Timeline {
  known(): boolean
  /** The packet with this timestamp is the first. */
  begin(timestamp: number): void
  forget(): void
  /** Whether a timestamp belongs; elapsedFrames have passed since the newest came. */
  judge(timestamp: number, elapsedFrames: number): number
  /** A timestamp that belongs; returns whether it is the newest. */
  follow(timestamp: number): boolean
  /** Timestamp of the newest packet. */
  newest(): number
  state(io: StateIo): void
}

/** How far a timestamp may be from where it is expected, frames: half the store. */
export const REACH_FRAMES = STORE_FRAMES / 2
const JUMPED = 3

export function createTimeline(): Timeline {
  let known = false
  let newest = 0
  let far = 0
  let farCount = 0

  return {
    /* @hot */
    known() {
      return known
    },
    /* @hot */
    begin(timestamp) {
      known = true
      newest = timestamp
      farCount = 0
    },
    /* @hot */
    forget() {
      known = false
    },
    /* @hot */
    judge(timestamp, elapsedFrames) {
      const ahead = (timestamp - newest) | 0
      if (ahead >= -REACH_FRAMES && ahead <= elapsedFrames + REACH_FRAMES) return Belonging.near
      const step = (timestamp - far) | 0
      farCount = farCount > 0 && step <= REACH_FRAMES && step >= -REACH_FRAMES ? farCount + 1 : 1
      far = timestamp
      return farCount >= JUMPED ? Belonging.jumped : Belonging.far
    },
    /* @hot */
    follow(timestamp) {
      farCount = 0
      if (((timestamp - newest) | 0) <= 0) return false
      newest = timestamp
      return true
    },
    /* @hot */
    newest() {
      return newest
    },
    /* @hot */
    state(io) {
      known = io.flag(known)
      newest = io.int(newest)
      far = io.int(far)
      farCount = io.int(farCount)
    },
  }
}
