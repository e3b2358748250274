/**
 * What is off where a delay is kept. Whoever asks for a delay asks for his audio as it is: as long as the clocks agree and the delay
 * is right to a block, the playhead is left alone, on whole frames, bit by bit. What is off by more for a second is steered away.
 *
 * Thread: audio      Realtime: wait-free, allocates nothing after creation
 */

const PATIENCE_SECONDS = 1
/** More than this is at once another delay. */
const OTHER_SECONDS = 0.01

export interface KeptDelay {
  /**
   * Sets spare[0] to `right` where nothing is to be done; grid: that much more is right as well, since packets begin on it;
   * free: in a gap, where the delay changes without being heard.
   */
  ease(spare: Float64Array, grid: number, right: number, free: boolean): void
  restart(): void
}

export function createKeptDelay(sampleRate: number, blockFrames: number): KeptDelay {
  const patientBlocks = Math.round((PATIENCE_SECONDS * sampleRate) / blockFrames)
  const other = Math.round(OTHER_SECONDS * sampleRate)
  let offBlocks = 0
  let correcting = false

  return {
    /* @hot */
    ease(spare, grid, right, free) {
      const more = spare[0] as number
      const off = more < 0 ? -more : more - (grid - 1 + right)
      offBlocks = off > blockFrames ? offBlocks + 1 : 0
      if (offBlocks > patientBlocks || off > other || (free && off > 0)) correcting = true
      else if (off <= 0) correcting = false
      if (!correcting) spare[0] = right
      else if (more > 0) spare[0] = more - (grid - 1)
    },
    /* @hot */
    restart() {
      offBlocks = 0
      correcting = false
    },
  }
}
