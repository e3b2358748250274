/**
 * What is heard where audio is missing: the sound before the gap goes on, period by period, or as a linear predictor has it; and
 * when the gap's end is known, it is led to what follows.
 *
 *   history ─▶ pitch ─▶ fit ─▶ forward record ─▶ extend · merge
 *                                    │ bent to meet the future
 *   future, reversed ─▶ fit ─▶ backward record ─▶ bridge
 *
 * README.md has the reasons and the figures.
 *
 * Thread: audio      Realtime: wait-free, allocates nothing after creation
 */
import { assert } from "../../errors.ts"
import { CONCEAL_CHANNEL_BYTES, CONCEAL_RECORD_BYTES, ConcealField } from "../../dsp/conceal-kernels.ts"
import type { Dsp } from "../../dsp/dsp.ts"
import type { StateIo } from "../state-io.ts"
import { LINEAR_FRAMES, LINEAR_ORDER, planConcealment, REST_FRAMES, REST_ORDER, writeSincs } from "./conceal-plan.ts"

/** One a stream. Works on linear planar memory in the arena; allocates nothing after creation. */
export interface Concealer {
  /** Frames of history that `begin` reads, and of future that `bridge` reads at most. */
  readonly historyFrames: number
  readonly futureFrames: number
  /**
   * A gap begins: the history is the last historyFrames frames before it, at these addresses (right is not read when mono).
   * mayBurg  whether the expensive predictor may be used now: one a round for all peers, so that a stall of everyone makes its deadline
   */
  begin(left: number, right: number, channelCount: number, mayBurg: boolean): void
  /** Writes the gap's next frames: full gain to 20 ms, a cosine to 0 at 70 ms, then silence. */
  extend(left: number, right: number, frameCount: number): void
  /**
   * The gap's end is known: its whole rest of frameCount frames, futureFrames at most, is bridged from where `extend` left off to
   * the future that begins right after, of which futureCount frames are at these addresses.
   */
  bridge(left: number, right: number, frameCount: number, futureLeft: number, futureRight: number, futureCount: number): void
  /**
   * Audio is back after a gap that was not bridged: cross-fades frameCount frames of it, in place, with the continued extension.
   * doneFrames of the fade are behind us.
   * Returns  whether the fade goes on
   */
  merge(left: number, right: number, frameCount: number, doneFrames: number): boolean
  /** Whether the last gap was of a pitched sound. */
  readonly pitched: boolean
  /** With what lies in the arena. */
  state(io: StateIo): void
}

export interface ConcealerOptions {
  readonly dsp: Dsp
  readonly memory: WebAssembly.Memory
  /** Address of concealerBytes(sampleRate) bytes, multiple of 16. */
  readonly at: number
  readonly sampleRate: number
}

/** A period so alike to the one before is a note. */
const PITCHED = 0.9
/** The forward side meets the future when so alike to it; a little future may be alike by chance. */
const MEETS = 0.7
const MEETS_LITTLE = 0.9
/** Then the step that is left at their join may just die away. */
const MEETS_WELL = 0.95
/** The future repeats with the history's period when so alike. */
const REPEATS = 0.6
/** Below this, sounds are cross-faded at equal power. */
const ALIKE = 0.5
/** Fewer frames than these tell nothing of a likeness or a period. */
const FEWEST_MERGE = 32
const FEWEST_PERIOD = 96

/** Bytes of arena that a concealer takes. */
export const concealerBytes = (sampleRate: number): number => planConcealment(sampleRate).bytes

