/**
 * What each other delay would have lost: a histogram of arrivals over the last minute in shared memory, which the buffer writes
 * and anyone reads. A reader may see a packet half counted, which is nothing beside a minute of them.
 */
import { ARRIVAL_HISTOGRAM_BYTES, BIN_FRAMES, BINS, HISTOGRAM_HEAD } from "./arrival-histogram.ts"

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
}

export function createDelayCurve(memory: WebAssembly.Memory, at: number, sampleRate: number): DelayCurveWriter {
  const numbers = new Float64Array(memory.buffer, at, DELAY_CURVE_BYTES / 8)
  numbers[RATE] = sampleRate
  return {
    histogram: numbers.subarray(0, ZERO),
    /* @hot */
    place(zero, packetFrames) {
      numbers[ZERO] = zero[0] as number
      numbers[PACKET_FRAMES] = packetFrames
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
  const sum = bins.reduce((total, weight) => total + weight, 0)
  const rate = numbers[RATE] ?? 0
  const packetFrames = Math.max(1, numbers[PACKET_FRAMES] ?? 1)
  if (sum <= 0 || rate <= 0) return []
  return Array.from({ length: CURVE_POINTS }, (_, delayMs) => {
    const follows = (numbers[ZERO] ?? 0) + (delayMs * rate) / 1000
    let lost = 0
    bins.forEach((weight, bin) => {
      const late = origin + bin * BIN_FRAMES - follows
      if (late > 1e-3) lost += weight * Math.min(1, late / packetFrames)
    })
    return { delayMs, lostShare: lost / sum }
  })
}
