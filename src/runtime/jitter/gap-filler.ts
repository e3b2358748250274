/**
 * What is heard where audio is missing: the sound before the gap goes on from that place in its last 25 ms that was most like its
 * end, and is faded out within 5 ms; then silence. What is left of a step at the join dies away within a millisecond, and audio
 * that returns is faded in over what is being heard, so nothing clicks.
 *
 * Thread: audio      Realtime: wait-free, allocates nothing after creation
 */
import { STORE_FRAMES, type SampleStore } from "./sample-store.ts"

export interface GapFiller {
  /** A gap begins at media index `start`. last[channel] is what was heard last. */
  begin(start: number, channelCount: number, last: Float64Array): void
  /** The playhead leaves `start`, where audio goes on: it is what `blendReturn` fades out of. */
  leave(start: number): void
  /** Writes frames of the gap, from `gapFrame` frames into it. */
  fill(out: Float32Array, at: number, frameCount: number, channel: number, gapFrame: number): void
  /** Cross-fades returning audio, already in `out`, with what the gap would have gone on with. `done` frames are behind us. */
  blendReturn(out: Float32Array, at: number, frameCount: number, channel: number, gapFrame: number, done: number): void
  /** After so many frames a gap is silent. */
  readonly fadeFrames: number
  readonly returnFrames: number
}

/** The sound's end is compared with its past in steps of 2 frames over 32. */
const TEMPLATE_FRAMES = 32
const TEMPLATE_STEP = 2
/** What a step at the join keeps from frame to frame. */
const STEP_DECAY = 0.93

const PLANE_MASK = STORE_FRAMES - 1

const START = 0
const OFFSET = 1

export function createGapFiller(store: SampleStore, sampleRate: number): GapFiller {
  const { planes } = store
  const fadeFrames = Math.round(sampleRate * 0.005)
  const returnFrames = Math.round(sampleRate * 0.002)
  const longestLag = Math.round(sampleRate * 0.025)
  const fall = Float64Array.from({ length: fadeFrames }, (_, i) => 0.5 + 0.5 * Math.cos((Math.PI * i) / fadeFrames))
  const rise = Float64Array.from({ length: returnFrames }, (_, i) => 0.5 - 0.5 * Math.cos((Math.PI * (i + 1)) / (returnFrames + 1)))
  const decay = Float64Array.from({ length: fadeFrames }, (_, i) => STEP_DECAY ** (i + 1))
  /** Media index of the gap's start, and each channel's step there. */
  const state = new Float64Array(3)
  /** Frames back to what is played in the gap; at least fadeFrames, so that it is all there. 0: what lies in the gap itself. */
  let lag = 0

  /**
   * How far back the place lies that is least unlike the sound's end. One function, with no fraction that crosses a call: a
   * thousand places are looked at, and a box for each would be garbage by the megabyte.
   */
  /* @hot */
  function likestLag(start: number, channelCount: number): number {
    let best = fadeFrames
    let least = Infinity
    for (let back = fadeFrames; back <= longestLag && least > 0; back++) {
      let sum = 0
      for (let channel = 0; channel < channelCount; channel++) {
        const plane = planes[channel] as Float32Array
        for (let i = 1; i <= TEMPLATE_FRAMES && sum < least; i += TEMPLATE_STEP) {
          const difference = (plane[(start - i) & PLANE_MASK] as number) - (plane[(start - back - i) & PLANE_MASK] as number)
          sum += difference * difference
        }
      }
      if (sum < least) {
        least = sum
        best = back
      }
    }
    return best
  }

  return {
    fadeFrames,
    returnFrames,
    /* @hot */
    begin(start, channelCount, last) {
      lag = likestLag(start, channelCount)
      state[START] = start
      for (let channel = 0; channel < channelCount; channel++) {
        state[OFFSET + channel] = (last[channel] as number) - ((planes[channel] as Float32Array)[(start - 1 - lag) & PLANE_MASK] as number)
      }
    },
    /* @hot */
    leave(start) {
      lag = 0
      state[START] = start
    },
    /* @hot */
    fill(out, at, frameCount, channel, gapFrame) {
      const from = (state[START] as number) - lag + gapFrame
      const step = state[OFFSET + channel] as number
      const plane = planes[channel] as Float32Array
      const sounding = Math.max(0, Math.min(frameCount, fadeFrames - gapFrame))
      for (let i = 0; i < sounding; i++) {
        const like = plane[(from + i) & PLANE_MASK] as number
        out[at + i] = (like + step * (decay[gapFrame + i] as number)) * (fall[gapFrame + i] as number)
      }
      if (sounding < frameCount) out.fill(0, at + sounding, at + frameCount)
    },
    /* @hot */
    blendReturn(out, at, frameCount, channel, gapFrame, done) {
      const plane = planes[channel] as Float32Array
      const count = Math.min(frameCount, returnFrames - done)
      const from = (state[START] as number) - lag + gapFrame
      const step = state[OFFSET + channel] as number
      for (let i = 0; i < count; i++) {
        const into = gapFrame + i
        let gone = plane[(from + i) & PLANE_MASK] as number
        if (lag > 0) gone = into < fadeFrames ? (gone + step * (decay[into] as number)) * (fall[into] as number) : 0
        out[at + i] = gone + ((out[at + i] as number) - gone) * (rise[done + i] as number)
      }
    },
  }
}
