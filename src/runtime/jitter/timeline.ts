/**
 * The sender's timeline: RTP timestamps, which wrap at 2^32 and may begin anywhere, to media indices, which run on. Timestamps out
 * of reach of the newest are taken for faults, until several that belong together say that the sender has begun anew.
 *
 * Thread: audio      Realtime: wait-free, allocates nothing after creation
 */
import { STORE_FRAMES } from "./sample-store.ts"

export interface Timeline {
  /** Media index of the newest packet's first frame, in [0]. */
  readonly newest: Float64Array
  known(): boolean
  /** The packet with this timestamp is the first: it is at `index`. */
  begin(rtpTimestamp: number, index: number): void
  forget(): void
  /** Whether a timestamp is near enough to the newest to belong to it. */
  reaches(rtpTimestamp: number): boolean
  /** Of timestamps out of reach: whether so many in a row belong together that the timeline must have jumped. */
  jumped(rtpTimestamp: number): boolean
  /** Media index of a timestamp in reach. */
  place(rtpTimestamp: number): number
}

const REACH = STORE_FRAMES / 2
const JUMPED = 3

export function createTimeline(): Timeline {
  const newest = new Float64Array(1)
  let known = false
  let newestTimestamp = 0
  let farTimestamp = 0
  let farCount = 0

  return {
    newest,
    /* @hot */
    known() {
      return known
    },
    /* @hot */
    begin(rtpTimestamp, index) {
      known = true
      newestTimestamp = rtpTimestamp
      newest[0] = index
      farCount = 0
    },
    /* @hot */
    forget() {
      known = false
    },
    /* @hot */
    reaches(rtpTimestamp) {
      const ahead = (rtpTimestamp - newestTimestamp) | 0
      return ahead <= REACH && ahead >= -REACH
    },
    /* @hot */
    jumped(rtpTimestamp) {
      const ahead = (rtpTimestamp - farTimestamp) | 0
      farCount = ahead <= REACH && ahead >= -REACH ? farCount + 1 : 1
      farTimestamp = rtpTimestamp
      return farCount >= JUMPED
    },
    /* @hot */
    place(rtpTimestamp) {
      const ahead = (rtpTimestamp - newestTimestamp) | 0
      const index = (newest[0] as number) + ahead
      farCount = 0
      if (ahead > 0) {
        newest[0] = index
        newestTimestamp = rtpTimestamp
      }
      return index
    },
  }
}
