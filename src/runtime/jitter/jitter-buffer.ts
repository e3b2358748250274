/**
 * The jitter buffer of one stream, with a fixed delay: packets go in at any time and in any order, blocks come out on the beat.
 *
 * The playhead runs on the sender's timeline, one block a pull. Audio that comes too late is not played late: the timeline is
 * kept, the gap is filled. The playhead is moved only when the measured delay has been off for long (clock drift, a changed
 * path), by one cross-faded step, and for free while nothing is heard.
 *
 * Sans-I/O: time comes in through `cells`. Thread: audio      Realtime: wait-free, allocates nothing after creation
 * Source: shared notes on timelines and minimum filters, RFC 3550 A.8 for the meaning of arrival against timestamp.
 */
import type { Dsp } from "../dsp/dsp.ts"
import { BlockFlag } from "../ring/block-ring.ts"
import { createGapFiller } from "./gap-filler.ts"
import { JitterStats } from "./jitter-stats.ts"
import { createPlayoutClock } from "./playout-clock.ts"
import { createSampleStore, STORE_FRAMES, type PayloadLayout } from "./sample-store.ts"

export interface JitterOptions {
  readonly dsp: Dsp
  readonly memory: WebAssembly.Memory
  /** Address of STORE_BYTES in the arena. */
  readonly at: number
  readonly sampleRate: number
  readonly blockFrames: number
  /** How long a packet waits at least, from its earliest arrival, frames. */
  readonly delayFrames: number
  /** Float64Array over a page of JitterStats. */
  readonly stats: Float64Array
}

export interface JitterBuffer {
  /**
   * cells[0]       arrival, us; cells[2] capture of the first frame, us, or NaN
   * rtpTimestamp   int32 as on the wire
   * address        of the payload in the arena
   */
  insert(cells: Float64Array, rtpTimestamp: number, frameCount: number, address: number, layout: PayloadLayout): void
  /**
   * Fills one block at the planar addresses left and right; a mono stream fills only left.
   * cells[0]   time of the pull, us; after the call cells[1] is the capture time of the block's first frame, us, or NaN, and
   *            cells[2] how long that frame has waited, us, or NaN
   * Returns    BlockFlag bits
   */
  pull(cells: Float64Array, left: number, right: number): number
  /** Pulls that never came: the playhead goes on without them. */
  skip(pullCount: number): void
  /** The stream began anew: everything is forgotten. */
  reset(): void
}

/** Stamps are kept for each 64 frames. */
const STAMP_SHIFT = 6
const STAMPS = STORE_FRAMES >> STAMP_SHIFT
/** Pulls without a packet after which the timeline is taken anew from the next one, s. */
const IDLE_SECONDS = 0.5
const SETTLE_SECONDS = 0.3
const SLIP_SECONDS = 1

const P = 0
const NEWEST = 1
const ERROR = 2
const GAP_START = 3
const STAMP = 4

