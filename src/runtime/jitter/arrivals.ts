/**
 * What the arrivals of packets say: how far the playhead should follow, how fast the sender's clock is, and that the path has moved.
 *
 * Offsets, in frames, are "time of the pull less RTP timestamp, less drift": when a packet can be used, and where the playhead
 * follows. They are small numbers: the first packet's is 0.
 *
 * Thread: audio      Realtime: wait-free, allocates nothing after creation
 */
import { BINS, createArrivalHistogram, HISTOGRAM_HEAD } from "./arrival-histogram.ts"
import { createDelayCurve, CURVE_FORGET_SECONDS } from "./delay-curve.ts"
import { createDelayTarget, MOST_DELAY_MS } from "./delay-target.ts"
import { createDriftEstimate, type DriftEstimate } from "./drift-estimate.ts"
import { JitterStats } from "./jitter-stats.ts"
import { createLateWatch, Lateness } from "./late-watch.ts"
import { createPathFloor } from "./path-floor.ts"
import type { StateIo } from "./state-io.ts"

export interface ArrivalsOptions {
  readonly memory: WebAssembly.Memory
  /** Address of the delay curve. */
  readonly curve: number
  readonly sampleRate: number
  readonly blockFrames: number
  /** JitterStats; the target is told. */
  readonly stats: Float64Array
}

export interface Arrivals {
  readonly drift: DriftEstimate
  /** [0]: the offset at which the playhead should follow. */
  readonly target: Float64Array
  /** [0]: the offset that a delay of 0 means. */
  readonly zero: Float64Array
  /** A delay is kept: least and most are the same. */
  fixed(): boolean
  /** Greatest length that divides blocks and packets. */
  grid(): number
  /** What losing everything costs, and the bounds of the delay, ms. */
  bound(lossPriceMs: number, leastMs: number, mostMs: number): void
  remember(seconds: number): void
  /** Another timeline begins. */
  begin(): void
  /**
   * Measures a packet. cells[0]: its arrival, us, or something that is no time; usable: the time of the next pull less its
   * timestamp, less that of the first packet.
   */
  measure(cells: Float64Array, usable: number, rtpTimestamp: number, frameCount: number): void
  /** The packet measured last brought something new, lateFrames too late for all of it when not negative; returns Lateness. */
  learn(frameCount: number, timeFrames: number, lateFrames: number): number
  state(io: StateIo): void
}

/** What is supposed of a stream of which one packet has come: ten more, half as heavy, up to 9 ms later. */
const SUPPOSED = 10
const SUPPOSED_STEP_MS = 1
const SUPPOSED_WEIGHT = 0.5
/** The target is looked for on each of the first packets, then on every fourth. */
const EAGER_PACKETS = 20
const PACKETS_PER_SEARCH = 4
/** Packets and blocks with a longer common grid drift through each other in steps. */
const COARSE_GRID_FRAMES = 24
/** After so many lengths of the memory a hundredth is left: what comes back later than that was forgotten. */
const FORGOTTEN = 4.6
/** After so many packets of one length those of others are forgotten. */
const SETTLED_PACKETS = 200
const MOST_COUNT = 0x3fffffff

/* @hot */
function commonDivisor(a: number, b: number): number {
  let larger = a
  let smaller = b
  while (smaller > 0) {
    const rest = larger % smaller
    larger = smaller
    smaller = rest
  }
  return larger
}

