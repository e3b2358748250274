/**
 * The path at its best: the earliest arrival of the last seconds, as an offset in frames. What the network adds is never negative,
 * so the least offset is the path's own. The least of the last nine half-seconds is used: it falls at once when a packet is early
 * and rises within four and a half seconds when the path has become longer. A packet that is far too early must be followed by
 * another: one alone has a damaged or forged timestamp.
 *
 * Thread: audio      Realtime: wait-free, allocates nothing after creation
 */
import type { StateIo } from "./state-io.ts"

/** How much earlier than all others is too early for one packet alone, s. */
const DOUBTED_SECONDS = 0.005
/** Half-seconds that are over; the one that runs stands behind them. */
const WINDOWS = 8

export interface PathFloor {
  /** The earliest offset, in [0]. */
  readonly floor: Float64Array
  /** Takes a packet's exact offset, in offset[0]; `timeFrames` (int32, wrapping) tells the half-seconds. */
  arrived(offset: Float64Array, timeFrames: number): void
  restart(): void
  state(io: StateIo): void
}

export function createPathFloor(sampleRate: number): PathFloor {
  const floor = new Float64Array(1)
  const least = new Float64Array(WINDOWS + 1)
  const windowFrames = Math.round(sampleRate / 2)
  const doubtedFrames = sampleRate * DOUBTED_SECONDS
  let known = false
  let doubted = false
  let windowStart = 0

  return {
    floor,
    /* @hot */
    arrived(offset, timeFrames) {
      const value = offset[0] as number
      if (!known) {
        known = true
        doubted = false
        least.fill(Infinity)
        least[WINDOWS] = value
        floor[0] = value
        windowStart = timeFrames
        return
      }
      doubted = !doubted && value < (floor[0] as number) - doubtedFrames
      if (doubted) return
      const over = (timeFrames - windowStart) | 0
      if (over >= windowFrames || over < 0) {
        least.copyWithin(0, 1)
        least[WINDOWS] = value
        windowStart = timeFrames
      } else if (value < (least[WINDOWS] as number)) least[WINDOWS] = value
      let lowest = Infinity
      for (let i = 0; i <= WINDOWS; i++) if ((least[i] as number) < lowest) lowest = least[i] as number
      floor[0] = lowest
    },
    /* @hot */
    restart() {
      known = false
    },
    /* @hot */
    state(io) {
      io.cells(floor)
      io.cells(least)
      known = io.flag(known)
      doubted = io.flag(doubted)
      windowStart = io.int(windowStart)
    },
  }
}
