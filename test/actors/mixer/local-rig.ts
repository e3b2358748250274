/**
 * A local source and the rounds of a mixer on a virtual clock. Blocks go through a ring and the real local input; time is counted in
 * frames of the mixer's clock.
 */
import { createLocalInput } from "../../../src/actors/mixer/local-input.ts"
import { writeJitterWish } from "../../../src/actors/jitter/wish.ts"
import { EdgeState, SourceStats } from "../../../src/runtime/arena/pages.ts"
import { planParty, type PartyPlan } from "../../../src/runtime/arena/party-plan.ts"
import { ARENA_BASE_BYTES, instantiateDsp } from "../../../src/runtime/dsp/dsp.ts"
import { createArenaMemory } from "../../../src/runtime/io/dsp-file.ts"
import { JitterStats } from "../../../src/runtime/jitter/jitter-stats.ts"
import { jitterBytes } from "../../../src/runtime/jitter/memory.ts"
import type { JitterSpec } from "../../../src/runtime/preset/preset.ts"
import { blockViews, createBlockWriter, BlockFlag, presetBlockRing } from "../../../src/runtime/ring/block-ring.ts"
import { openStats } from "../../../src/runtime/ring/stats-page.ts"
import { JITTER_WISH_BYTES } from "../../../src/actors/jitter/wish.ts"
import { buildModule } from "../../runtime/dsp/kernels.ts"

export const RATE_HZ = 48_000
export const BLOCK = 128

const module = await buildModule()

/** The value of a source's frame in a channel. */
export type LocalSignal = (frame: number, channel: number) => number
/** Every frame has its own value, exact in float32; none is 0. */
export const numbered: LocalSignal = (frame, channel) => (frame + 1 + channel * 2 ** 22) / 2 ** 23
export const frameOf = (sample: number, channel = 0): number => Math.round(sample * 2 ** 23) - 1 - channel * 2 ** 22

export interface LocalRigOptions {
  readonly channelCount?: 1 | 2
  readonly signal?: LocalSignal
  readonly wish?: JitterSpec
  /** The source ticks on the mixer's clock. */
  readonly oneClock?: boolean
  /** Frame of the source's first block on its timeline. */
  readonly position?: number
}

export interface LocalRound {
  readonly flags: number
  readonly left: Float32Array
  readonly right: Float32Array
}

const planOf = (channelCount: number): PartyPlan => planParty({
  baseBytes: ARENA_BASE_BYTES, rateHz: RATE_HZ, blockFrames: BLOCK, sources: [{ channelCount, send: false, local: true }],
  peerCount: 0, outputCount: 1, taps: [], threadIds: [], jitterThreadCount: 0, rendererBytes: 64,
  jitterStoreBytes: jitterBytes(RATE_HZ), jitterWishBytes: JITTER_WISH_BYTES,
  stats: { source: SourceStats, stream: {}, peer: {}, jitter: JitterStats, mixer: {}, output: {}, net: {} },
})

export const createLocalRig = ({ channelCount = 1, signal = numbered, wish, oneClock = false, position = 0 }: LocalRigOptions = {}) => {
  const plan = planOf(channelCount)
  const source = plan.sources[0]!
  const memory = createArenaMemory(plan.bytes)
  const dsp = instantiateDsp(module, memory)
  presetBlockRing(memory, source.local!, 2 ** 31 - 20)
  if (wish !== undefined) writeJitterWish(memory, source.jitter!.wish, wish)
  const writer = createBlockWriter(memory, source.local!)
  const views = blockViews(memory, source.local!)
  const edge = openStats(memory, source.stats, SourceStats)
  const stats = openStats(memory, source.jitter!.stats, JitterStats)
  edge[SourceStats.state] = EdgeState.live
  const budget = new Int32Array(1)
  const start = () => createLocalInput({ memory, dsp, source, rateHz: RATE_HZ, blockFrames: BLOCK, oneClock, predictorBudget: budget })
  let input = start()
  const now = new Float64Array(1)
  const usOf = (frames: number): number => 1e9 + (frames * 1e6) / RATE_HZ
  let produced = 0

  return {
    memory, wish: source.jitter!.wish,
    /** The source's next block arrives; `leaveOut` blocks before it never were, `at` is the time, frames. */
    put(at: number, leaveOut = 0) {
      produced += leaveOut * BLOCK
      const slot = writer.claim()
      if (slot < 0) throw new Error("the test writes more than the ring holds")
      views[slot]!.forEach((plane, channel) => { for (let i = 0; i < BLOCK; i++) plane[i] = signal(produced + i, channel) })
      writer.meta[0] = position + produced
      writer.meta[1] = usOf(at)
      writer.commit(0)
      produced += BLOCK
    },
    round(at: number): LocalRound {
      now[0] = usOf(at)
      budget[0] = 1
      const flags = input.take(now)
      const plane = (address: number): Float32Array =>
        (flags & BlockFlag.waiting) !== 0 ? new Float32Array(BLOCK) : new Float32Array(memory.buffer, address, BLOCK).slice()
      return { flags, left: plane(input.left), right: plane(channelCount === 2 ? input.right : input.left) }
    },
    skip: (count: number) => input.skip(count),
    setState(state: keyof typeof EdgeState) { edge[SourceStats.state] = EdgeState[state] },
    /** The mixer's thread is replaced. */
    restart() { input = start() },
    setWish: (to: JitterSpec) => writeJitterWish(memory, source.jitter!.wish, to),
    stat: (name: keyof typeof JitterStats): number => stats[JitterStats[name]]!,
    counts: () => ({ short: input.counts[0]!, jumps: input.counts[1]! }),
    clearCounts() { input.counts.fill(0) },
  }
}
export type LocalRig = ReturnType<typeof createLocalRig>

export interface SessionOptions {
  readonly seconds: number
  /** How much faster than the mixer's the source's clock is. */
  readonly ppm?: number
  /** By how many frames the first block comes before a round. */
  readonly ahead?: number
  /** So many blocks at once. */
  readonly bunch?: number
  /** Frames by which a block comes later than its clock says, and a round is later than its. */
  readonly late?: (block: number) => number
  readonly roundLate?: (round: number) => number
  readonly each?: (round: LocalRound, at: number, index: number) => void
}

/** A source and the mixer's rounds run side by side. The block of the source's frames 0.. comes at time -ahead, for the round at 0. */
export const runSession = (rig: LocalRig, { seconds, ppm = 0, ahead = 64, bunch = 1, late = () => 0, roundLate = () => 0, each }: SessionOptions): void => {
  const step = BLOCK / (1 + ppm * 1e-6)
  const rounds = Math.round((seconds * RATE_HZ) / BLOCK)
  let block = 0
  let at = 0
  const dueOf = (index: number): number => -ahead + (Math.floor(index / bunch) * bunch) * step + late(index)
  let due = dueOf(0)
  for (let index = 0; index < rounds; index++) {
    at = Math.max(at, index * BLOCK + roundLate(index))
    while (due <= at) {
      rig.put(due)
      due = Math.max(due, dueOf(++block))
    }
    const heard = rig.round(at)
    each?.(heard, at, index)
  }
}
