/**
 * What was heard last, of both channels, so that concealment can go on from it. A ring that stands in memory twice, one copy
 * behind the other: the last frames always lie in one piece.
 *
 * Thread: audio      Realtime: wait-free, allocates nothing after creation
 */
import type { Dsp } from "../dsp/dsp.ts"
import type { SampleStore } from "./sample-store.ts"
import type { StateIo } from "./state-io.ts"

const FRAMES = 4096
const PLANE_BYTES = 2 * FRAMES * 4
export const HEARD_BYTES = 2 * PLANE_BYTES
/** As far as a filter looks back, and more. */
const PATCH_FRAMES = 16

export interface Heard {
  /** Takes planar audio; one channel stands for both. */
  append(left: number, right: number, frameCount: number): void
  /** Address of the channel's last `frameCount` frames, 4096 at most. */
  last(channel: number, frameCount: number): number
  /** Lays the last frames before this place, where nothing has come: a filter that looks back over the join finds what was heard. */
  patch(store: SampleStore, timestamp: number): void
  /** But the audio itself, which lies in the arena. */
  state(io: StateIo): void
}

export function createHeard(dsp: Dsp, at: number): Heard {
  let end = 0

  /* @hot */
  function put(plane: number, source: number, to: number, count: number): void {
    dsp.copy(plane + to * 4, source, count)
    dsp.copy(plane + (to + FRAMES) * 4, source, count)
  }

  /* @hot */
  function last(channel: number, frameCount: number): number {
    return at + channel * PLANE_BYTES + (end + FRAMES - frameCount) * 4
  }

  return {
    /* @hot */
    append(left, right, frameCount) {
      for (let done = 0; done < frameCount;) {
        const count = Math.min(frameCount - done, FRAMES - end)
        put(at, left + done * 4, end, count)
        put(at + PLANE_BYTES, right + done * 4, end, count)
        end = (end + count) & (FRAMES - 1)
        done += count
      }
    },
    last,
    /* @hot */
    patch(store, timestamp) {
      const from = (timestamp - PATCH_FRAMES) | 0
      if (store.absentRun(from, PATCH_FRAMES) < PATCH_FRAMES) return
      store.patch(from, PATCH_FRAMES, last(0, PATCH_FRAMES), last(1, PATCH_FRAMES))
    },
    /* @hot */
    state(io) {
      end = io.int(end)
    },
  }
}
