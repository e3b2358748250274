/**
 * The jitter buffer of one stream, with a fixed delay: packets go in at any time and in any order, blocks come out on the beat.
 *
 *   insert ─▶ timeline ─┬─▶ sample store ────────────▶ block filler ─▶ pull
 *                       └─▶ playout clock ─▶ playhead ──┘
 *
 * The playhead runs on the sender's timeline, one block a pull. Audio that comes too late is not played late: the timeline is
 * kept, the gap is filled. The playhead is moved only when the measured delay has been off for long (clock drift, a changed
 * path), by one cross-faded step, and for free while nothing is heard.
 *
 * Sans-I/O: time comes in through `cells`. Thread: audio      Realtime: wait-free, allocates nothing after creation
 */
import type { Dsp } from "../dsp/dsp.ts"
import { createBlockFiller } from "./block-filler.ts"
import { JitterStats } from "./jitter-stats.ts"
import { createPlayhead, Steer } from "./playhead.ts"
import { createPlayoutClock } from "./playout-clock.ts"
import { createSampleStore, STORE_FRAMES, type PayloadLayout } from "./sample-store.ts"
import { createStampBook } from "./stamp-book.ts"
import { createTimeline } from "./timeline.ts"

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
   * frameCount     1 or more
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
  /** The stream began anew: everything is forgotten, and what was being heard dies away. */
  reset(): void
}

/** Without a packet for so long, or with none that came in time, the stream is taken anew from the next one, s. */
const IDLE_SECONDS = 0.5
/** Longer waits than this are no measurement, us. */
const MOST_WAIT_US = 2e6

export function createJitterBuffer(options: JitterOptions): JitterBuffer {
  const { dsp, memory, sampleRate, blockFrames, stats, delayFrames } = options
  const store = createSampleStore(dsp, memory, options.at)
  const clock = createPlayoutClock(sampleRate, delayFrames)
  const playhead = createPlayhead(clock, sampleRate, blockFrames, delayFrames)
  const timeline = createTimeline()
  const filler = createBlockFiller({ dsp, memory, store, sampleRate, blockFrames, stats })
  const stamps = createStampBook(sampleRate)
  /** Media index of the next frame to play, and of the newest packet's first. */
  const { place } = playhead
  const { newest } = timeline
  const now = new Float64Array(1)
  const scratch = new Float64Array(2)
  const framesPerUs = sampleRate / 1e6
  const idlePulls = Math.round((IDLE_SECONDS * sampleRate) / blockFrames)
  let packetFrames = 0
  let channelCount = 1
  let sincePacket = 0
  /** Pulls in which nothing was heard, since audio last was. */
  let unheard = 0
  /** The playhead stands somewhere. */
  let running = false

  /* @hot */
  function count(field: number): void {
    stats[field] = (stats[field] as number) + 1
  }

  /* @hot */
  function rest(): void {
    filler.stop(place)
    running = false
    stats[JitterStats.playing] = 0
  }

  /* @hot */
  function forget(): void {
    rest()
    store.clear(0)
    timeline.forget()
    clock.restart()
  }

  /** The timeline is taken from this packet. */
  /* @hot */
  function follow(rtpTimestamp: number, channels: number): void {
    forget()
    channelCount = channels
    filler.setChannels(channels)
    stats[JitterStats.channelCount] = channels
    timeline.begin(rtpTimestamp, STORE_FRAMES)
    store.clear(STORE_FRAMES)
  }

  /** Until the first audio is heard the playhead may go wherever it is due; then it is steered. */
  /* @hot */
  function steer(): void {
    if (!filler.playing()) {
      playhead.put(now, newest, packetFrames)
      if (!running) playhead.settle()
      running = true
      return
    }
    const heard = filler.sounds() || store.presentRun(place[0] as number, 1) > 0
    unheard = heard ? 0 : unheard + 1
    if (unheard > idlePulls) {
      unheard = 0
      rest()
      clock.restart()
      return
    }
    const finding = playhead.steer(now, packetFrames, heard)
    if (finding === Steer.stay) return
    if (finding === Steer.slip) count(JitterStats.slips)
    filler.leave(place)
    playhead.put(now, newest, packetFrames)
  }

  /* @hot */
  function keepBooks(cells: Float64Array): void {
    stats[JitterStats.bufferLevelFrames] = (newest[0] as number) + packetFrames - (place[0] as number)
    if (store.presentRun(place[0] as number, 1) === 0) return
    stamps.look(cells, place[0] as number)
    const waitUs = cells[2] as number
    if (waitUs < 0 || waitUs > MOST_WAIT_US) return
    const before = stats[JitterStats.playoutDelayUs] as number
    stats[JitterStats.playoutDelayUs] = before === 0 ? waitUs : before + (waitUs - before) * 0.02
  }

  stats[JitterStats.targetDelayUs] = delayFrames / framesPerUs

  return {
    /* @hot */
    insert(cells, rtpTimestamp, frameCount, address, layout) {
      count(JitterStats.packets)
      const paused = sincePacket > idlePulls
      if (!timeline.known() || paused || layout.channelCount !== channelCount) follow(rtpTimestamp, layout.channelCount)
      else if (!timeline.reaches(rtpTimestamp)) {
        if (!timeline.jumped(rtpTimestamp)) return count(JitterStats.discarded)
        count(JitterStats.resets)
        follow(rtpTimestamp, channelCount)
      }
      const index = timeline.place(rtpTimestamp)
      sincePacket = 0
      packetFrames = frameCount
      scratch[0] = (cells[0] as number) * framesPerUs
      scratch[1] = index
      clock.arrived(scratch)
      if (filler.playing() && index + frameCount <= (place[0] as number)) return count(JitterStats.late)
      if (store.write(index, frameCount, address, layout) === 0) return count(JitterStats.repeated)
      stamps.note(cells, index, frameCount)
    },

    /* @hot */
    pull(cells, left, right) {
      count(JitterStats.pulls)
      sincePacket++
      cells[1] = NaN
      cells[2] = NaN
      if (!timeline.known() || sincePacket > idlePulls) {
        if (running) rest()
        return filler.rest(left, right)
      }
      now[0] = (cells[0] as number) * framesPerUs
      steer()
      keepBooks(cells)
      const flags = filler.fill(place, left, right)
      stats[JitterStats.playing] = filler.playing() ? 1 : 0
      place[0] = (place[0] as number) + blockFrames
      return flags
    },
    /* @hot */
    skip(pullCount) {
      if (running) place[0] = (place[0] as number) + pullCount * blockFrames
    },
    reset: forget,
  }
}
