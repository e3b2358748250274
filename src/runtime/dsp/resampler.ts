/**
 * A streaming resampler in memory that the caller gives: push input, pull output, bend the ratio meanwhile.
 *
 *     push → [ tapCount frames of history | input not yet used ] → resample kernel → pull
 *
 * The output lags the input by `latencyFrames`, and begins in the silence before the first frame, so that at a ratio of 1 a
 * push of n frames always allows a pull of n. One instance is used by one thread.
 */
import { assert } from "../errors.ts"
import { RESAMPLE_STATE_BYTES } from "./dsp.ts"
import type { Dsp } from "./dsp.ts"
import { designFilter, resamplerTableBytes, writeResamplerTable } from "./resampler-table.ts"

export interface ResamplerShape {
  readonly inRateHz: number
  readonly outRateHz: number
  readonly channelCount: number
  /** Input frames that it can hold unused: at least the biggest push, and what the biggest pull needs. */
  readonly maxInputFrames: number
  /** Filter length at the lower rate: quality against delay. Default 32 for equal rates, 64 for others. */
  readonly taps?: number
}

export interface ResamplerOptions extends ResamplerShape {
  readonly dsp: Dsp
  readonly memory: WebAssembly.Memory
  /** Address of resamplerBytes(shape) bytes, multiple of 16. */
  readonly at: number
  /** Address of a table written by writeResamplerTable for designFilter of the same rates and taps, to share it. */
  readonly table?: number
}

export interface Resampler {
  /** Input frames by which the output lags. */
  readonly latencyFrames: number
  /**
   * Takes planar input.
   * Returns  frames taken, fewer than `frames` when there is no room for more
   */
  push(srcPtr: number, srcStride: number, frames: number): number
  /**
   * Makes `frames` frames of planar output, all or none.
   * Returns  false when the input does not reach; nothing has changed then
   */
  pull(dstPtr: number, dstStride: number, frames: number): boolean
  /** Input frames still to be pushed before `pull(frames)` succeeds; 0 when it would now. */
  framesNeeded(frames: number): number
  /** Input frames, with their fraction, pushed and not yet turned into output. */
  heldFrames(): number
  /**
   * Input frames used per output frame, as a factor of inRateHz / outRateHz: 1.0001 plays 100 ppm faster. Kept within 0.5..2.
   * The next pull runs there in a line.
   */
  setRatio(factor: number): void
  /**
   * Leaves out input frames.
   * Returns  false when fewer are held, counted with the history; nothing has changed then
   */
  skip(frames: number): boolean
  /** Forgets all sound and the ratio. */
  reset(): void
}

const align16 = (bytes: number): number => (bytes + 15) & ~15

const planeBytes = (shape: ResamplerShape, tapCount: number): number => align16((tapCount + shape.maxInputFrames) * 4)

/** Bytes that a resampler takes; less by the table when one is shared. */
export const resamplerBytes = (shape: ResamplerShape, sharedTable = false): number => {
  const filter = designFilter(shape.inRateHz, shape.outRateHz, shape.taps)
  const table = sharedTable ? 0 : align16(resamplerTableBytes(filter))
  return RESAMPLE_STATE_BYTES + shape.channelCount * planeBytes(shape, filter.tapCount) + table
}

/**
 * Lays the resampler out at `at`; allocates only here.
 * Thread: the one that will use it      Realtime: no; its methods: wait-free, allocate nothing
 */
export const createResampler = (options: ResamplerOptions): Resampler => {
  const { dsp, memory, at, channelCount } = options
  assert(at % 16 === 0, "a resampler lies at a multiple of 16")
  const filter = designFilter(options.inRateHz, options.outRateHz, options.taps)
  const tapCount = filter.tapCount
  const nominalStep = options.inRateHz / options.outRateHz
  const stride = planeBytes(options, tapCount)
  const planes = at + RESAMPLE_STATE_BYTES
  const capacity = stride / 4
  const table = options.table ?? planes + channelCount * stride
  if (options.table === undefined) writeResamplerTable(memory, table, filter)

  const numbers = new Float64Array(memory.buffer, at, 3)
  const words = new Int32Array(memory.buffer, at, RESAMPLE_STATE_BYTES / 4)
  words.set([table, tapCount, channelCount, stride], 6)

  // Frames in the planes: those before `base` are used up; the state's position counts from there. Both stay small integers
  // (`| 0`), which V8 keeps without allocating.
  let base = 0
  let filled = 0

  const reset = (): void => {
    numbers[0] = 0
    numbers[1] = nominalStep
    numbers[2] = nominalStep
    base = 0
    filled = tapCount - 1
    for (let c = 0; c < channelCount; c++) dsp.clear(planes + c * stride, filled)
  }

  /** Frames from `base` on that the last of `frames` outputs reaches. The kernel sums the steps; a millionth covers the difference. */
  const reach = (frames: number): number => {
    const step = numbers[1]!
    const change = (numbers[2]! - step) / frames
    const last = numbers[0]! + (frames - 1) * (step + (change * frames) / 2)
    return ((last + 1e-6) | 0) + tapCount
  }

  const settle = (): void => {
    const whole = numbers[0]! | 0
    numbers[0] = numbers[0]! - whole
    base += whole
  }

  reset()
  return {
    latencyFrames: tapCount / 2,
    push: (srcPtr, srcStride, frames) => {
      if (filled + frames > capacity && base > 0) {
        for (let c = 0; c < channelCount; c++) dsp.copy(planes + c * stride, planes + c * stride + base * 4, filled - base)
        filled -= base
        base = 0
      }
      const taken = Math.min(frames, capacity - filled) | 0
      for (let c = 0; c < channelCount; c++) dsp.copy(planes + c * stride + filled * 4, srcPtr + c * srcStride, taken)
      filled += taken
      return taken
    },
    pull: (dstPtr, dstStride, frames) => {
      if (frames <= 0) return true
      if (reach(frames) > filled - base) return false
      words[10] = dstStride
      dsp.resample(at, planes + base * 4, dstPtr, frames)
      settle()
      return true
    },
    framesNeeded: (frames) => (frames <= 0 ? 0 : Math.max(0, reach(frames) - (filled - base))),
    heldFrames: () => filled - base - (tapCount - 1) - numbers[0]!,
    setRatio: (factor) => {
      numbers[2] = nominalStep * Math.min(2, Math.max(0.5, factor))
    },
    skip: (frames) => {
      if (frames + numbers[0]! > filled - base) return false
      numbers[0] = numbers[0]! + frames
      settle()
      return true
    },
    reset,
  }
}
