/**
 * The resampler's filter: a sinc under a Kaiser window, cut into phases. Made once, shared by all resamplers of equal rates.
 *
 * Thread: control      Realtime: no
 * Source   J. O. Smith, Digital Audio Resampling Home Page; J. F. Kaiser, window and length formulas
 */
import { sinePi } from "./sine.ts"

/** Stopband, dB, of the window. */
const ATTENUATION_DB = 100
const BETA = 0.1102 * (ATTENUATION_DB - 8.7)
/** Steps between two input frames; between the steps the kernel interpolates in a line, good for 148 dB at 1 kHz, 96 at 20. */
export const PHASE_COUNT = 256

/** Taps where both rates are nominally the same (drift): flat to 0.4 of the rate with 16 frames of delay. */
const DRIFT_TAPS = 32
/** Taps for a change of rate: flat to 0.45 of the lower rate. */
const CONVERSION_TAPS = 64
/** What is kept whole, and above which alone an alias may land. */
const AUDIBLE_HZ = 20000

export interface ResamplerFilter {
  /** Multiple of 8. */
  readonly tapCount: number
  /** Half-amplitude point, as a share of the input's half rate. At 1 a ratio of exactly 1 is bit-exact. */
  readonly cutoff: number
}

/**
 * Filter for this pair of rates.
 * taps   at the lower rate; there are more when downsampling, so that they span the same time. Default 32 or 64
 */
export const designFilter = (inRateHz: number, outRateHz: number, taps?: number): ResamplerFilter => {
  const ratio = outRateHz / inRateHz
  const isDrift = Math.abs(ratio - 1) < 0.01
  const wanted = (taps ?? (isDrift ? DRIFT_TAPS : CONVERSION_TAPS)) / Math.min(1, ratio)
  if (isDrift) return { tapCount: 8 * Math.max(1, Math.round(wanted / 8)), cutoff: 1 }
  const tapCount = 8 * Math.ceil(wanted / 8)
  const halfTransitionHz = (inRateHz * (ATTENUATION_DB - 8)) / (2.285 * 2 * Math.PI * tapCount) / 2
  const lowerHalfRateHz = Math.min(inRateHz, outRateHz) / 2
  const passHz = Math.min(AUDIBLE_HZ, 0.9 * lowerHalfRateHz)
  return { tapCount, cutoff: Math.min(lowerHalfRateHz, passHz + halfTransitionHz) / (inRateHz / 2) }
}

export const resamplerTableBytes = (filter: ResamplerFilter): number => (PHASE_COUNT + 1) * filter.tapCount * 4

/** Modified Bessel function of the first kind, order 0. */
const besselI0 = (x: number): number => {
  let sum = 1
  let term = 1
  for (let k = 1; term > 1e-17 * sum; k++) {
    const factor = x / (2 * k)
    term *= factor * factor
    sum += term
  }
  return sum
}

/** Exactly 0 at whole numbers: that is what makes a ratio of 1 transparent. */
const sinc = (x: number): number => (x === 0 ? 1 : Number.isInteger(x) ? 0 : sinePi(x) / (Math.PI * x))

/** Writes the table at `at` (multiple of 16). Every phase passes a steady level unchanged. */
export const writeResamplerTable = (memory: WebAssembly.Memory, at: number, { tapCount, cutoff }: ResamplerFilter): void => {
  const table = new Float32Array(memory.buffer, at, (PHASE_COUNT + 1) * tapCount)
  const half = tapCount / 2
  const row = new Float64Array(tapCount)
  for (let phase = 0; phase <= PHASE_COUNT; phase++) {
    let sum = 0
    for (let tap = 0; tap < tapCount; tap++) {
      const distance = tap - (half - 1) - phase / PHASE_COUNT
      const window = besselI0(BETA * Math.sqrt(Math.max(0, 1 - (distance / half) * (distance / half))))
      row[tap] = sinc(cutoff * distance) * window
      sum += row[tap]!
    }
    for (let tap = 0; tap < tapCount; tap++) table[phase * tapCount + tap] = row[tap]! / sum
  }
}
