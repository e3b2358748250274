/**
 * What is off where a delay is kept. Whoever asks for a delay asks for his audio as it is: as long as the clocks agree and the delay
 * is right to a block, or to an eighth of what was asked for, the playhead is left alone, on whole frames, bit by bit. What is off by more for a second is steered away.
 *
 * Thread: audio      Realtime: wait-free, allocates nothing after creation
 */
import type { StateIo } from "./state-io.ts"

const PATIENCE_SECONDS = 1
/** More than this, and than is tolerated, is at once another delay. */
const OTHER_SECONDS = 0.01
/** Part of the delay that it may be off: who waits for long has room, and a correction is heard. At the least a block. */
const TOLERANCE = 1 / 8

export interface KeptDelay {
  /**
   * Sets spare[0] to `right` where nothing is to be done, else to what the delay is too long.
   * grid    of packets and blocks: so much more is right as well, and between two of its places a packet's end would be missed
   * astray  frames from the place on the grid before the playhead, 0 to grid - 1
   * free    in a gap, where the delay changes without being heard
   */
  ease(spare: Float64Array, grid: number, astray: number, right: number, free: boolean): void
  /** So many frames are asked for. */
  ask(delayFrames: number): void
  restart(): void
  state(io: StateIo): void
}

export function createKeptDelay(sampleRate: number, blockFrames: number): KeptDelay {
  const patientBlocks = Math.round((PATIENCE_SECONDS * sampleRate) / blockFrames)
  const other = Math.round(OTHER_SECONDS * sampleRate)
  let tolerance = blockFrames
  let offBlocks = 0
  let correcting = false

  return {
    /* @hot */
    ease(spare, grid, astray, right, free) {
      const more = spare[0] as number
      const whole = astray === 0 ? more : more - grid + astray
      const off = whole < 0 ? -whole : more - (grid - 1 + right)
      offBlocks = off > tolerance ? offBlocks + 1 : 0
      if (offBlocks > patientBlocks || (off > other && off > tolerance) || (free && off > 0)) correcting = true
      else if (off <= 0) correcting = false
      if (!correcting) spare[0] = right
      else if (whole < 0) spare[0] = -astray - grid * Math.max(0, Math.ceil((-more - astray) / grid))
      else spare[0] = more - (grid - 1)
    },
    /* @hot */
    ask(delayFrames) {
      tolerance = Math.max(blockFrames, Math.round(delayFrames * TOLERANCE))
    },
    /* @hot */
    restart() {
      offBlocks = 0
      correcting = false
    },
    /* @hot */
    state(io) {
      tolerance = io.int(tolerance)
      offBlocks = io.int(offBlocks)
      correcting = io.flag(correcting)
    },
  }
}
