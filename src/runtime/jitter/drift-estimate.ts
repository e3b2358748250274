/**
 * How fast the sender's clock runs against the clock that pulls. Two lower envelopes are taken over seconds: the earliest arrival
 * against the sender's timeline and the earliest pull against its beat, both read from one clock, which so falls out. Their
 * difference is a line with steps in it, where the path changed. The median of its slopes over two seconds, of which few have a
 * step in them, tells roughly; the median of those slopes over eight seconds that agree with it tells exactly. Where most slopes
 * agree on nothing, nothing is learnt.
 *
 * Thread: audio      Realtime: wait-free, allocates nothing after creation
 */
import type { StateIo } from "./state-io.ts"

const SHORT_SECONDS = 2
const LONG_SECONDS = 8
const KEPT = 32
/** Fewer slopes say nothing. */
const FEWEST_SHORT = 6
/** Slopes that agree. */
const ALIKE_SHORT = 60e-6
const ALIKE_LONG = 40e-6
/** So many of the slopes may be on the other side of 0. */
const SIDE = 0.15
const GAIN = 0.5
const MOST = 600e-6
/**
 * A slope is followed from the first on, until it is below the second: what is less, or hidden in noise, is left to the playhead,
 * which would never rest otherwise.
 */
const BEGIN = 20e-6
const END = 10e-6

const ARRIVAL = 0
const ARRIVED = 1
const PULL = 2
const PULLED = 3
const LEAST_ARRIVAL = 4
const LEAST_PULL = 5
const LEAST_PULL_BEFORE = 6
const SLOPE = 7
const MOST_COUNT = 0x3fffffff

export interface DriftEstimate {
  /** [0] how far the line has come, frames; [1] its slope, frames a frame: negative when the sender is fast; [2] the best guess of it. */
  readonly line: Float64Array
  /** A packet of this timestamp arrived at arrivalFrames[0] (frames of the shared clock). */
  arrived(arrivalFrames: Float64Array, timestamp: number): void
  /** A pull came at nowFrames[0] (NaN when unknown); the next is due blockFrames later. */
  pulled(nowFrames: Float64Array, blockFrames: number): void
  /** Pulls that never came. */
  skipped(frameCount: number): void
  /** Sets out[0] to the frames from the arrival in out[0] (shared clock) to the pull that is next, 0 while that is unknown. */
  waitOf(out: Float64Array): void
  /** Another timeline of the same sender: its arrivals begin anew, its clock is the one it was. */
  restart(): void
  /** Another sender. */
  reset(): void
  state(io: StateIo): void
}