export function createConcealer({ dsp, memory, at, sampleRate }: ConcealerOptions): Concealer {
  assert(at % 16 === 0, "a concealer lies at a multiple of 16")
  const plan = planConcealment(sampleRate)
  const { historyFrames, futureFrames, fullFrames, endFrames, alignFrames } = plan
  const forward = at
  const backward = at + plan.backwardRecord
  const backwardCoefficients = at + plan.coefficients + 2 * CONCEAL_CHANNEL_BYTES
  const forwardWords = new Int32Array(memory.buffer, forward, CONCEAL_RECORD_BYTES / 4)
  const forwardNumbers = new Float32Array(memory.buffer, forward, CONCEAL_RECORD_BYTES / 4)
  const backwardWords = new Int32Array(memory.buffer, backward, CONCEAL_RECORD_BYTES / 4)
  const backwardNumbers = new Float32Array(memory.buffer, backward, CONCEAL_RECORD_BYTES / 4)
  writeSincs(memory, at + plan.sincs)
  /** What has been fitted and made, and from what. */
  const audio = new Float32Array(memory.buffer, at + plan.coefficients, (plan.bytes - plan.coefficients) / 4)
  forwardWords.fill(0)
  backwardWords.fill(0)

  /** Where a record's things lie. */
  /* @hot */
  function point(words: Int32Array, index: number): void {
    words[ConcealField.plane] = at + (index === 0 ? plan.forwardPlanes : plan.backwardPlanes)
    words[ConcealField.strideBytes] = index === 0 ? plan.forwardStride : plan.backwardStride
    words[ConcealField.sincs] = at + plan.sincs
    words[ConcealField.work] = at + plan.work
    words[ConcealField.coefficients] = at + plan.coefficients + index * 2 * CONCEAL_CHANNEL_BYTES
    words[ConcealField.rest] = at + plan.rest + index * 2 * CONCEAL_CHANNEL_BYTES
    words[ConcealField.bendFrames] = fullFrames
  }
  point(forwardWords, 0)
  point(backwardWords, 1)
  forwardWords[ConcealField.channelCount] = 1
  backwardWords[ConcealField.channelCount] = 1
  forwardWords[ConcealField.historyFrames] = historyFrames

  let pitched = false
  let mayPredict = false
  /** Frames of the gap that are behind us, endFrames at most, and frames that the forward record has made. */
  let elapsed = 0
  let made = 0
  /** Of the merge under way. */
  let isEqualPower = 0
  let mergeFrames = 0

  /* @hot */
  function makeUpTo(frames: number): void {
    if (frames <= made) return
    dsp.concealRun(forward, made, frames - made)
    made = frames
  }

  /** Makes the forward side far enough, and looks whether it meets the future when it is bent. */
  /* @hot */
  function meets(frameCount: number, futureLeft: number, futureRight: number, futureCount: number): boolean {
    const total = elapsed + frameCount
    makeUpTo(Math.min(total, endFrames) + 16)
    if (elapsed >= endFrames || forwardWords[ConcealField.pitched] === 0) return false
    // Pitch may have changed by 4 % since it was seen, but not by 20 % in what is left.
    const byPitch = 0.04 * (total + 1.5 * alignFrames)
    const byPeriod = 0.4 * (forwardNumbers[ConcealField.lag] as number)
    const reach = Math.min(plan.mostShift, byPitch, byPeriod, 0.2 * frameCount) | 0
    const compared = Math.min(futureCount, alignFrames)
    makeUpTo(total + compared + reach + 16)
    dsp.concealAlign(forward, total, futureLeft, futureRight, compared, reach + 1)
    return (forwardNumbers[ConcealField.shiftLikeness] as number) > (compared < FEWEST_PERIOD ? MEETS_LITTLE : MEETS)
  }

  /** Whether the future, reversed, goes on with a period near the history's; the backward record has it then. */
  /* @hot */
  function futureRepeats(frameCount: number, futureCount: number): boolean {
    if (!pitched) return false
    const bend = Math.min(elapsed + frameCount, fullFrames)
    const lag = (forwardNumbers[ConcealField.lag] as number) + bend * (forwardNumbers[ConcealField.slope] as number)
    const low = (lag * 0.94 - 1) | 0
    const high = (lag * 1.06 + 2) | 0
    const room = futureCount - high - 10
    if (room < FEWEST_PERIOD) return false
    dsp.concealPitchNear(backward, Math.min(alignFrames, room) & ~3, low, high, plan.trendFrames)
    return (backwardNumbers[ConcealField.likeness] as number) > REPEATS
  }

  /** Fits the backward record; returns over how many frames it is faded in, 0 when the forward side needs no other. */
  /* @hot */
  function fitBackward(frameCount: number, futureCount: number, isMet: boolean): number {
    backwardWords[ConcealField.coefficients] = backwardCoefficients
    if (futureRepeats(frameCount, futureCount)) {
      dsp.concealFit(backward, 1, REST_FRAMES, REST_ORDER)
      return frameCount
    }
    if (isMet) {
      if ((forwardNumbers[ConcealField.shiftLikeness] as number) > MEETS_WELL) return 0
      dsp.concealFit(backward, 0, LINEAR_FRAMES, REST_ORDER)
      return Math.min(frameCount, plan.metFrames)
    }
    if (forwardWords[ConcealField.pitched] === 0 && futureCount >= LINEAR_ORDER) {
      // Backwards in time a sound has the same linear predictor; one from so short a future is worse, and costs as much again.
      backwardWords[ConcealField.coefficients] = forwardWords[ConcealField.coefficients] as number
      backwardWords[ConcealField.order] = forwardWords[ConcealField.order] as number
      backwardWords[ConcealField.pitched] = 0
      return frameCount
    }
    dsp.concealFit(backward, 0, LINEAR_FRAMES, mayPredict ? LINEAR_ORDER : REST_ORDER)
    return mayPredict ? frameCount : Math.min(frameCount, alignFrames)
  }

  /* @hot */
  function extend(left: number, right: number, frameCount: number): void {
    makeUpTo(Math.min(elapsed + frameCount, endFrames))
    dsp.concealWrite(forward, elapsed, frameCount, left, right, fullFrames, endFrames)
    elapsed = Math.min(elapsed + frameCount, endFrames)
  }

  return {
    historyFrames,
    futureFrames,
    get pitched() { return pitched },
    /* @hot */
    begin(left, right, channelCount, mayBurg) {
      forwardWords[ConcealField.channelCount] = channelCount
      backwardWords[ConcealField.channelCount] = channelCount
      dsp.concealTake(forward, left, right, 0)
      dsp.concealPitch(forward, plan.templateFrames, plan.fineFrames, plan.shortestLag, plan.longestLag, plan.trendFrames)
      pitched = (forwardNumbers[ConcealField.likeness] as number) >= PITCHED
      mayPredict = mayBurg
      if (mayBurg && !pitched) dsp.concealFit(forward, 0, LINEAR_FRAMES, LINEAR_ORDER)
      else dsp.concealFit(forward, 1, REST_FRAMES, REST_ORDER)
      elapsed = 0
      made = 0
    },
    extend,
    /* @hot */
    bridge(left, right, frameCount, futureLeft, futureRight, futureCount) {
      if (futureCount <= 0 || frameCount > futureFrames) return extend(left, right, frameCount)
      const count = Math.min(futureCount, futureFrames)
      backwardWords[ConcealField.historyFrames] = count
      dsp.concealTake(backward, futureLeft, futureRight, 1)
      const isMet = meets(frameCount, futureLeft, futureRight, count)
      const fade = fitBackward(frameCount, count, isMet)
      if (fade > 0) dsp.concealRun(backward, 0, frameCount)
      const bent = isMet ? frameCount + (Math.min(count, alignFrames) >> 1) : 0
      dsp.concealBridge(forward, backward, elapsed, frameCount, left, right, fullFrames, endFrames, bent, fade)
      elapsed = Math.min(elapsed + frameCount, endFrames)
    },
    /* @hot */
    merge(left, right, frameCount, doneFrames) {
      if (doneFrames === 0) {
        mergeFrames = elapsed > fullFrames ? plan.longMergeFrames : plan.mergeFrames
        makeUpTo(Math.min(elapsed + mergeFrames, endFrames) + 1)
        const compared = Math.min(frameCount, mergeFrames)
        isEqualPower = pitched && elapsed < endFrames ? 0 : 1
        if (elapsed < endFrames && compared >= FEWEST_MERGE) {
          // The frames compared must be made, also where they are no longer heard.
          makeUpTo(elapsed + mergeFrames + 1)
          dsp.concealAlign(forward, elapsed, left, right, compared, 0)
          isEqualPower = (forwardNumbers[ConcealField.shiftLikeness] as number) > ALIKE ? 0 : 1
        }
      }
      dsp.concealMerge(
        forward, elapsed + doneFrames, frameCount, left, right, fullFrames, endFrames, doneFrames, mergeFrames, isEqualPower,
      )
      return doneFrames + frameCount < mergeFrames
    },
    /* @hot */
    state(io) {
      io.cells(forwardWords)
      io.cells(backwardWords)
      io.cells(audio)
      // Another buffer's lie elsewhere.
      point(forwardWords, 0)
      point(backwardWords, 1)
      pitched = io.flag(pitched)
      mayPredict = io.flag(mayPredict)
      elapsed = io.int(elapsed)
      made = io.int(made)
      isEqualPower = io.int(isEqualPower)
      mergeFrames = io.int(mergeFrames)
    },
  }
}
