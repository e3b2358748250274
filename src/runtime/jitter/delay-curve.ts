/**
 * What each other delay would have lost: a histogram of arrivals over the last minute in shared memory, which the buffer writes
 * and anyone reads. A reader may see a packet half counted, which is nothing beside a minute of them.
 */
import { ARRIVAL_HISTOGRAM_BYTES, BIN_FRAMES, BINS, HISTOGRAM_HEAD } from "./arrival-histogram.ts"
import type { StateIo } from "./state-io.ts"

/** Behind the histogram: the offset of a delay of 0, the packets' usual length, the sample rate. */
const ZERO = HISTOGRAM_HEAD + BINS
const PACKET_FRAMES = ZERO + 1
const RATE = ZERO + 2
export const DELAY_CURVE_BYTES = ARRIVAL_HISTOGRAM_BYTES + 4 * 8
export const CURVE_FORGET_SECONDS = 60

/** Delays of a curve: 0 to 60 ms. */
const CURVE_POINTS = 61

export interface DelayCurveWriter {
  /** Numbers of the histogram. */
  readonly histogram: Float64Array
  /** zero[0]: the offset that a delay of 0 means. */
  place(zero: Float64Array, packetFrames: number): void
  /** But the histogram, which has its own. */
  state(io: StateIo): void
}

export function createDelayCurve(memory: WebAssembly.Memory, at: number, sampleRate: number): DelayCurveWriter {
  const numbers = new Float64Array(memory.buffer, at, DELAY_CURVE_BYTES / 8)
  const places = numbers.subarray(ZERO)
  numbers[RATE] = sampleRate
  return {
    histogram: numbers.subarray(0, ZERO),
    /* @hot */
    place(zero, packetFrames) {
      numbers[ZERO] = zero[0] as number
      numbers[PACKET_FRAMES] = packetFrames
    },
    /* @hot */
    state(io) {
      io.cells(places)
    },
  }
}

export interface DelayCurvePoint {
  readonly delayMs: number
  /** Of the audio that arrived in the last minute, 0 to 1. */
  readonly lostShare: number
}

/**
 * Reads the curve of a jitter buffer whose memory begins at `at`; empty before its first packet.
 * Thread: any      Realtime: no
 */
export function readDelayCurve(memory: WebAssembly.Memory, at: number): readonly DelayCurvePoint[] {
  const numbers = new Float64Array(memory.buffer, at, DELAY_CURVE_BYTES / 8).slice()
  const origin = numbers[0] ?? 0
  const bins = numbers.subarray(HISTOGRAM_HEAD, ZERO)
  const rate = numbers[RATE] ?? 0
  const packetFrames = Math.max(1, numbers[PACKET_FRAMES] ?? 1)
  // From each bin to the end: sums of weight, and of weight times bin. What a delay loses is then a matter of two places.
  const weights = new Float64Array(BINS + 1)
  const moments = new Float64Array(BINS + 1)
  for (let bin = BINS - 1; bin >= 0; bin--) {
    weights[bin] = (weights[bin + 1] ?? 0) + (bins[bin] ?? 0)
    moments[bin] = (moments[bin + 1] ?? 0) + (bins[bin] ?? 0) * bin
  }
  const sum = weights[0] ?? 0
  if (sum <= 0 || rate <= 0) return []
  const between = (sums: Float64Array, first: number, end: number): number => (sums[first] ?? 0) - (sums[end] ?? 0)
  return Array.from({ length: CURVE_POINTS }, (_, delayMs) => {
    const follows = (numbers[ZERO] ?? 0) + (delayMs * rate) / 1000 - origin
    // What lies from `late` on is late, by a part of its packet; from `lost` on by all of it.
    const late = Math.max(0, Math.min(BINS, Math.floor((follows + 1e-3) / BIN_FRAMES) + 1))
    const lost = Math.max(late, Math.min(BINS, Math.ceil((follows + packetFrames) / BIN_FRAMES)))
    const part = (between(moments, late, lost) * BIN_FRAMES - between(weights, late, lost) * follows) / packetFrames
    return { delayMs, lostShare: Math.max(0, (weights[lost] ?? 0) + part) / sum }
  })
}
