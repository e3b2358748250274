/**
 * When the audio of a stream arrived and when it was captured, kept for each 64 frames of its timeline.
 *
 * Thread: audio      Realtime: wait-free, allocates nothing after creation
 */
import { STORE_FRAMES } from "./sample-store.ts"
import type { StateIo } from "./state-io.ts"

export interface StampBook {
  /** cells[0] = arrival, us; cells[2] = capture of the frame at `timestamp`, us, or NaN */
  note(cells: Float64Array, timestamp: number, frameCount: number): void
  /** cells[0] = now, us; sets cells[1] = capture of the frame at `timestamp`, us, or NaN, and cells[2] = how long ago it arrived, us. */
  look(cells: Float64Array, timestamp: number): void
  state(io: StateIo): void
}

const STAMP_FRAMES = 64
const STAMPS = STORE_FRAMES / STAMP_FRAMES

export function createStampBook(sampleRate: number): StampBook {
  const captures = new Float64Array(STAMPS)
  const arrivals = new Float64Array(STAMPS)
  const framesPerUs = sampleRate / 1e6
  return {
    /* @hot */
    note(cells, timestamp, frameCount) {
      const first = Math.floor(timestamp / STAMP_FRAMES)
      const last = Math.floor((timestamp + frameCount - 1) / STAMP_FRAMES)
      for (let key = first; key <= last; key++) {
        const slot = key & (STAMPS - 1)
        arrivals[slot] = cells[0] as number
        captures[slot] = (cells[2] as number) + (key * STAMP_FRAMES - timestamp) / framesPerUs
      }
    },
    /* @hot */
    look(cells, timestamp) {
      const slot = Math.floor(timestamp / STAMP_FRAMES) & (STAMPS - 1)
      cells[1] = (captures[slot] as number) + (timestamp & (STAMP_FRAMES - 1)) / framesPerUs
      cells[2] = (cells[0] as number) - (arrivals[slot] as number)
    },
    /* @hot */
    state(io) {
      io.cells(captures)
      io.cells(arrivals)
    },
  }
}
