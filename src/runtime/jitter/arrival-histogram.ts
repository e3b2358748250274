/**
 * When packets become audible: a histogram of their offsets that forgets. The offset of a packet is the first pull that could use
 * it less its timestamp, less drift, in frames; a bin holds what lies above its lower neighbour's edge up to its own, so that a
 * playhead that follows by the edge misses nothing of it. Old weight is not made less, new weight is made more, and all is
 * scaled down when it has grown too large.
 *
 * Thread: audio      Realtime: wait-free, allocates nothing after creation
 */
import type { StateIo } from "./state-io.ts"

/** Frames a bin. The offsets of packets of a whole number of 8 frames stand on its edges. */
export const BIN_FRAMES = 8
/** 400 ms at 48 kHz; the first LEAD_BINS lie before the earliest. */
export const BINS = 2400
export const LEAD_BINS = 200

const ORIGIN = 0
const SUM = 1
const WEIGHT = 2
/** Numbers before the bins. */
export const HISTOGRAM_HEAD = 4
export const ARRIVAL_HISTOGRAM_BYTES = (HISTOGRAM_HEAD + BINS) * 8

const MOST_WEIGHT = 1e9

export interface ArrivalHistogram {
  /** Weights by bin. */
  readonly bins: Float64Array
  /** [0] offset of bin 0's edge, frames; [1] sum of all weights. */
  readonly head: Float64Array
  /** Highest bin that may hold anything. */
  top(): number
  /** Adds the offset in `offset[0]` with the weight of `frameCount` frames, and lets as many frames be forgotten. */
  add(offset: Float64Array, frameCount: number): void
  /** Adds an offset of so many frames after `offset[0]`, without forgetting. */
  suppose(offset: Float64Array, later: number, frameCount: number): void
  /** Keeps the floor (the earliest offset, floor[0]) LEAD_BINS from the beginning, roughly. */
  follow(floor: Float64Array): void
  /** Frames after which what was added counts a third. */
  remember(frames: number): void
  /** Empties it around `offset[0]`. */
  clear(offset: Float64Array): void
  state(io: StateIo): void
}

/** numbers   Float64Array of HISTOGRAM_HEAD + BINS */
export function createArrivalHistogram(numbers: Float64Array): ArrivalHistogram {
  const head = numbers.subarray(0, HISTOGRAM_HEAD)
  const bins = numbers.subarray(HISTOGRAM_HEAD)
  let top = 0
  let memory = 1

  /* @hot */
  function binOf(offset: Float64Array, later: number): number {
    const bin = Math.ceil(((offset[0] as number) + later - (head[ORIGIN] as number)) / BIN_FRAMES - 1e-6)
    return bin > 0 ? Math.min(bin, BINS - 1) : 0
  }

  /* @hot */
  function put(bin: number, frameCount: number): void {
    const weight = (head[WEIGHT] as number) * frameCount
    bins[bin] = (bins[bin] as number) + weight
    head[SUM] = (head[SUM] as number) + weight
    if (bin > top) top = bin
  }

  /* @hot */
  function scaleDown(): void {
    const scale = 1 / (head[WEIGHT] as number)
    let sum = 0
    let highest = 0
    for (let bin = 0; bin < BINS; bin++) {
      let weight = (bins[bin] as number) * scale
      if (weight < 1e-6) weight = 0
      bins[bin] = weight
      sum += weight
      if (weight > 0) highest = bin
    }
    head[SUM] = sum
    head[WEIGHT] = 1
    top = highest
  }

  /** Moves all weights down by so many bins (up when negative); what leaves at an end stays in the last bin there. */
  /* @hot */
  function shift(by: number): void {
    head[ORIGIN] = (head[ORIGIN] as number) + by * BIN_FRAMES
    const down = Math.max(-(BINS - 1), Math.min(BINS - 1, by))
    let spilled = 0
    if (down > 0) {
      for (let bin = 0; bin < down; bin++) spilled += bins[bin] as number
      bins.copyWithin(0, down)
      bins.fill(0, BINS - down)
      bins[0] = (bins[0] as number) + spilled
    } else {
      for (let bin = BINS + down; bin < BINS; bin++) spilled += bins[bin] as number
      bins.copyWithin(-down, 0, BINS + down)
      bins.fill(0, 0, -down)
      bins[BINS - 1] = (bins[BINS - 1] as number) + spilled
    }
    top = Math.max(0, Math.min(BINS - 1, spilled > 0 && down < 0 ? BINS - 1 : top - down))
  }

  return {
    bins,
    head,
    /* @hot */
    top() {
      return top
    },
    /* @hot */
    add(offset, frameCount) {
      put(binOf(offset, 0), frameCount)
      // e^share, nearly: Math.exp differs between engines in its last bit, and with it what is replayed.
      const share = frameCount / memory
      head[WEIGHT] = (head[WEIGHT] as number) * (1 + share * (1 + share * (0.5 + share / 6)))
      if (head[WEIGHT] > MOST_WEIGHT) scaleDown()
    },
    /* @hot */
    suppose(offset, later, frameCount) {
      put(binOf(offset, later), frameCount)
    },
    /* @hot */
    follow(floor) {
      const lead = ((floor[0] as number) - (head[ORIGIN] as number)) / BIN_FRAMES
      if (lead < LEAD_BINS / 2 || lead > LEAD_BINS * 2) shift(Math.max(-1e6, Math.min(1e6, Math.round(lead - LEAD_BINS))) | 0)
    },
    /* @hot */
    remember(frames) {
      memory = Math.max(1, Math.round(frames))
    },
    /* @hot */
    clear(offset) {
      bins.fill(0)
      head[ORIGIN] = (offset[0] as number) - LEAD_BINS * BIN_FRAMES
      head[SUM] = 0
      head[WEIGHT] = 1
      top = 0
    },
    /* @hot */
    state(io) {
      io.cells(numbers)
      top = io.int(top)
      memory = io.int(memory)
    },
  }
}
