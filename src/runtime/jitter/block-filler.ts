/**
 * Makes the blocks of a stream: what has come is played, what is missing is filled, and wherever one joins the other nothing clicks.
 *
 *   resting ─first audio─▶ playing ─missing─▶ gap ─audio again─▶ returning (2 ms) ─▶ playing
 *      ▲                      └────── rest: what sounds dies away in a gap ──────┐
 *      └──────────────────────────────────────────────────────────────────────────┘
 *
 * A stream that joins in silence begins with its first frame as it is.
 *
 * Thread: audio      Realtime: wait-free, allocates nothing after creation
 */
import type { Dsp } from "../dsp/dsp.ts"
import { BlockFlag } from "../ring/block-ring.ts"
import { createGapFiller } from "./gap-filler.ts"
import { JitterStats } from "./jitter-stats.ts"
import type { SampleStore } from "./sample-store.ts"

export interface BlockFillerOptions {
  readonly dsp: Dsp
  readonly memory: WebAssembly.Memory
  readonly store: SampleStore
  readonly sampleRate: number
  readonly blockFrames: number
  /** JitterStats; concealment is counted. */
  readonly stats: Float64Array
}

export interface BlockFiller {
  setChannels(channelCount: number): void
  /** Fills the block from media index `place[0]` on, at the planar addresses left and right. Returns BlockFlag bits. */
  fill(place: Float64Array, left: number, right: number): number
  /** Fills the block with silence, or the end of what sounds. Returns BlockFlag bits. */
  rest(left: number, right: number): number
  /** Audio has been heard since the last rest. */
  playing(): boolean
  /** Something can be heard: audio, or a gap that is not silent yet. */
  sounds(): boolean
  /** The next block will begin elsewhere than at `place[0]`: what sounds is faded into it. */
  leave(place: Float64Array): void
  /** No more audio from here on: what sounds dies away. */
  stop(place: Float64Array): void
}

export function createBlockFiller(options: BlockFillerOptions): BlockFiller {
  const { dsp, store, blockFrames, stats } = options
  const gap = createGapFiller(store, options.sampleRate)
  const floats = new Float32Array(options.memory.buffer)
  /** What was heard last, by channel. */
  const last = new Float64Array(2)
  let channelCount = 1
  let playing = false
  /** Frames into the gap, or -1. */
  let gapFrames = -1
  /** Frames of the return to audio that are done, or -1. */
  let returning = -1

  /* @hot */
  function isAudible(): boolean {
    return gapFrames < 0 || returning >= 0 || gapFrames < gap.fadeFrames
  }

  /* @hot */
  function keepLast(left: number, right: number, frames: number): void {
    last[0] = floats[(left >> 2) + frames - 1] as number
    last[1] = channelCount === 2 ? (floats[(right >> 2) + frames - 1] as number) : last[0]
  }

  /* @hot */
  function openGap(start: number): void {
    gap.begin(start, channelCount, last)
    gapFrames = 0
    returning = -1
  }

  /* @hot */
  function fillRun(left: number, right: number, done: number, run: number): void {
    gap.fill(floats, (left >> 2) + done, run, 0, gapFrames)
    if (channelCount === 2) gap.fill(floats, (right >> 2) + done, run, 1, gapFrames)
    gapFrames += run
  }

  /** What was heard in the place of audio is the past that the next gap goes on from. */
  /* @hot */
  function keepHeard(start: number, left: number, right: number, done: number, run: number): void {
    store.keep(start, run, 0, left + done * 4)
    if (channelCount === 2) store.keep(start, run, 1, right + done * 4)
  }

  /* @hot */
  function restRun(left: number, right: number, done: number, run: number): void {
    if (gapFrames >= 0) return fillRun(left, right, done, run)
    dsp.clear(left + done * 4, run)
    if (channelCount === 2) dsp.clear(right + done * 4, run)
  }

  /* @hot */
  function missRun(start: number, left: number, right: number, done: number, run: number): void {
    if (gapFrames < 0 || returning >= 0) {
      if (done > 0) keepLast(left, right, done)
      openGap(start)
      stats[JitterStats.concealmentEvents] = (stats[JitterStats.concealmentEvents] as number) + 1
    }
    fillRun(left, right, done, run)
    keepHeard(start, left, right, done, run)
    stats[JitterStats.concealedFrames] = (stats[JitterStats.concealedFrames] as number) + run
  }

  /* @hot */
  function playRun(start: number, left: number, right: number, done: number, run: number): void {
    store.read(start, run, left + done * 4, right + done * 4, channelCount)
    playing = true
    if (gapFrames >= 0 && returning < 0) returning = 0
    if (returning < 0) return
    gap.blendReturn(floats, (left >> 2) + done, run, 0, gapFrames, returning)
    if (channelCount === 2) gap.blendReturn(floats, (right >> 2) + done, run, 1, gapFrames, returning)
    keepHeard(start, left, right, done, run)
    returning += run
    gapFrames += run
    if (returning < gap.returnFrames) return
    returning = -1
    gapFrames = -1
  }

  /* @hot */
  function flagsOf(heard: boolean, whole: boolean): number {
    const mono = channelCount === 1 ? BlockFlag.mono : 0
    if (whole) return mono
    return heard ? mono | BlockFlag.concealed : mono | BlockFlag.silent | BlockFlag.waiting
  }

  /* @hot */
  function isDying(): boolean {
    return gapFrames >= 0 && gapFrames < gap.fadeFrames
  }

  return {
    /* @hot */
    setChannels(value) {
      channelCount = value
    },
    /* @hot */
    fill(place, left, right) {
      const from = place[0] as number
      const dying = isDying()
      let played = 0
      for (let done = 0; done < blockFrames;) {
        const run = store.presentRun(from + done, blockFrames - done)
        if (run > 0) {
          playRun(from + done, left, right, done, run)
          played += run
          done += run
          continue
        }
        const absent = store.absentRun(from + done, blockFrames - done)
        if (playing) missRun(from + done, left, right, done, absent)
        else restRun(left, right, done, absent)
        done += absent
      }
      keepLast(left, right, blockFrames)
      return flagsOf(playing || dying, played === blockFrames)
    },
    /* @hot */
    rest(left, right) {
      const dying = isDying()
      restRun(left, right, 0, blockFrames)
      keepLast(left, right, blockFrames)
      return flagsOf(dying, false)
    },
    /* @hot */
    playing() {
      return playing
    },
    /* @hot */
    sounds() {
      return playing && isAudible()
    },
    /* @hot */
    leave(place) {
      if (!playing || !isAudible()) return
      const from = place[0] as number
      if (gapFrames < 0 && store.presentRun(from, gap.returnFrames) === gap.returnFrames) {
        gap.leave(from)
        gapFrames = 0
      } else openGap(from)
      returning = 0
    },
    /* @hot */
    stop(place) {
      if (playing && isAudible()) openGap(place[0] as number)
      else if (!isDying()) gapFrames = -1
      returning = -1
      playing = false
    },
  }
}
