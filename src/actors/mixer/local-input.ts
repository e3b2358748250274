/**
 * One block a round from a local source, whose clock is its own and whose blocks may come in bunches:
 *
 *   block ring ─▶ jitter buffer ─▶ two planes in the arena ─▶ strip
 *                      ▲
 *                 local-delay: how much lies ready
 *
 * On one clock time is counted in rounds, and a round takes the block that is due and what came too late before: then nothing that
 * keeps a thread waiting looks like drift, or like an early block, and bits pass.
 *
 * What a source that has ended is short of is no gap: its silence follows it through the buffer. A device that is lost dies away.
 * When a timeline jumps, since another device or another thread goes on with it, it is followed at once.
 *
 * Thread: audio      Realtime: wait-free, allocates nothing after creation
 */
import { EdgeState, SourceStats } from "../../runtime/arena/pages.ts"
import type { SourcePlan } from "../../runtime/arena/party-plan.ts"
import type { Dsp } from "../../runtime/dsp/dsp.ts"
import { createJitterBuffer } from "../../runtime/jitter/jitter-buffer.ts"
import { JitterStats } from "../../runtime/jitter/jitter-stats.ts"
import type { PayloadLayout } from "../../runtime/jitter/sample-store.ts"
import { BlockFlag, BlockMeta, createBlockReader } from "../../runtime/ring/block-ring.ts"
import { openStats } from "../../runtime/ring/stats-page.ts"
import { createJitterWishReader } from "../jitter/wish.ts"
import { createLocalDelay } from "./local-delay.ts"

export interface LocalInputOptions {
  readonly memory: WebAssembly.Memory
  readonly dsp: Dsp
  readonly source: SourcePlan
  readonly rateHz: number
  readonly blockFrames: number
  /** The source ticks on the clock of the rounds. */
  readonly oneClock: boolean
  /** How often in this round the expensive predictor may still be used, by all sources: see JitterOptions. */
  readonly predictorBudget: Int32Array
}

export interface LocalInput {
  /** Where the block is; a mono source has only the left plane. */
  readonly left: number
  readonly right: number
  /** Makes the block of a round; nowUs[0]: the time of the round. Returns BlockFlag bits. */
  take(nowUs: Float64Array): number
  /** Rounds that never were. */
  skip(roundCount: number): void
  /** Since last cleared: rounds in which something was missing, jumps to where it is due. */
  readonly counts: Int32Array
}

/** After so long without a block all has died away; what comes then may be another timeline. */
const IDLE_SECONDS = 0.15
/** A timeline that is off by more has been left. */
const ELSEWHERE_SECONDS = 0.05
/** What has ended is silent for so long until nothing of it is in the buffer, nor in what concealment would go on from. */
const ENDING_SECONDS = 0.4

const POSITION = 0
const STAMP = 1
const OFF = 2
const DUE = 3
const ROUND = 0
const AHEAD = 1

