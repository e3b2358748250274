/**
 * Where the playhead of a stream should be: the sender's timeline laid over ours by the earliest arrivals, plus a fixed delay.
 *
 * The offset of a packet is its arrival minus its media index, in frames. What the network adds is never negative, so the least
 * offset of the last seconds is the path at its best; the playhead follows it by `delayFrames`. The least of the last nine
 * half-seconds is used: it falls at once when a packet is early and rises within four and a half seconds when the path or a clock
 * has moved. A packet that is far too early must be followed by another: one alone has a damaged or forged timestamp.
 *
 * Thread: any      Realtime: wait-free, allocates nothing after creation
 */

/** How much earlier than all others is too early for one packet alone, s. */
const DOUBTED_SECONDS = 0.005
/** Half-seconds that are over, and the one that runs. */
const WINDOWS = 8
const NEWEST = WINDOWS
const WINDOW_END = WINDOWS + 1
const BASE = WINDOWS + 2

export interface PlayoutClock {
  /** arrival, index   frames in cells[0] and cells[1], by reference so that nothing is boxed */
  arrived(cells: Float64Array): void
  /** Media index due at the time in `cells[0]` (frames), written to `cells[1]`. Only after a first arrival. */
  due(cells: Float64Array): void
  restart(): void
}

export function createPlayoutClock(sampleRate: number, delayFrames: number): PlayoutClock {
  const state = new Float64Array(WINDOWS + 3)
  const windowFrames = sampleRate / 2
  const doubtedFrames = sampleRate * DOUBTED_SECONDS
  let known = false
  let doubted = false

  /* @hot */
  function leastOfWindows(): void {
    let least = state[NEWEST] as number
    for (let i = 0; i < WINDOWS; i++) if ((state[i] as number) < least) least = state[i] as number
    state[BASE] = least
  }

  return {
    /* @hot */
    arrived(cells) {
      const now = cells[0] as number
      const offset = now - (cells[1] as number)
      if (!known) {
        known = true
        doubted = false
        state.fill(Infinity, 0, WINDOWS)
        state[NEWEST] = offset
        state[WINDOW_END] = now + windowFrames
        state[BASE] = offset
        return
      }
      doubted = !doubted && offset < (state[BASE] as number) - doubtedFrames
      if (doubted) return
      if (now >= (state[WINDOW_END] as number)) {
        for (let i = 1; i < WINDOWS; i++) state[i - 1] = state[i] as number
        state[WINDOWS - 1] = state[NEWEST] as number
        state[NEWEST] = offset
        state[WINDOW_END] = now + windowFrames
      } else if (offset < (state[NEWEST] as number)) state[NEWEST] = offset
      leastOfWindows()
    },
    /* @hot */
    due(cells) {
      cells[1] = (cells[0] as number) - (state[BASE] as number) - delayFrames
    },
    /* @hot */
    restart() {
      known = false
    },
  }
}
