/** Lengths of concealment, in frames of a rate, and where its memory lies. */
import { CONCEAL_CHANNEL_BYTES, CONCEAL_RECORD_BYTES } from "../../dsp/conceal-kernels.ts"
import { sinePi } from "../../dsp/sine.ts"

/** Of the linear predictor for what does not repeat, and the frames it learns from. */
export const LINEAR_ORDER = 256
export const LINEAR_FRAMES = 960
/** The same for what a period leaves. */
export const REST_ORDER = 32
export const REST_FRAMES = 480

/** A sinc of 16 taps, read at 128 places between two frames, and at the end. */
const SINC_TAPS = 16
const SINC_PLACES = 128
const SINC_BYTES = (SINC_PLACES + 1) * SINC_TAPS * 4

/** What a plane keeps free before and behind, for taps that reach over. */
const MARGIN_BYTES = 64

const align16 = (bytes: number): number => (bytes + 15) & ~15

export interface ConcealPlan {
  readonly historyFrames: number
  readonly futureFrames: number
  /** The gap's gain is 1 up to here, 0 from `endFrames` on. */
  readonly fullFrames: number
  readonly endFrames: number
  readonly mergeFrames: number
  /** After a gap beyond fullFrames. */
  readonly longMergeFrames: number
  readonly templateFrames: number
  readonly fineFrames: number
  readonly shortestLag: number
  readonly longestLag: number
  /** How far apart two looks at the lag are, to see it change. */
  readonly trendFrames: number
  /** Most frames of the future that the forward side is laid against. */
  readonly alignFrames: number
  /** The forward side is shifted by no more. */
  readonly mostShift: number
  /** Where the forward side does not meet the future well, the last frames are faded into what the future alone tells of them. */
  readonly metFrames: number
  readonly forwardStride: number
  readonly backwardStride: number
  /** Offsets from the concealer's address. */
  readonly backwardRecord: number
  readonly sincs: number
  readonly coefficients: number
  readonly rest: number
  readonly work: number
  readonly forwardPlanes: number
  readonly backwardPlanes: number
  readonly bytes: number
}

export const planConcealment = (sampleRate: number): ConcealPlan => {
  /** A multiple of 16. */
  const frames = (ms: number): number => Math.round((ms * sampleRate) / 16_000) * 16
  const historyFrames = frames(50)
  const futureFrames = frames(20)
  const fullFrames = frames(20)
  const endFrames = frames(70)
  const templateFrames = frames(10)
  const shortestLag = Math.round((1.5 * sampleRate) / 4000) * 4
  const longestLag = frames(20)
  const alignFrames = frames(5)
  const mostShift = frames(4)
  const forwardFrames = historyFrames + endFrames + futureFrames + alignFrames + mostShift + 64
  const forwardStride = align16(2 * MARGIN_BYTES + forwardFrames * 4)
  const backwardStride = align16(2 * MARGIN_BYTES + 2 * futureFrames * 4)
  const pitchBytes = 3 * (templateFrames + longestLag) + 64
  const fitBytes = 4 * LINEAR_FRAMES + 8 * (LINEAR_FRAMES + 20) + 16 * (LINEAR_ORDER + 2) + 64
  const sincs = align16(2 * CONCEAL_RECORD_BYTES)
  const coefficients = sincs + align16(SINC_BYTES)
  const rest = coefficients + 4 * CONCEAL_CHANNEL_BYTES
  const work = rest + 4 * CONCEAL_CHANNEL_BYTES
  const forwardPlanes = work + align16(Math.max(pitchBytes, fitBytes))
  const backwardPlanes = forwardPlanes + 2 * forwardStride
  return {
    historyFrames, futureFrames, fullFrames, endFrames, mergeFrames: frames(2), longMergeFrames: frames(5), templateFrames,
    fineFrames: Math.round((templateFrames * 2) / 48) * 16, shortestLag, longestLag, trendFrames: frames(5), alignFrames, mostShift, metFrames: 16,
    forwardStride, backwardStride, backwardRecord: CONCEAL_RECORD_BYTES, sincs, coefficients, rest, work,
    forwardPlanes: forwardPlanes + MARGIN_BYTES, backwardPlanes: backwardPlanes + MARGIN_BYTES,
    bytes: backwardPlanes + 2 * backwardStride,
  }
}

/** Row r reads a signal r / 128 frames after tap 7; a cos² window; each row passes a steady signal as it is. */
export const writeSincs = (memory: WebAssembly.Memory, at: number): void => {
  const table = new Float32Array(memory.buffer, at, SINC_BYTES / 4)
  const half = SINC_TAPS / 2
  for (let row = 0; row <= SINC_PLACES; row++) {
    const taps = Array.from({ length: SINC_TAPS }, (_, tap) => {
      const t = tap - (half - 1) - row / SINC_PLACES
      const sinc = t === 0 ? 1 : sinePi(t) / (Math.PI * t)
      const cosine = sinePi(t / SINC_TAPS + 0.5)
      return Math.abs(t) < half ? sinc * cosine * cosine : 0
    })
    const sum = taps.reduce((total, tap) => total + tap, 0)
    table.set(taps.map((tap) => tap / sum), row * SINC_TAPS)
  }
}