export function createDriftEstimate(sampleRate: number): DriftEstimate {
  const line = new Float64Array(3)
  const clocks = new Float64Array(8)
  const times = new Float64Array(KEPT)
  const offsets = new Float64Array(KEPT)
  const slopes = new Float64Array(KEPT)
  /** Lag, slope wanted and what agrees with it; then the median found. */
  const query = new Float64Array(4)
  let arrivalKnown = false
  let pullKnown = false
  let lastTimestamp = 0
  let windowFrames = 0
  let windowPackets = 0
  let clockFrames = 0
  let kept = 0
  let known = false
  let isClear = false
  /** Frames from the last pull's beat to the next one's. */
  let due = 0

  /* @hot */
  function moveOn(frameCount: number): void {
    due = Math.min(due + frameCount, MOST_COUNT)
    line[0] = (line[0] as number) + (line[1] as number) * frameCount
    windowFrames = Math.min(windowFrames + frameCount, MOST_COUNT)
    clockFrames = Math.min(clockFrames + frameCount, MOST_COUNT)
  }

  /* @hot */
  function forget(): void {
    kept = 0
    arrivalKnown = false
    windowPackets = 0
    clocks[LEAST_ARRIVAL] = Infinity
  }

  /* @hot */
  function insertSlope(count: number, slope: number): void {
    let at = count
    while (at > 0 && (slopes[at - 1] as number) > slope) {
      slopes[at] = slopes[at - 1] as number
      at--
    }
    slopes[at] = slope
  }

  /** Sets query[3] to the median of the slopes over query[0] frames or a little more within query[2] of query[1]; returns how many. */
  /* @hot */
  function medianSlope(): number {
    let count = 0
    for (let i = kept - 1; i > 0; i--) {
      let j = i - 1
      while (j >= 0 && (times[i] as number) - (times[j] as number) < (query[0] as number)) j--
      if (j < 0) break
      const slope = ((offsets[i] as number) - (offsets[j] as number)) / ((times[i] as number) - (times[j] as number))
      if (Math.abs(slope - (query[1] as number)) <= (query[2] as number)) insertSlope(count++, slope)
    }
    if (count > 0) query[3] = ((slopes[(count - 1) >> 1] as number) + (slopes[count >> 1] as number)) / 2
    return count
  }

  /** Finds the slope, in query[3]; false when nothing can be said. */
  /* @hot */
  function findSlope(): boolean {
    query[0] = SHORT_SECONDS * sampleRate - 1
    query[1] = 0
    query[2] = Infinity
    const all = medianSlope()
    if (all < FEWEST_SHORT) return false
    query[1] = query[3] as number
    query[2] = ALIKE_SHORT
    if (medianSlope() * 2 <= all) return false
    query[0] = LONG_SECONDS * sampleRate - 1
    query[1] = query[3] as number
    query[2] = ALIKE_LONG
    const long = medianSlope()
    // Most of them on one side: noise has two.
    isClear = long > 0 && (slopes[Math.floor(long * SIDE)] as number) * (slopes[Math.ceil(long * (1 - SIDE)) - 1] as number) > 0
    return true
  }

  /* @hot */
  function estimate(): void {
    if (!findSlope()) return
    const found = Math.max(-MOST, Math.min(MOST, query[3] as number))
    const before = clocks[SLOPE] as number
    const slope = known ? before + GAIN * (found - before) : found
    known = true
    clocks[SLOPE] = slope
    line[2] = slope
    const size = Math.abs(slope)
    if ((size > BEGIN && isClear) || (line[1] !== 0 && size > END)) line[1] = slope
    else line[1] = 0
  }

  /* @hot */
  function endWindow(): void {
    if (windowPackets > 0 && (clocks[LEAST_PULL] as number) < Infinity) {
      if (kept === KEPT) {
        times.copyWithin(0, 1)
        offsets.copyWithin(0, 1)
        kept--
      }
      times[kept] = clockFrames
      offsets[kept] = (clocks[LEAST_ARRIVAL] as number) - (clocks[LEAST_PULL] as number)
      kept++
      estimate()
    }
    clocks[LEAST_ARRIVAL] = Infinity
    clocks[LEAST_PULL_BEFORE] = clocks[LEAST_PULL] as number
    clocks[LEAST_PULL] = Infinity
    windowPackets = 0
    windowFrames = 0
    if (clockFrames < MOST_COUNT / 2) return
    for (let i = 0; i < kept; i++) times[i] = (times[i] as number) - clockFrames
    clockFrames = 0
  }

  forget()
  clocks[LEAST_PULL] = Infinity
  clocks[LEAST_PULL_BEFORE] = Infinity

  return {
    line,
    /* @hot */
    arrived(arrivalFrames, timestamp) {
      if (arrivalKnown) {
        clocks[ARRIVED] = (clocks[ARRIVED] as number) + (arrivalFrames[0] as number) - (clocks[ARRIVAL] as number) - ((timestamp - lastTimestamp) | 0)
      } else clocks[ARRIVED] = 0
      arrivalKnown = true
      clocks[ARRIVAL] = arrivalFrames[0] as number
      lastTimestamp = timestamp
      windowPackets++
      if (clocks[ARRIVED] < (clocks[LEAST_ARRIVAL] as number)) clocks[LEAST_ARRIVAL] = clocks[ARRIVED]
    },
    /* @hot */
    pulled(nowFrames, blockFrames) {
      const now = nowFrames[0] as number
      if (Number.isFinite(now)) {
        if (pullKnown) clocks[PULLED] = (clocks[PULLED] as number) + now - (clocks[PULL] as number) - due
        pullKnown = true
        due = 0
        clocks[PULL] = now
        if ((clocks[PULLED] as number) < (clocks[LEAST_PULL] as number)) clocks[LEAST_PULL] = clocks[PULLED] as number
      }
      moveOn(blockFrames)
      if (windowFrames >= sampleRate) endWindow()
    },
    skipped: moveOn,
    /* @hot */
    waitOf(out) {
      const least = Math.min(clocks[LEAST_PULL] as number, clocks[LEAST_PULL_BEFORE] as number)
      out[0] = least < Infinity ? (clocks[PULL] as number) - (clocks[PULLED] as number) + least + due - (out[0] as number) : 0
    },
    restart: forget,
    /* @hot */
    reset() {
      forget()
      known = false
      line[1] = 0
      line[2] = 0
      clocks[SLOPE] = 0
    },
    /* @hot */
    state(io) {
      io.cells(line)
      io.cells(clocks)
      io.cells(times)
      io.cells(offsets)
      arrivalKnown = io.flag(arrivalKnown)
      pullKnown = io.flag(pullKnown)
      lastTimestamp = io.int(lastTimestamp)
      windowFrames = io.int(windowFrames)
      windowPackets = io.int(windowPackets)
      clockFrames = io.int(clockFrames)
      kept = io.int(kept)
      known = io.flag(known)
      due = io.int(due)
    },
  }
}
