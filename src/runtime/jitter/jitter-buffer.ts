/**
 * The jitter buffer of one stream: packets go in at any time and in any order, blocks come out on the beat.
 *
 *   insert ─┬─▶ timeline ─▶ sample store ───────────────▶ player ─▶ pull
 *           └─▶ arrivals ─ target, drift ─▶ playhead, leap ─┘  └─▶ concealer
 *
 * The playhead runs on the sender's timeline. Audio that comes too late is not played late: the timeline is kept, the gap is
 * filled. The delay grows and shrinks in gaps and in silence for free, otherwise so slowly that nobody hears it.
 *
 * README.md has the reasons.
 *
 * Sans-I/O: time comes in through `cells`. Thread: audio      Realtime: wait-free, allocates nothing after creation
 */
import { createArrivals } from "./arrivals.ts"
import { createAside } from "./aside.ts"
import { createBooks } from "./books.ts"
import { createConcealer } from "./conceal/concealer.ts"
import { JITTER_POLICIES, MOST_DELAY_MS, type JitterPolicy } from "./delay-target.ts"
import { createHeard } from "./heard.ts"
import { createInterpolator, LOOK_AHEAD } from "./interpolator.ts"
import type { JitterBuffer, JitterDelay, JitterOptions } from "./jitter-options.ts"
import { JitterStats } from "./jitter-stats.ts"
import { createKeptDelay } from "./kept-delay.ts"
import { Lateness } from "./late-watch.ts"
import { createLeap } from "./leap.ts"
import { keptAudio, planJitterMemory } from "./memory.ts"
import { createPlayer } from "./player.ts"
import { createPlayhead } from "./playhead.ts"
import { createPosition } from "./position.ts"
import { createSampleStore } from "./sample-store.ts"
import { createSegmentWriter } from "./segment-report.ts"
import { createStampBook } from "./stamp-book.ts"
import { Belonging, createTimeline } from "./timeline.ts"

export type { JitterBuffer, JitterDelay, JitterOptions }

/** Without a packet for so long the stream has paused. */
const IDLE_SECONDS = 0.2
/** While it is finding its place the playhead may jump. */
const FINDING_SECONDS = 0.3
/** A delay is reached when it is off by less. */
const NEAR_SECONDS = 0.002
const LEAP_FADE_SECONDS = 0.005
const SILENT_FADE_FRAMES = 96
const MOST_COUNT = 0x3fffffff

