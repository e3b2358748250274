/**
 * Makes the blocks of a stream: what has come is played, what is missing is filled, and wherever one joins the other nothing clicks.
 *
 *   resting ─first audio─▶ playing ─missing─▶ gap, extended ─its end is known─▶ gap, bridged ─▶ playing
 *      ▲                      │  ▲                 └─────── audio again ───▶ merging ──────────────┘
 *      └── rest: what sounds dies away               (the playhead jumps, or a bridged hole is filled after all: cross-fade)
 *
 * In a gap the delay changes for free: it grows by holding the playhead while more is invented anyway, and shrinks by leaving out
 * a part of what is missing anyway. A stream that joins in silence begins with its first frame as it is.
 * Thread: audio      Realtime: wait-free, allocates nothing after creation
 */
import type { Dsp } from "../dsp/dsp.ts"
import { BlockFlag } from "../ring/block-ring.ts"
import { ASIDE_FRAMES, type Aside } from "./aside.ts"
import type { Concealer } from "./conceal/concealer.ts"
import { createGapLength } from "./gap-length.ts"
import type { Heard } from "./heard.ts"
import { createHole } from "./hole.ts"
import { LOOK_AHEAD, type Interpolator } from "./interpolator.ts"
import { JitterStats } from "./jitter-stats.ts"
import type { Position } from "./position.ts"
import type { SampleStore } from "./sample-store.ts"
import { Segment } from "./segment-report.ts"
import type { StateIo } from "./state-io.ts"

export interface PlayerOptions {
  readonly dsp: Dsp
  readonly store: SampleStore
  readonly position: Position
  readonly heard: Heard
  readonly aside: Aside
  readonly interpolator: Interpolator
  readonly concealer: Concealer
  readonly sampleRate: number
  readonly blockFrames: number
  /** JitterStats; what is filled is counted. */
  readonly stats: Float64Array
  /** [0]: how often the expensive predictor may still be used in this round, by all who share the cell. */
  readonly budget: Int32Array
}

export interface Player {
  /** Nothing has been heard since the last rest, or it is dying away: the playhead may be put anywhere. */
  resting(): boolean
  inGap(): boolean
  /** Something is missing, or was so a moment ago: a change of the delay is not heard. */
  filling(): boolean
  /** Nothing is being filled, joined or faded. */
  plain(): boolean
  setChannels(channelCount: number): void
  /** Moves the playhead by so many frames, cross-faded over fadeFrames, ASIDE_FRAMES at most. Only while plain. */
  leap(frames: number, fadeFrames: number): void
  /** Frames that nobody heard. */
  skip(frameCount: number): void
  /** What sounds dies away. */
  rest(): void
  /**
   * Fills a block at the planar addresses left and right.
   * spare[0]   how much longer the delay is than it need be, frames; changed by what is held and cut
   * Returns    BlockFlag bits
   */
  fill(spare: Float64Array, left: number, right: number): number
  /** With that of all that it alone uses. */
  state(io: StateIo): void
}

