/**
 * How far the playhead should follow: where `delay + lambda * share of the audio that comes too late` is least. A quantile or a
 * maximum would answer one stall with its whole length; here a stall is paid for only if that is worth its delay.
 *
 * The share is counted in frames, not in packets: of a packet that comes late by less than its length only the beginning is
 * missed.
 *
 * Thread: audio      Realtime: wait-free, allocates nothing after creation
 */
import { BIN_FRAMES, BINS, type ArrivalHistogram } from "./arrival-histogram.ts"
import type { StateIo } from "./state-io.ts"

export type JitterPolicy = "tight" | "steady" | "safe"

export interface JitterChoice {
  readonly lossPriceMs: number
  readonly maxDelayMs: number
  readonly memorySeconds: number
}

/** What a policy is: the price of losing everything, ms of delay; the bound of the delay; how long arrivals are remembered. */
export const JITTER_POLICIES: Readonly<Record<JitterPolicy, JitterChoice>> = {
  tight: { lossPriceMs: 300, maxDelayMs: 40, memorySeconds: 2 },
  steady: { lossPriceMs: 1000, maxDelayMs: 120, memorySeconds: 3 },
  safe: { lossPriceMs: 10_000, maxDelayMs: 250, memorySeconds: 20 },
}

/** Longest bound of a delay: what the store holds, less what else needs room. */
export const MOST_DELAY_MS = 400

export interface DelayTarget {
  /** Offset at which the playhead should follow, in [0], frames; see arrival-histogram.ts. */
  readonly target: Float64Array
  /** lossPriceFrames: what losing everything costs; least and most: bounds, frames after the earliest that is useful. */
  configure(lossPriceFrames: number, leastFrames: number, mostFrames: number): void
  /** Finds the target anew. floor[0] is the earliest useful offset, packetFrames the packets' usual length. */
  find(histogram: ArrivalHistogram, floor: Float64Array, packetFrames: number): void
  state(io: StateIo): void
}

/** What is lost of a packet that comes too late, beside what is missing of it: the two joins, in bins. */
const JOIN_BINS = 2
/** The target stays where it is while no other is better by more than this. */
const WORTH_FRAMES = 24
/** At least this share of the audio must be in time, however cheap loss is. */
const IN_TIME = 0.5

export function createDelayTarget(): DelayTarget {
  const target = new Float64Array(1)
  /** Price, least, most. */
  const settings = new Float64Array(3)

  /* @hot */
  function cheapestBin({ bins, head, top }: ArrivalHistogram, lowest: number, highest: number, span: number, now: number): number {
    const sum = head[1] as number
    const price = (settings[0] as number) / (sum * span)
    let best = highest
    let least = Infinity
    let staying = Infinity
    let later = 0
    /** Weight of the span of bins above, and of what each of them misses, in bins. */
    let near = 0
    let missed = 0
    for (let bin = Math.min(Math.max(top(), lowest), BINS - 1); bin >= lowest; bin--) {
      if (bin <= highest) {
        const cost = bin * BIN_FRAMES + price * (missed + later * JOIN_BINS)
        if (cost < least) {
          least = cost
          best = bin
        }
        if (bin === now) staying = cost
      }
      const weight = bins[bin] as number
      later += weight
      if (later > sum * (1 - IN_TIME)) break
      near += weight
      if (bin + span < BINS) near -= bins[bin + span] as number
      missed += near
    }
    return staying - least < WORTH_FRAMES ? now : best
  }

  return {
    target,
    /* @hot */
    configure(lossPriceFrames, leastFrames, mostFrames) {
      settings[0] = lossPriceFrames
      settings[1] = leastFrames
      settings[2] = mostFrames
    },
    /* @hot */
    find(histogram, floor, packetFrames) {
      const least = (floor[0] as number) + (settings[1] as number)
      const most = (floor[0] as number) + (settings[2] as number)
      if (most <= least) {
        target[0] = least
        return
      }
      const origin = histogram.head[0] as number
      const lowest = Math.max(0, Math.min(BINS - 1, Math.floor((least - origin) / BIN_FRAMES)))
      const highest = Math.max(lowest, Math.min(BINS - 1, Math.floor((most - origin) / BIN_FRAMES)))
      const span = Math.max(1, Math.min(BINS, Math.round(packetFrames / BIN_FRAMES)))
      const now = Math.max(-1, Math.min(BINS, Math.round(((target[0] as number) - origin) / BIN_FRAMES)))
      const found = origin + cheapestBin(histogram, lowest, highest, span, now) * BIN_FRAMES
      target[0] = Math.max(least, Math.min(most, found))
    },
    /* @hot */
    state(io) {
      io.cells(target)
      io.cells(settings)
    },
  }
}