export function createJitterBuffer(options: JitterOptions): JitterBuffer {
  const { dsp, memory, sampleRate, blockFrames, stats, delayFrames } = options
  const store = createSampleStore(dsp, memory, options.at)
  const clock = createPlayoutClock(sampleRate, delayFrames)
  const filler = createGapFiller(store, sampleRate)
  const floats = new Float32Array(memory.buffer)
  const stamps = new Float64Array(STAMPS)
  const arrivals = new Float64Array(STAMPS)
  /** Playhead, newest media index, smoothed error, start of the gap being filled. */
  const state = new Float64Array(5)
  const scratch = new Float64Array(2)
  const framesPerUs = sampleRate / 1e6
  const pullsPerSecond = sampleRate / blockFrames
  const idlePulls = Math.round(IDLE_SECONDS * pullsPerSecond)
  const settlePulls = Math.round(SETTLE_SECONDS * pullsPerSecond)
  const slipPulls = Math.round(SLIP_SECONDS * pullsPerSecond)
  const errorWeight = 1 / (0.1 * pullsPerSecond)

  let known = false
  let newestTimestamp = 0
  let packetFrames = 0
  let channelCount = 1
  let running = false
  let sinceStart = 0
  let sincePacket = 0
  let offPulls = 0
  let farPackets = 0
  /** Frames into the gap being filled, or -1. */
  let gapFrames = -1
  /** Frames of the fade back into audio that are done, or -1. */
  let returning = -1

  /* @hot */
  function forget(): void {
    known = false
    running = false
    gapFrames = -1
    returning = -1
    farPackets = 0
    clock.restart()
    store.clear(0)
    stats[JitterStats.playing] = 0
  }

  /** Packets and blocks share a grid: the playhead stands on packet borders, so that a block needs as few packets as can be. */
  /* @hot */
  function aligned(index: number): number {
    const grid = packetFrames > 0 && packetFrames % blockFrames === 0 ? blockFrames : 0
    if (grid === 0) return Math.floor(index)
    const border = state[NEWEST] as number
    return border + Math.floor((index - border) / grid) * grid
  }

  /* @hot */
  function note(cells: Float64Array, index: number, frameCount: number): void {
    const first = Math.floor(index / 64)
    const last = Math.floor((index + frameCount - 1) / 64)
    for (let key = first; key <= last; key++) {
      const slot = key & (STAMPS - 1)
      arrivals[slot] = cells[0] as number
      stamps[slot] = (cells[2] as number) + (key * 64 - index) / framesPerUs
    }
  }

  /* @hot */
  function start(): void {
    state[P] = aligned(scratch[1] as number)
    state[ERROR] = 0
    running = true
    sinceStart = 0
    offPulls = 0
    gapFrames = -1
    returning = -1
  }

  /* @hot */
  function steer(nowFrames: number, heard: boolean): void {
    scratch[0] = nowFrames
    clock.due(scratch)
    const slack = packetFrames % blockFrames === 0 ? blockFrames / 2 : 0
    const off = (scratch[1] as number) - (state[P] as number) - slack
    state[ERROR] = sinceStart === 0 ? off : (state[ERROR] as number) + ((off - (state[ERROR] as number)) * errorWeight)
    sinceStart++
    const size = Math.abs(state[ERROR] as number)
    const settling = sinceStart <= settlePulls
    if (!heard || settling) {
      if (size > blockFrames && sinceStart > settlePulls / 3) move()
      return
    }
    offPulls = size > blockFrames * 1.5 ? offPulls + 1 : 0
    if (offPulls >= slipPulls) {
      stats[JitterStats.slips] = (stats[JitterStats.slips] as number) + 1
      move()
    }
  }

  /** The playhead goes where it is due; what was being heard is faded over, as at a gap's end. */
  /* @hot */
  function move(): void {
    if (gapFrames < 0) state[GAP_START] = state[P] as number
    gapFrames = gapFrames < 0 ? 0 : gapFrames
    returning = 0
    state[P] = aligned(scratch[1] as number)
    state[ERROR] = 0
    offPulls = 0
  }

  /* @hot */
  function fillChannel(out: number, at: number, count: number, channel: number): void {
    filler.fill(floats, (out >> 2) + at, count, channel, state[GAP_START] as number, gapFrames)
  }

  /* @hot */
  function blendChannel(out: number, at: number, count: number, channel: number): void {
    filler.blendReturn(floats, (out >> 2) + at, count, channel, state[GAP_START] as number, gapFrames, returning)
  }

  /* @hot */
  function playRun(left: number, right: number, done: number, run: number): void {
    store.read((state[P] as number) + done, run, left + done * 4, right + done * 4, channelCount)
    if (gapFrames >= 0 && returning < 0) returning = 0
    if (returning < 0) return
    blendChannel(left, done, run, 0)
    if (channelCount === 2) blendChannel(right, done, run, 1)
    returning += run
    gapFrames += run
    if (returning >= filler.returnFrames) {
      returning = -1
      gapFrames = -1
    }
  }

  /* @hot */
  function fillRun(left: number, right: number, done: number, run: number): void {
    if (gapFrames < 0) {
      gapFrames = 0
      state[GAP_START] = (state[P] as number) + done
      stats[JitterStats.concealmentEvents] = (stats[JitterStats.concealmentEvents] as number) + 1
    }
    returning = -1
    fillChannel(left, done, run, 0)
    if (channelCount === 2) fillChannel(right, done, run, 1)
    gapFrames += run
    stats[JitterStats.concealedFrames] = (stats[JitterStats.concealedFrames] as number) + run
  }

  /* @hot */
  function silence(left: number, right: number): number {
    dsp.clear(left, blockFrames)
    dsp.clear(right, blockFrames)
    return BlockFlag.silent | BlockFlag.waiting | (channelCount === 1 ? BlockFlag.mono : 0)
  }

  /* @hot */
  function keepBooks(cells: Float64Array): void {
    const slot = Math.floor((state[P] as number) / 64) & (STAMPS - 1)
    state[STAMP] = (stamps[slot] as number) + ((state[P] as number) % 64) / framesPerUs
    const delayUs = (cells[0] as number) - (arrivals[slot] as number)
    cells[1] = state[STAMP] as number
    cells[2] = delayUs
    if (delayUs >= 0 && delayUs < 2e6) {
      const before = stats[JitterStats.playoutDelayUs] as number
      stats[JitterStats.playoutDelayUs] = before === 0 ? delayUs : before + (delayUs - before) * 0.02
    }
    stats[JitterStats.bufferLevelFrames] = (state[NEWEST] as number) + packetFrames - (state[P] as number)
  }

  stats[JitterStats.targetDelayUs] = delayFrames / framesPerUs

  return {
    /* @hot */
    insert(cells, rtpTimestamp, frameCount, address, layout) {
      stats[JitterStats.packets] = (stats[JitterStats.packets] as number) + 1
      if (!known || layout.channelCount !== channelCount) {
        forget()
        known = true
        channelCount = layout.channelCount
        stats[JitterStats.channelCount] = channelCount
        newestTimestamp = rtpTimestamp
        state[NEWEST] = STORE_FRAMES
        store.clear(STORE_FRAMES)
      } else if (sincePacket > idlePulls) {
        clock.restart()
        running = false
      }
      const ahead = (rtpTimestamp - newestTimestamp) | 0
      const index = (state[NEWEST] as number) + ahead
      if (ahead > STORE_FRAMES / 2 || ahead < -STORE_FRAMES / 2) {
        stats[JitterStats.discarded] = (stats[JitterStats.discarded] as number) + 1
        farPackets++
        if (farPackets < 3) return
        stats[JitterStats.resets] = (stats[JitterStats.resets] as number) + 1
        forget()
        return
      }
      farPackets = 0
      sincePacket = 0
      packetFrames = frameCount
      scratch[0] = (cells[0] as number) * framesPerUs
      scratch[1] = index
      clock.arrived(scratch)
      if (running && index + frameCount <= (state[P] as number)) {
        stats[JitterStats.late] = (stats[JitterStats.late] as number) + 1
        return
      }
      const fresh = store.write(index, frameCount, address, layout)
      if (fresh === 0) stats[JitterStats.repeated] = (stats[JitterStats.repeated] as number) + 1
      else note(cells, index, frameCount)
      if (ahead > 0) {
        state[NEWEST] = index
        newestTimestamp = rtpTimestamp
      }
    },

    /* @hot */
    pull(cells, left, right) {
      stats[JitterStats.pulls] = (stats[JitterStats.pulls] as number) + 1
      sincePacket++
      cells[1] = NaN
      cells[2] = NaN
      const nowFrames = (cells[0] as number) * framesPerUs
      if (!running) {
        if (!known || !clock.started() || sincePacket > idlePulls) return silence(left, right)
        scratch[0] = nowFrames
        clock.due(scratch)
        start()
      }
      if (sincePacket > idlePulls) {
        running = false
        stats[JitterStats.playing] = 0
        return silence(left, right)
      }
      const present = store.presentRun(state[P] as number, blockFrames) > 0
      steer(nowFrames, present || gapFrames >= 0)
      let done = 0
      let played = 0
      while (done < blockFrames) {
        const run = store.presentRun((state[P] as number) + done, blockFrames - done)
        if (run > 0) {
          playRun(left, right, done, run)
          played += run
          done += run
        } else {
          const gap = store.absentRun((state[P] as number) + done, blockFrames - done)
          if ((stats[JitterStats.playing] as number) === 0) {
            dsp.clear(left + done * 4, gap)
            if (channelCount === 2) dsp.clear(right + done * 4, gap)
          } else fillRun(left, right, done, gap)
          done += gap
        }
        if (played > 0) stats[JitterStats.playing] = 1
      }
      if (played > 0) keepBooks(cells)
      state[P] = (state[P] as number) + blockFrames
      const mono = channelCount === 1 ? BlockFlag.mono : 0
      return played === blockFrames ? mono : mono | BlockFlag.concealed
    },
    /* @hot */
    skip(pullCount) {
      if (running) state[P] = (state[P] as number) + pullCount * blockFrames
    },
    reset: forget,
  }
}
