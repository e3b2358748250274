/**
 * What is heard where audio is missing: the sound before the gap, mirrored about its last frame and faded out within 5 ms, then
 * silence. The mirror begins at the value that the gap broke off at, so nothing clicks, and audio that returns is faded in over
 * what is being heard.
 *
 * Thread: audio      Realtime: wait-free, allocates nothing after creation
 */
import type { SampleStore } from "./sample-store.ts"

export interface GapFiller {
  /** Writes `frameCount` frames of the gap, which began at media index `gapStart`, from `gapFrame` frames into it. */
  fill(out: Float32Array, at: number, frameCount: number, channel: number, gapStart: number, gapFrame: number): void
  /** Cross-fades returning audio, already in `out`, with what the gap would have gone on with. `done` frames are behind us. */
  blendReturn(out: Float32Array, at: number, frameCount: number, channel: number, gapStart: number, gapFrame: number, done: number): void
  readonly returnFrames: number
}

export function createGapFiller(store: SampleStore, sampleRate: number): GapFiller {
  const fadeFrames = Math.round(sampleRate * 0.005)
  const returnFrames = Math.round(sampleRate * 0.001)

  /* @hot */
  function filling(channel: number, gapStart: number, gapFrame: number): number {
    if (gapFrame >= fadeFrames) return 0
    return store.sample(channel, gapStart - 1 - gapFrame) * (1 - gapFrame / fadeFrames)
  }

  return {
    returnFrames,
    /* @hot */
    fill(out, at, frameCount, channel, gapStart, gapFrame) {
      for (let i = 0; i < frameCount; i++) out[at + i] = filling(channel, gapStart, gapFrame + i)
    },
    /* @hot */
    blendReturn(out, at, frameCount, channel, gapStart, gapFrame, done) {
      const count = Math.min(frameCount, returnFrames - done)
      for (let i = 0; i < count; i++) {
        const weight = (done + i + 1) / (returnFrames + 1)
        out[at + i] = (out[at + i] as number) * weight + filling(channel, gapStart, gapFrame + i) * (1 - weight)
      }
    },
  }
}