export function createArrivals({ memory, curve: curveAt, sampleRate, blockFrames, stats }: ArrivalsOptions): Arrivals {
  const drift = createDriftEstimate(sampleRate)
  const path = createPathFloor(sampleRate)
  const late = createLateWatch(sampleRate)
  const curve = createDelayCurve(memory, curveAt, sampleRate)
  const recent = createArrivalHistogram(new Float64Array(HISTOGRAM_HEAD + BINS))
  const lately = createArrivalHistogram(curve.histogram)
  const delay = createDelayTarget()
  const { line } = drift
  const { target } = delay
  /** Offset of the packet at hand, exactly and as the histogram takes it. */
  const exact = new Float64Array(1)
  const offset = new Float64Array(1)
  const zero = new Float64Array(1)
  const framesPerUs = sampleRate / 1e6
  const framesPerMs = sampleRate / 1000
  let packetFrames = 0
  let equalPackets = 0
  let grid = 0
  let packets = 0
  let memoryFrames = sampleRate
  let isFixed = false
  recent.remember(memoryFrames)
  lately.remember(CURVE_FORGET_SECONDS * sampleRate)

  /** The first packet of a timeline: what is to be expected of it. */
  /* @hot */
  function suppose(frameCount: number): void {
    recent.clear(offset)
    lately.clear(offset)
    for (let i = 0; i < SUPPOSED; i++) recent.suppose(offset, i * SUPPOSED_STEP_MS * framesPerMs, frameCount * SUPPOSED_WEIGHT)
  }

  /* @hot */
  function aim(): void {
    // With drift the packets' grid passes through the blocks'.
    zero[0] = (path.floor[0] as number) + blockFrames - (line[1] === 0 ? grid : 1)
    delay.find(recent, zero, packetFrames)
    curve.place(zero, packetFrames)
    stats[JitterStats.targetDelayUs] = ((target[0] as number) - zero[0]) / framesPerUs
  }

  /** A stream of changing lengths has the grid of all of them. */
  /* @hot */
  function learnLength(frameCount: number): void {
    equalPackets = frameCount === packetFrames ? Math.min(equalPackets + 1, MOST_COUNT) : 0
    packetFrames = frameCount
    if (equalPackets === 0) grid = commonDivisor(grid === 0 ? blockFrames : grid, frameCount)
    else if (equalPackets === SETTLED_PACKETS) grid = commonDivisor(blockFrames, frameCount)
  }

  return {
    drift, target, zero,
    /* @hot */
    fixed() {
      return isFixed
    },
    /* @hot */
    grid() {
      return grid
    },
    /* @hot */
    bound(lossPriceMs, leastMs, mostMs) {
      const least = leastMs > 0 ? Math.min(MOST_DELAY_MS, leastMs) : 0
      const most = mostMs > least ? Math.min(MOST_DELAY_MS, mostMs) : least
      isFixed = least === most
      delay.configure(lossPriceMs * framesPerMs, least * framesPerMs, most * framesPerMs)
      if (packets > 0) aim()
      else stats[JitterStats.targetDelayUs] = least * 1000
    },
    /* @hot */
    remember(seconds) {
      memoryFrames = Math.round(seconds * sampleRate)
      recent.remember(memoryFrames)
    },
    /* @hot */
    begin() {
      path.restart()
      late.restart()
      drift.restart()
      line[0] = 0
      packets = 0
      packetFrames = 0
      grid = 0
    },
    /* @hot */
    measure(cells, usable, rtpTimestamp, frameCount) {
      learnLength(frameCount)
      offset[0] = usable - (line[0] as number)
      exact[0] = offset[0]
      if (!Number.isFinite(cells[0])) return
      exact[0] = (cells[0] as number) * framesPerUs
      drift.arrived(exact, rtpTimestamp)
      drift.waitOf(exact)
      const wait = Math.max(0, exact[0])
      const begun = offset[0] - wait
      // A pull that is late takes what came after its time, too: that was none the earlier for it.
      exact[0] = offset[0] - exact[0]
      // Where packets and blocks drift through each other slowly, the worst moment that is to come counts.
      const slope = Math.abs(line[1] as number)
      if (slope === 0) return
      if (slope * memoryFrames * FORGOTTEN < blockFrames) offset[0] = begun + blockFrames
      else if (grid > COARSE_GRID_FRAMES) offset[0] = begun + Math.max(1, Math.ceil((wait - 2) / grid)) * grid
    },
    /* @hot */
    learn(frameCount, timeFrames, lateFrames) {
      path.arrived(exact, timeFrames)
      if (packets === 0) suppose(frameCount)
      packets = Math.min(packets + 1, MOST_COUNT)
      recent.follow(path.floor)
      lately.follow(path.floor)
      recent.add(offset, frameCount)
      lately.add(offset, frameCount)
      const lateness = late.judge(lateFrames, frameCount, timeFrames)
      if (lateness === Lateness.moved) {
        path.restart()
        path.arrived(exact, timeFrames)
      }
      if (packets <= EAGER_PACKETS || packets % PACKETS_PER_SEARCH === 0) aim()
      return lateness
    },
    /* @hot */
    state(io) {
      drift.state(io)
      path.state(io)
      late.state(io)
      recent.state(io)
      lately.state(io)
      curve.state(io)
      delay.state(io)
      io.cells(zero)
      packetFrames = io.int(packetFrames)
      equalPackets = io.int(equalPackets)
      grid = io.int(grid)
      packets = io.int(packets)
      memoryFrames = io.int(memoryFrames)
      isFixed = io.flag(isFixed)
    },
  }
}
