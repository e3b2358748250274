/** What the twins of concealment share: a predictor's record and its planes. Places are words (address / 4), not addresses. */
import { ConcealField as F } from "./conceal-kernels.ts"

export interface TwinRecord {
  readonly f32: Float32Array
  readonly i32: Int32Array
  /** Place of frame i of a channel. */
  frameAt(record: number, channel: number, i: number): number
  /** The signal `lag` frames before the place, between frames by a sinc of 16 taps. */
  tapBefore(record: number, at: number, lag: number): number
  /** The lag by which frame i is predicted. */
  lagAt(record: number, i: number): number
}

export const createTwinRecord = (memory: WebAssembly.Memory): TwinRecord => {
  const f32 = new Float32Array(memory.buffer)
  const i32 = new Int32Array(memory.buffer)
  return {
    f32,
    i32,
    frameAt: (r, channel, i) => ((i32[r + F.plane]! + channel * i32[r + F.strideBytes]!) >> 2) + i32[r + F.historyFrames]! + i,
    tapBefore: (r, at, lag) => {
      const whole = Math.trunc(lag)
      const taps = (i32[r + F.sincs]! >> 2) + Math.trunc((1 - (lag - whole)) * 128 + 0.5) * 16
      let sum = 0
      for (let k = 0; k < 16; k++) sum += f32[taps + k]! * f32[at - whole - 8 + k]!
      return sum
    },
    lagAt: (r, i) => f32[r + F.lag]! + f32[r + F.slope]! * Math.min(i, i32[r + F.bendFrames]!),
  }
}