export function createLocalInput(options: LocalInputOptions): LocalInput {
  const { memory, dsp, source, rateHz, blockFrames, oneClock } = options
  if (source.local === undefined || source.jitter === undefined) throw new Error("broken invariant: a local strip has a ring and a buffer")
  const { channelCount, jitter: { store, stats: statsAt, wish: wishAt, planes: left } } = source
  const planeBytes = blockFrames * 4
  const right = left + planeBytes
  const reader = createBlockReader(memory, source.local)
  const edge = openStats(memory, source.stats, SourceStats)
  const stats = openStats(memory, statsAt, JitterStats)
  const buffer = createJitterBuffer({
    dsp, memory, at: store, sampleRate: rateHz, blockFrames, stats, policy: "steady", predictorBudget: options.predictorBudget,
  })
  const delay = createLocalDelay({ buffer, stats, rateHz, blockFrames, oneClock })
  const wish = createJitterWishReader(memory, wishAt)
  const layout: PayloadLayout = { bytesPerSample: 4, channelCount: channelCount === 2 ? 2 : 1, planeBytes: reader.planeBytes }
  const silence: PayloadLayout = { ...layout, planeBytes }
  const counts = new Int32Array(2)
  const framesPerUs = rateHz / 1e6
  const blockUs = blockFrames / framesPerUs
  const idleRounds = Math.round((IDLE_SECONDS * rateHz) / blockFrames)
  const endingRounds = Math.round((ENDING_SECONDS * rateHz) / blockFrames)
  const elsewhere = ELSEWHERE_SECONDS * rateHz
  /** Arrival and capture of what is inserted; the round. */
  const cells = new Float64Array(3)
  /** Time of the round, and how long before a round a block comes on one clock, us. */
  const time = new Float64Array(2)
  /** Position and arrival of the newest block, how far a newer one is off its timeline; on one clock: the position that is due. */
  const last = new Float64Array(4)
  const age = new Float64Array(1)
  const before = Float64Array.of(stats[JitterStats.concealedFrames] as number, stats[JitterStats.slips] as number)
  let begun = false
  let waited = 0
  let ending = 0
  /** The last pull had not all that it needed. */
  let short = false

  /* @hot */
  function forget(): void {
    begun = false
    ending = 0
    buffer.reset()
  }

  /** Whether what waits in the ring goes on elsewhere than where it would be by now. */
  /* @hot */
  function isElsewhere(): boolean {
    reader.read(reader.peek())
    const step = (reader.meta[BlockMeta.position] as number) - (last[POSITION] as number)
    if (step <= 0) return true
    if (step === blockFrames && waited < idleRounds) return false
    reader.read(reader.slotAt(reader.level() - 1))
    last[OFF] = (reader.meta[BlockMeta.position] as number) - (last[POSITION] as number)
      - ((reader.meta[BlockMeta.stampUs] as number) - (last[STAMP] as number)) * framesPerUs
    return Math.abs(last[OFF]) > elsewhere
  }

  /** Puts the audio at this address into the buffer, as that of last[POSITION], arrived at last[STAMP]. */
  /* @hot */
  function insert(address: number, from: PayloadLayout): void {
    cells[0] = oneClock ? (time[ROUND] as number) - (time[AHEAD] as number) : (last[STAMP] as number)
    cells[2] = (last[STAMP] as number) - blockUs
    buffer.insert(cells, (last[POSITION] as number) | 0, blockFrames, address, from)
  }

  /** A stream that begins leaves out what was there before the round before. */
  /* @hot */
  function isOld(nowUs: Float64Array): boolean {
    return !begun && !((nowUs[0] as number) - (reader.meta[BlockMeta.stampUs] as number) <= blockUs)
  }

  /* @hot */
  function isEarly(): boolean {
    return oneClock && begun && (reader.meta[BlockMeta.position] as number) > (last[DUE] as number)
  }

  /** Takes what has come. Returns how many blocks. */
  /* @hot */
  function gather(nowUs: Float64Array): number {
    const level = reader.level()
    last[DUE] = (last[DUE] as number) + blockFrames
    if (level > 0 && begun && isElsewhere()) forget()
    const begins = !begun
    let taken = 0
    for (let i = 0; i < level; i++) {
      const slot = reader.peek()
      reader.read(slot)
      if (!begins && isEarly()) break
      if (!isOld(nowUs)) {
        if (!begun) time[AHEAD] = (nowUs[0] as number) - (reader.meta[BlockMeta.stampUs] as number)
        begun = true
        last[POSITION] = reader.meta[BlockMeta.position] as number
        last[STAMP] = reader.meta[BlockMeta.stampUs] as number
        insert(reader.address(slot), layout)
        taken++
      }
      reader.release()
    }
    if (taken === 0 || !begins) return taken
    last[DUE] = last[POSITION] as number
    age[0] = ((nowUs[0] as number) - (last[STAMP] as number)) * framesPerUs
    delay.begin(taken, age)
    return taken
  }

  /** Frames that are left over for the next round. */
  /* @hot */
  function leftOver(): number {
    return ((stats[JitterStats.bufferLevelFrames] as number) + (reader.level() - 1) * blockFrames) | 0
  }

  /** Nothing has come: that is as it should be when the source has ended, and another end than a gap when its device is lost. */
  /* @hot */
  function end(nowUs: Float64Array): void {
    const state = edge[SourceStats.state] as number
    if (state === EdgeState.lost) forget()
    if (state !== EdgeState.ended) return
    ending = Math.min(ending + 1, endingRounds)
    last[POSITION] = (last[POSITION] as number) + blockFrames
    last[STAMP] = nowUs[0] as number
    dsp.clear(left, blockFrames)
    if (channelCount === 2) dsp.clear(right, blockFrames)
    insert(left, silence)
  }

  /* @hot */
  function tally(): void {
    const concealed = stats[JitterStats.concealedFrames] as number
    const slips = stats[JitterStats.slips] as number
    const isHeard = begun && ending === 0
    short = isHeard && concealed > (before[0] as number)
    if (short) counts[0] = (counts[0] as number) + 1
    if (isHeard && slips > (before[1] as number)) counts[1] = (counts[1] as number) + slips - (before[1] as number)
    before[0] = concealed
    before[1] = slips
  }

  return {
    left, right, counts,
    /* @hot */
    take(nowUs) {
      wish.follow(delay)
      time[ROUND] = oneClock ? (time[ROUND] as number) + blockUs : (nowUs[0] as number)
      if (gather(nowUs) > 0) {
        waited = 0
        ending = 0
      } else if (begun) {
        waited = Math.min(waited + 1, 0xffff)
        end(nowUs)
        // What was there before the last pull was all for it.
        const isPlaying = ending === 0 && !short && stats[JitterStats.playing] === 1
        if (isPlaying && (stats[JitterStats.bufferLevelFrames] as number) <= blockFrames) delay.miss()
      }
      cells[0] = time[ROUND]
      const flags = buffer.pull(cells, left, right)
      tally()
      delay.pulled()
      if (!begun || ending > 0 || short) return ending === endingRounds ? flags | BlockFlag.waiting | BlockFlag.silent : flags
      last[DUE] = (last[DUE] as number) + delay.whole(leftOver()) * blockFrames
      if (delay.isFarTooMuch()) forget()
      return flags
    },
    /* @hot */
    skip(roundCount) {
      time[ROUND] = (time[ROUND] as number) + roundCount * blockUs
      last[DUE] = (last[DUE] as number) + roundCount * blockFrames
      buffer.skip(roundCount)
    },
  }
}
