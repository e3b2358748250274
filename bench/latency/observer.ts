/**
 * Looks into the capture ring and the playback ring from outside, over and over: which frames are there, and when each block was
 * first seen committed. It reads what the engine's own telemetry does not touch: the audio, and a clock of its own.
 */
import { parentPort, workerData } from "node:worker_threads"
import { nowUs } from "../../src/runtime/io/clock.ts"
import { blockViews, type BlockRingPlan } from "../../src/runtime/ring/block-ring.ts"
import { readRamp } from "./ramp.ts"

export interface ObserverInput {
  readonly memory: WebAssembly.Memory
  readonly capture: BlockRingPlan
  readonly playback: BlockRingPlan
  readonly blockUs: number
  /** Int32[1]: becomes 1 when it is to end. */
  readonly end: Int32Array
}

export interface Observation {
  /** Per block of playback: seen in the playback ring minus seen in the capture ring, ms. */
  readonly addedMs: readonly number[]
  /** Blocks of playback that were no whole piece of the ramp. */
  readonly broken: number
  /** Blocks that came and went between two looks. */
  readonly unseen: number
  /** Time between two looks, ms: what each figure may be off. */
  readonly lookMs: { readonly p50: number; readonly p99: number }
}

const { memory, capture, playback, end } = workerData as ObserverInput
/** Looks at so many us; the pause is a sleep, so that the engine keeps its cores. */
const pauseMs = 0.05
const nap = new Int32Array(new SharedArrayBuffer(4))
const blockFrames = capture.blockFrames

/** Blocks' numbers and times, as they come into a ring. Writers count their commits in the ring's first word. */
const watch = (plan: BlockRingPlan, seen: (first: number, atUs: number) => void) => {
  const written = new Int32Array(memory.buffer, plan.at, 1)
  const views: readonly (readonly Float32Array[])[] = blockViews(memory, plan)
  let known = Atomics.load(written, 0)
  let unseen = 0
  return {
    unseen: () => unseen,
    look(atUs: number): void {
      const now = Atomics.load(written, 0)
      const fresh = (now - known) | 0
      // Of several that came at once only the newest is as young as it looks.
      if (fresh > 1) unseen += fresh - 1
      if (fresh > 0) {
        const [left, right] = views[(now - 1) & (plan.capacity - 1)]!
        seen(readRamp(left!, right!), atUs)
      }
      known = now
    },
  }
}

/** When the capture block with a frame was seen, by block number, for the last minute or so. */
const capturedUs = new Map<number, number>()
const addedMs: number[] = []
const looksMs: number[] = []
let broken = 0

const captureWatch = watch(capture, (first, atUs) => {
  if (first > 0) capturedUs.set(Math.floor(first / blockFrames), atUs)
})
const playbackWatch = watch(playback, (first, atUs) => {
  if (first < 0) {
    broken++
    return
  }
  // The block's first frame is its oldest: where blocks are shifted against each other, this is the longest way.
  const sentUs = capturedUs.get(Math.floor(first / blockFrames))
  if (sentUs !== undefined) addedMs.push((atUs - sentUs) / 1000)
})

let lastUs = nowUs()
while (Atomics.load(end, 0) === 0) {
  const atUs = nowUs()
  looksMs.push((atUs - lastUs) / 1000)
  lastUs = atUs
  captureWatch.look(atUs)
  playbackWatch.look(atUs)
  Atomics.wait(nap, 0, 0, pauseMs)
}
const sorted = Float64Array.from(looksMs).sort()
const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
parentPort?.postMessage({
  addedMs, broken, unseen: captureWatch.unseen() + playbackWatch.unseen(), lookMs: { p50: at(0.5), p99: at(0.99) },
} satisfies Observation)
