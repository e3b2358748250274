/**
 * The kernels of concealment. All work on a record in memory, a predictor, which continues planes of one or two channels: `history`
 * frames are given, what is made follows them. "Frame i" counts from the first frame made; the past has negative numbers.
 *
 * Thread: any      Realtime: wait-free, allocates nothing
 */

/** Bytes of a predictor's record. */
export const CONCEAL_RECORD_BYTES = 96

/** Its fields, in words of 4 bytes. i32 up to `order`, float32 from `lag` on, but bendFrames. */
export const ConcealField = {
  /** Address of the first channel's first frame of history; 64 bytes before it belong to the plane. Bytes to the next plane. */
  plane: 0, strideBytes: 1,
  channelCount: 2, historyFrames: 3,
  /** Address of float32[129][16]: row r reads a signal r / 128 frames after tap 7. */
  sincs: 4,
  /** Address of what the kernels may overwrite. */
  work: 5,
  /** Addresses of CONCEAL_CHANNEL_BYTES a channel: the linear predictor, and what periods left of the last frames. */
  coefficients: 6, rest: 7,
  /** 1: repeats periods, plus the prediction of what they leave. 0: predicts linearly. The linear predictor's order, 0..256. */
  pitched: 8, order: 9,
  /** Frames a period, at frame 0; its growth a frame, up to bendFrames (i32); how alike two periods are, -1..1. */
  lag: 10, slope: 11, likeness: 12, bendFrames: 15,
  /** What `concealAlign` found. */
  shift: 13, shiftLikeness: 14,
  /** By channel: no frame is made larger; gain of a period; what is left of the step at the join. */
  limit: 16, periodGain: 18, joinStep: 20,
} as const

export const CONCEAL_CHANNEL_BYTES = 1024

export interface ConcealKernels {
  /** Fills the history from left and right (right is not read when mono), reversed when backwards is 1. NaN and the like become 0. */
  concealTake(record: number, left: number, right: number, backwards: number): void
  /**
   * Finds lag, slope and likeness for lags from shortest to longest (multiples of 4): coarsely over templateFrames, exactly over
   * fineFrames, and compares with backFrames earlier. Reads templateFrames + longest + 8 frames of history. Work: as many words.
   */
  concealPitch(record: number, templateFrames: number, fineFrames: number, shortest: number, longest: number, backFrames: number): void
  /** The same for few lags, over `frames`. Reads frames + high + 9 frames. */
  concealPitchNear(record: number, frames: number, low: number, high: number, backFrames: number): void
  /**
   * Finds how the frames made from `from` on must be shifted, by `reach` at most, to be most like `frames` frames at left and right.
   * Frames up to from + frames + reach + 1 must be made.
   */
  concealAlign(record: number, from: number, left: number, right: number, frames: number, reach: number): void
  /**
   * Linear predictor of an order (multiple of 4) by Burg's method: c[j] belongs to the frame order - j back.
   * Work: 8 * (frames + 20) + 16 * (order + 2) bytes, at a multiple of 16.
   */
  concealBurg(src: number, frames: number, order: number, coefficients: number, work: number): void
  /** Fits to the last `frames` of history; the order may come out lower for a short one. Work: as concealBurg's, and 4 * frames + 16. */
  concealFit(record: number, pitched: number, frames: number, order: number): void
  /** Makes frames from `from` on; all before must be made. However they are divided into calls, they are the same. */
  concealRun(record: number, from: number, frames: number): void
  /** Writes frames made, at full gain before fullFrames, silent from endFrames on, along a cosine between. */
  concealWrite(record: number, from: number, frames: number, left: number, right: number, fullFrames: number, endFrames: number): void
  /**
   * Bridges frames from `from` on to what lies reversed in the history of `backward`. The forward side is bent so that it has
   * moved by `shift` after alignFrames (0: not). The backward side's frames are faded in, by sin², over the last fadeFrames; at 0
   * they are not read, and the step at the end grows as one at the beginning dies away. Up to 9 + |shift| frames more must be made.
   */
  concealBridge(
    record: number, backward: number, from: number, frames: number, left: number, right: number, fullFrames: number, endFrames: number,
    alignFrames: number, fadeFrames: number,
  ): void
  /** Cross-fades real audio, in place, with frames made, doneFrames of fadeFrames being behind; equalPower 1, or 0 for a line. */
  concealMerge(
    record: number, from: number, frames: number, left: number, right: number, fullFrames: number, endFrames: number,
    doneFrames: number, fadeFrames: number, equalPower: number,
  ): void
}
