/**
 * The figures that a buffer tells of itself on every pull.
 *
 * Thread: audio      Realtime: wait-free, allocates nothing after creation
 */
import type { Arrivals } from "./arrivals.ts"
import { JitterStats } from "./jitter-stats.ts"
import type { Position } from "./position.ts"
import type { SampleStore } from "./sample-store.ts"
import type { StampBook } from "./stamp-book.ts"

export interface Books {
  /** spare[0]: how much longer the delay is than it need be, frames. cells: as in JitterBuffer.pull. */
  keep(cells: Float64Array, spare: Float64Array): void
}

/** Longer waits than this are no measurement, us. */
const MOST_WAIT_US = 2e6
/** Weight of a block in a smoothed figure. */
const SMOOTH = 0.02

export function createBooks(
  stats: Float64Array, store: SampleStore, stamps: StampBook, position: Position, arrivals: Arrivals, sampleRate: number, blockFrames: number,
): Books {
  const { target, zero, drift: { line } } = arrivals
  const { phase } = position
  const framesPerUs = sampleRate / 1e6

  return {
    /* @hot */
    keep(cells, spare) {
      const at = position.at()
      stats[JitterStats.bufferLevelFrames] = Math.max(0, store.ahead(at))
      stats[JitterStats.currentDelayUs] = ((spare[0] as number) + (target[0] as number) - (zero[0] as number)) / framesPerUs
      stats[JitterStats.driftPpm] = -(line[2] as number) * 1e6
      stats[JitterStats.ratePpm] = ((phase[1] as number) - 1) * 1e6
      if (store.presentRun(at, 1) === 0) return
      stamps.look(cells, at)
      const waitUs = cells[2] as number
      if (!(waitUs >= 0 && waitUs <= MOST_WAIT_US)) return
      const targetUs = stats[JitterStats.targetDelayUs] as number
      stats[JitterStats.emittedFrames] = (stats[JitterStats.emittedFrames] as number) + blockFrames
      stats[JitterStats.emittedDelayUs] = (stats[JitterStats.emittedDelayUs] as number) + waitUs * blockFrames
      stats[JitterStats.emittedTargetUs] = (stats[JitterStats.emittedTargetUs] as number) + targetUs * blockFrames
      const before = stats[JitterStats.playoutDelayUs] as number
      stats[JitterStats.playoutDelayUs] = before === 0 ? waitUs : before + (waitUs - before) * SMOOTH
    },
  }
}