export function createPlayer(options: PlayerOptions): Player {
  const { dsp, store, position, heard, aside, interpolator, concealer, sampleRate, blockFrames, stats, budget } = options
  const { phase } = position
  const whole = Float64Array.of(0, 1)
  const hole = createHole(store, position, sampleRate)
  const length = createGapLength(stats, sampleRate)
  const bridgeFrames = Math.min(concealer.futureFrames, ASIDE_FRAMES)
  let channelCount = 1
  let resting = true
  /** What is heard goes on from before a gap. */
  let gap = false
  /** In a gap the playhead stands still. */
  let holding = false
  /** Frames of the return to audio that are done, or -1. */
  let merged = -1
  /** Frames of the block that `heard` has. */
  let kept = 0
  let played = 0

  /* @hot */
  function keep(left: number, right: number, upTo: number): void {
    if (upTo <= kept) return
    const source = left + kept * 4
    heard.append(source, channelCount === 2 ? right + kept * 4 : source, upTo - kept)
    kept = upTo
  }

  /* @hot */
  function openGap(): void {
    const mayBurg = (budget[0] as number) > 0
    position.settle()
    concealer.begin(heard.last(0, concealer.historyFrames), heard.last(1, concealer.historyFrames), channelCount, mayBurg)
    if (mayBurg && !concealer.pitched) budget[0] = (budget[0] as number) - 1
    gap = true
    length.begin()
    merged = -1
    aside.clear()
  }

  /* @hot */
  function play(frames: number, left: number, right: number, done: number): void {
    const outLeft = left + done * 4
    const outRight = right + done * 4
    // In a gap audio returns on whole frames.
    const rate = gap ? whole : phase
    if (gap && merged < 0) {
      keep(left, right, done)
      heard.patch(store, position.at())
      merged = 0
    }
    interpolator.render(position.at(), rate, frames, outLeft, outRight, channelCount)
    if (gap) {
      gap = concealer.merge(outLeft, outRight, frames, merged)
      merged += frames
    } else if (aside.fading()) aside.fade(frames, outLeft, outRight, channelCount)
    resting = false
    played += frames
    position.play(frames, rate)
  }

  /** A hole that was bridged has been filled meanwhile: back into the audio. */
  /* @hot */
  function leaveBridge(): boolean {
    const run = Math.min(aside.bridgeLeft(), hole.leastFrames)
    if (store.presentRun(position.at(), run) < run) return false
    aside.leaveBridge(run)
    gap = false
    return true
  }

  /* @hot */
  function playBridge(limit: number, left: number, right: number, done: number): number {
    const run = Math.min(limit, aside.bridgeLeft())
    aside.take(run, left + done * 4, right + done * 4, channelCount)
    position.conceal(run)
    length.fill(run)
    if (aside.bridgeLeft() > 0) return run
    keep(left, right, done + run)
    heard.patch(store, position.at())
    gap = false
    return run
  }

  /* @hot */
  function bridge(frames: number): void {
    const end = (position.at() + frames) | 0
    concealer.bridge(
      aside.left, aside.right, frames, store.address(0, end), store.address(1, end), store.presentRun(end, concealer.futureFrames),
    )
    aside.bridge(frames)
  }

  /** The delay should be longer: in a gap it may grow, which costs no more than to miss what comes meanwhile. */
  /* @hot */
  function isShort(spare: Float64Array): boolean {
    return (spare[0] as number) <= -1
  }

  /* @hot */
  function hold(limit: number, spare: Float64Array, left: number, right: number): number {
    const run = Math.min(limit, Math.ceil(-(spare[0] as number)) | 0)
    concealer.extend(left, right, run)
    position.hold(run)
    length.fill(run)
    spare[0] = (spare[0] as number) + run
    holding = true
    return run
  }

  /* @hot */
  function miss(limit: number, spare: Float64Array, left: number, right: number, done: number): number {
    if (!gap || merged >= 0) {
      keep(left, right, done)
      openGap()
      stats[JitterStats.concealmentEvents] = (stats[JitterStats.concealmentEvents] as number) + 1
    }
    const missing = hole.shorten(spare, bridgeFrames)
    if (missing <= bridgeFrames) bridge(missing)
    if (aside.bridgeLeft() > 0) return playBridge(limit, left, right, done)
    if (isShort(spare) && store.ahead(position.at()) <= LOOK_AHEAD) return hold(limit, spare, left + done * 4, right + done * 4)
    concealer.extend(left + done * 4, right + done * 4, limit)
    position.conceal(limit)
    length.fill(limit)
    return limit
  }

  /** Nothing plays: the end of what did, or silence. */
  /* @hot */
  function idle(limit: number, left: number, right: number): number {
    const run = Math.min(limit, Math.max(1, store.absentRun(position.at(), limit)))
    const dying = gap && length.sounds()
    if (dying) concealer.extend(left, right, run)
    else dsp.clear(left, run)
    if (!dying && channelCount === 2) dsp.clear(right, run)
    length.pass(run)
    position.rest(run)
    return run
  }

  /** Fills the next frames of a block, limit at most; returns how many. */
  /* @hot */
  function fillRun(limit: number, spare: Float64Array, left: number, right: number, done: number): number {
    if (aside.bridgeLeft() > 0 && !leaveBridge()) return playBridge(limit, left, right, done)
    if (holding && isShort(spare) && (!length.fades() || store.ahead(position.at()) <= LOOK_AHEAD)) return hold(limit, spare, left + done * 4, right + done * 4)
    holding = false
    const run = interpolator.playable(position.at(), gap ? whole : phase, limit)
    if (run === 0) return resting ? idle(limit, left + done * 4, right + done * 4) : miss(limit, spare, left, right, done)
    play(run, left, right, done)
    return run
  }

  return {
    /* @hot */
    resting() {
      return resting
    },
    /* @hot */
    inGap() {
      return gap && merged < 0
    },
    /* @hot */
    filling() {
      return gap || aside.bridgeLeft() > 0
    },
    /* @hot */
    plain() {
      return !gap && aside.bridgeLeft() === 0 && !aside.fading()
    },
    /* @hot */
    setChannels(value) {
      if (value === channelCount) return
      channelCount = value
      if (gap) openGap()
    },
    /* @hot */
    leap(frames, fadeFrames) {
      const run = interpolator.playable(position.at(), phase, Math.min(fadeFrames, ASIDE_FRAMES))
      if (run > 0) interpolator.render(position.at(), phase, run, aside.left, aside.right, channelCount)
      aside.leave(run)
      position.leave(Segment.jump, frames)
    },
    /* @hot */
    skip(frameCount) {
      position.skip(frameCount)
      aside.clear()
      holding = false
    },
    /* @hot */
    rest() {
      // In a bridge or on the way back the concealer stands elsewhere than what was heard last.
      if (!resting && (!gap || merged >= 0 || aside.bridgeLeft() > 0)) openGap()
      aside.clear()
      merged = -1
      holding = false
      resting = true
    },
    /* @hot */
    fill(spare, left, right) {
      const dying = gap && length.sounds()
      kept = 0
      played = 0
      for (let done = 0; done < blockFrames;) done += fillRun(blockFrames - done, spare, left, right, done)
      keep(left, right, blockFrames)
      const mono = channelCount === 1 ? BlockFlag.mono : 0
      if (played === blockFrames) return mono
      return dying || !resting ? mono | BlockFlag.concealed : mono | BlockFlag.silent | BlockFlag.waiting
    },
    /* @hot */
    state(io) {
      heard.state(io)
      aside.state(io)
      concealer.state(io)
      length.state(io)
      channelCount = io.int(channelCount)
      resting = io.flag(resting)
      gap = io.flag(gap)
      holding = io.flag(holding)
      merged = io.int(merged)
    },
  }
}
