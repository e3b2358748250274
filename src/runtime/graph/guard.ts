/**
 * Decides when a plugin is trusted with the next block: after a failure it is bypassed, tried again after 1, 2, 4, 8 and 16 s, and
 * then left out for good. Half a minute without a failure makes the past forgotten. Time is counted in blocks.
 *
 * Thread: audio      Realtime: wait-free, allocates nothing after creation
 */

/** Why a plugin was bypassed. */
export const FailureCause = { none: 0, threw: 1, notFinite: 2, runaway: 3, slow: 4 } as const

/** What to do with the next block. */
export const Turn = { run: 0, rest: 1, retry: 2 } as const

const MOST_TRIES = 5
const FORGIVEN_AFTER_SECONDS = 30
/** Above this share of a block's duration a call is slow; that many in a row are too many. */
const SLOW_SHARE = 0.5
const SLOW_CALLS = 20
/** A call of so many blocks is a stall; the second within ten seconds is too many. One alone is often the machine's doing. */
const STALL_BLOCKS = 5
const STALL_MEMORY_SECONDS = 10

export interface Guard {
  /** Once a block, before it. Returns one of Turn. */
  next(): number
  /** Counts a call that took so long; true when that is a failure. */
  tooSlow(elapsedUs: number): boolean
  /** Counts a good block. */
  pass(): void
  /** Counts a failure. Returns whether there will be another try. */
  fail(): boolean
}

export function createGuard(rateHz: number, blockFrames: number): Guard {
  const blocksPerSecond = rateHz / blockFrames
  const slowUs = (SLOW_SHARE * 1e6) / blocksPerSecond
  const stallUs = (STALL_BLOCKS * 1e6) / blocksPerSecond
  const stallMemory = Math.ceil(STALL_MEMORY_SECONDS * blocksPerSecond)
  const forgivenAfter = Math.ceil(FORGIVEN_AFTER_SECONDS * blocksPerSecond)
  let waiting = 0
  let abandoned = false
  let tries = 0
  let good = 0
  let slow = 0
  /** Blocks for which the last stall is still remembered. */
  let stalled = 0
  return {
    /* @hot */
    next() {
      if (abandoned) return Turn.rest
      if (waiting === 0) return Turn.run
      waiting--
      return waiting === 0 ? Turn.retry : Turn.rest
    },
    /* @hot */
    tooSlow(elapsedUs) {
      slow = elapsedUs > slowUs ? slow + 1 : 0
      const again = stalled > 0
      if (elapsedUs > stallUs) {
        stalled = stallMemory
        return again || slow >= SLOW_CALLS
      }
      if (again) stalled--
      return slow >= SLOW_CALLS
    },
    /* @hot */
    pass() {
      if (tries === 0) return
      good++
      if (good >= forgivenAfter) tries = 0
    },
    /* @hot */
    fail() {
      slow = 0
      stalled = 0
      good = 0
      if (tries >= MOST_TRIES) {
        abandoned = true
        return false
      }
      waiting = Math.ceil(blocksPerSecond * (1 << tries))
      tries++
      return true
    },
  }
}