export function createJitterBuffer(options: JitterOptions): JitterBuffer {
  const { dsp, memory, sampleRate, blockFrames, stats } = options
  const plan = planJitterMemory(options.at, sampleRate)
  const store = createSampleStore(dsp, memory, plan.store)
  const timeline = createTimeline()
  const stamps = createStampBook(sampleRate)
  const arrivals = createArrivals({ memory, curve: plan.curve, sampleRate, blockFrames, stats })
  const playhead = createPlayhead(sampleRate, blockFrames, LOOK_AHEAD)
  const kept = createKeptDelay(sampleRate, blockFrames)
  const leap = createLeap(dsp, memory, store, plan.leap, sampleRate, blockFrames)
  const segments = createSegmentWriter(options.report)
  const position = createPosition(segments, stats)
  const player = createPlayer({
    dsp, store, position, sampleRate, blockFrames, stats,
    heard: createHeard(dsp, plan.heard),
    aside: createAside(dsp, plan.aside),
    interpolator: createInterpolator({ dsp, memory, store, state: plan.resampler, table: plan.table }),
    concealer: options.concealer ?? createConcealer({ dsp, memory, at: plan.concealer, sampleRate }),
    budget: options.predictorBudget ?? Int32Array.of(MOST_COUNT),
  })
  const books = createBooks(stats, store, stamps, position, arrivals, sampleRate, blockFrames)
  const audio = keptAudio(memory, plan)
  const figures = stats.subarray(0, Object.keys(JitterStats).length)
  const { phase } = position
  const { drift, target } = arrivals
  const { line } = drift
  /** How much later the playhead follows than it need, frames. */
  const spare = new Float64Array(1)
  const now = new Float64Array(1)
  const framesPerUs = sampleRate / 1e6
  const idlePulls = Math.round((IDLE_SECONDS * sampleRate) / blockFrames)
  const findingPulls = Math.round((FINDING_SECONDS * sampleRate) / blockFrames)
  const nearFrames = Math.round(NEAR_SECONDS * sampleRate)
  const leapFade = Math.round(LEAP_FADE_SECONDS * sampleRate)
  /** Frames pulled so far, wrapping: the time of the next pull. */
  let next = 0
  /** What the offset is counted from: the first packet's is 0. */
  let origin = 0
  let channelCount = 1
  let sincePacket = 0
  /** Timestamp of the packet that came last: where its kind begin. */
  let lastStamp = 0
  let sinceHeard = 0
  /** Somebody has asked for another delay: until it is reached the playhead may jump back as well. */
  let asked = false

  /* @hot */
  function count(field: number): void {
    stats[field] = (stats[field] as number) + 1
  }

  /* @hot */
  function forget(): void {
    player.rest()
    timeline.forget()
    leap.restart()
    playhead.settle()
    stats[JitterStats.playing] = 0
  }

  /** The timeline is taken from this packet. */
  /* @hot */
  function follow(rtpTimestamp: number, channels: number): void {
    channelCount = channels
    player.setChannels(channels)
    forget()
    arrivals.begin()
    timeline.begin(rtpTimestamp)
    store.clear(rtpTimestamp)
    origin = (next - rtpTimestamp) | 0
    stats[JitterStats.channelCount] = channels
  }

  /** Whether the packet belongs to the timeline that is followed, which may begin with it. */
  /* @hot */
  function belongs(rtpTimestamp: number, channels: number): boolean {
    if (!timeline.known() || channels !== channelCount) {
      follow(rtpTimestamp, channels)
      return true
    }
    const belonging = timeline.judge(rtpTimestamp, Math.min(sincePacket * blockFrames, MOST_COUNT))
    if (belonging === Belonging.far) return false
    if (belonging === Belonging.jumped) {
      count(JitterStats.resets)
      follow(rtpTimestamp, channels)
    }
    return true
  }

  /* @hot */
  function weigh(): void {
    const follows = (((next - position.at()) | 0) - origin) | 0
    spare[0] = follows - (phase[0] as number) - (line[0] as number) - (target[0] as number)
  }

  /** Frames from the place on the grid of packets and blocks that lies before the playhead. */
  /* @hot */
  function astray(): number {
    const grid = arrivals.grid()
    return grid > 1 ? ((((position.at() - lastStamp) | 0) % grid) + grid) % grid : 0
  }

  /** Until something is heard the playhead goes wherever it is due. */
  /* @hot */
  function put(): void {
    const grid = arrivals.grid()
    const place = (next - origin - (Math.ceil((target[0] as number) + (line[0] as number) - 1e-6) | 0)) | 0
    // On the grid of the packets: then a packet waits as long as was asked for, and less than a block more.
    position.put(place)
    if (arrivals.fixed() && grid > 1) position.put((place - astray()) | 0)
    playhead.settle()
    leap.restart()
    kept.restart()
    phase[1] = 1
    spare[0] = 0
    sinceHeard = 0
  }

  /* @hot */
  function leapIfFar(): void {
    const finding = sinceHeard <= findingPulls
    if (Math.abs(spare[0] as number) < nearFrames) asked = false
    const frames = leap.decide(spare, position.at(), channelCount, finding, arrivals.fixed(), finding || asked || arrivals.fixed())
    if (frames === 0) return
    player.leap(frames, Math.abs(frames) > SILENT_FADE_FRAMES ? leapFade : SILENT_FADE_FRAMES)
    if (!finding && !leap.unheard()) count(JitterStats.slips)
    playhead.settle()
    spare[0] = (spare[0] as number) - frames
  }

  /* @hot */
  function steer(): void {
    sinceHeard = Math.min(sinceHeard + 1, MOST_COUNT)
    if (arrivals.fixed() && line[1] === 0) kept.ease(spare, arrivals.grid(), astray(), LOOK_AHEAD, player.filling())
    if (player.plain()) leapIfFar()
    playhead.steer(phase, spare, line)
    // Between frames a packet is needed a little sooner.
    if (phase[1] !== 1) spare[0] = (spare[0] as number) - LOOK_AHEAD
  }

  /* @hot */
  function setPolicy(policy: JitterPolicy, minDelayMs?: number, maxDelayMs?: number): void {
    const { lossPriceMs, maxDelayMs: most, memorySeconds } = JITTER_POLICIES[policy]
    arrivals.remember(memorySeconds)
    arrivals.bound(lossPriceMs, minDelayMs ?? 0, maxDelayMs ?? Math.max(most, minDelayMs ?? 0))
    asked = true
  }

  /* @hot */
  function setDelay(delayMs: number): void {
    kept.ask(delayMs > 0 ? (Math.min(MOST_DELAY_MS, delayMs) * sampleRate) / 1000 : 0)
    arrivals.bound(0, delayMs, delayMs)
  }

  if (typeof options.policy === "string") setPolicy(options.policy, options.minDelayMs, options.maxDelayMs)
  else setDelay(options.policy.delayMs)

  return {
    /* @hot */
    insert(cells, rtpTimestamp, frameCount, address, layout) {
      count(JitterStats.packets)
      if (!belongs(rtpTimestamp, layout.channelCount)) return count(JitterStats.discarded)
      timeline.follow(rtpTimestamp)
      arrivals.measure(cells, (((next - rtpTimestamp) | 0) - origin) | 0, rtpTimestamp, frameCount)
      const lateFrames = (position.at() - rtpTimestamp - frameCount) | 0
      if (store.write(rtpTimestamp, frameCount, address, layout) === 0) return count(JitterStats.repeated)
      sincePacket = 0
      lastStamp = rtpTimestamp
      const lateness = arrivals.learn(frameCount, next, lateFrames)
      if (lateness === Lateness.gone) {
        count(JitterStats.resets)
        timeline.forget()
        store.clear(position.at())
      }
      if (!player.resting() && lateFrames >= 0) return count(JitterStats.late)
      stamps.note(cells, rtpTimestamp, frameCount)
    },

    /* @hot */
    pull(cells, left, right) {
      count(JitterStats.pulls)
      segments.begin()
      sincePacket = Math.min(sincePacket + 1, MOST_COUNT)
      now[0] = (cells[0] as number) * framesPerUs
      cells[1] = NaN
      cells[2] = NaN
      const paused = sincePacket > idlePulls && player.inGap() && store.ahead(position.at()) <= 0
      if (paused || !timeline.known()) player.rest()
      if (timeline.known()) {
        const resting = player.resting()
        if (resting) put()
        else weigh()
        books.keep(cells, spare)
        if (!resting) steer()
      }
      const flags = player.fill(spare, left, right)
      stats[JitterStats.playing] = player.resting() ? 0 : 1
      drift.pulled(now, blockFrames)
      next = (next + blockFrames) | 0
      return flags
    },
    /* @hot */
    skip(pullCount) {
      const frames = Math.min(pullCount, 0xffff) * blockFrames
      sincePacket = Math.min(sincePacket + pullCount, MOST_COUNT)
      if (!player.resting()) player.skip(frames)
      drift.skipped(frames)
      next = (next + frames) | 0
    },
    /* @hot */
    reset() {
      forget()
      store.clear(position.at())
      drift.reset()
    },
    setPolicy,
    setDelay,
    /* @hot */
    state(io) {
      io.same(sampleRate)
      io.same(blockFrames)
      timeline.state(io)
      store.state(io)
      stamps.state(io)
      arrivals.state(io)
      playhead.state(io)
      kept.state(io)
      leap.state(io)
      position.state(io)
      player.state(io)
      io.cells(audio)
      io.cells(figures)
      io.cells(spare)
      next = io.int(next)
      origin = io.int(origin)
      channelCount = io.int(channelCount)
      sincePacket = io.int(sincePacket)
      lastStamp = io.int(lastStamp)
      sinceHeard = io.int(sinceHeard)
      asked = io.flag(asked)
    },
  }
}
