/**
 * One jitter buffer of a replay, with all that it needs around it.
 *
 * Thread: any      Realtime: no
 */
import type { Dsp } from "../dsp/dsp.ts"
import type { DelayCurvePoint } from "../jitter/delay-curve.ts"
import { readDelayCurve } from "../jitter/delay-curve.ts"
import { createJitterBuffer, type JitterBuffer } from "../jitter/jitter-buffer.ts"
import type { JitterPolicy } from "../jitter/delay-target.ts"
import { JitterStats } from "../jitter/jitter-stats.ts"
import { jitterBytes } from "../jitter/memory.ts"
import type { PayloadLayout } from "../jitter/sample-store.ts"
import { Segment, SEGMENT_NUMBERS, segmentReportLength } from "../jitter/segment-report.ts"
import { createStateLoader, measureState } from "../jitter/state-io.ts"
import { BlockFlag } from "../ring/block-ring.ts"
import { HASH_SEED, hashWords } from "./words-hash.ts"

/** What is asked of a buffer's delay instead of what was recorded. */
export type WhatIf =
  | { readonly policy: JitterPolicy; readonly minMs?: number; readonly maxMs?: number }
  | { readonly delayMs: number }

export interface LaneOptions {
  readonly dsp: Dsp
  readonly memory: WebAssembly.Memory
  /** Address of laneBytes. */
  readonly at: number
  readonly rateHz: number
  readonly blockFrames: number
  readonly whatIf?: WhatIf
}

/** What one pull did. */
export interface LanePull {
  flags: number
  sampleHash: number
  statsHash: number
}

const FIGURES = Object.keys(JitterStats).length
/** A datagram's audio. */
const PAYLOAD_BYTES = 1 << 16

const align = (bytes: number): number => (bytes + 15) & ~15

export const laneBytes = (rateHz: number, blockFrames: number): number =>
  align(jitterBytes(rateHz)) + 2 * align(blockFrames * 4) + PAYLOAD_BYTES + 16

export interface Lane {
  readonly stats: Float64Array
  /** As the last pull left it: see segment-report.ts. */
  readonly report: Float64Array
  readonly last: LanePull
  /** The last block; one channel where it is mono. */
  channels(): readonly Float32Array[]
  /**
   * Goes on from a state that was saved; an empty buffer where the state is of another shape of the buffer. Returns whether it fits.
   */
  load(state: Uint8Array): boolean
  reset(): void
  /** Follows what was recorded, unless something else is asked. numbers: as JitterWishReader has them. */
  wish(numbers: readonly number[]): void
  skip(count: number): void
  insert(arrivalUs: number, captureUs: number, rtpTimestamp: number, frameCount: number, payload: Uint8Array, layout: PayloadLayout): void
  pull(timeUs: number, budget: number): void
  /** How far from the media's own pace it was played, outside gaps: the mean and the most of a pull, ppm. */
  rateDeviation(): { readonly meanPpm: number; readonly mostPpm: number }
  curve(): readonly DelayCurvePoint[]
  /** Another stream begins: the pace is measured anew. */
  begin(): void
}

const POLICIES: readonly JitterPolicy[] = ["tight", "steady", "safe"]
const least = (value: number | undefined): number | undefined => (value !== undefined && value >= 0 ? value : undefined)

export function createLane({ dsp, memory, at, rateHz, blockFrames, whatIf }: LaneOptions): Lane {
  const left = at + align(jitterBytes(rateHz))
  const right = left + align(blockFrames * 4)
  const payloadAt = right + align(blockFrames * 4)
  const words = new Int32Array(memory.buffer)
  const room = new Uint8Array(memory.buffer, payloadAt, PAYLOAD_BYTES)
  const planes = [new Float32Array(memory.buffer, left, blockFrames), new Float32Array(memory.buffer, right, blockFrames)]
  const mono = planes.slice(0, 1)
  const stats = new Float64Array(FIGURES)
  const figures = new Int32Array(stats.buffer)
  const report = new Float64Array(segmentReportLength(blockFrames))
  const budgetCell = new Int32Array(1)
  const cells = new Float64Array(3)
  const last: LanePull = { flags: BlockFlag.mono, sampleHash: 0, statsHash: 0 }
  let buffer = make()
  let mediaFrames = 0
  let deviation = 0
  let most = 0

  function make(): JitterBuffer {
    new Uint8Array(memory.buffer, at, jitterBytes(rateHz)).fill(0)
    stats.fill(0)
    return createJitterBuffer({ dsp, memory, at, sampleRate: rateHz, blockFrames, stats, policy: "steady", report, predictorBudget: budgetCell })
  }

  const follow = (wanted: WhatIf): void => {
    if ("delayMs" in wanted) buffer.setDelay(wanted.delayMs)
    else buffer.setPolicy(wanted.policy, wanted.minMs, wanted.maxMs)
  }

  const measurePace = (): void => {
    for (let i = 0; i < (report[0] as number); i++) {
      const segment = 1 + i * SEGMENT_NUMBERS
      const output = report[segment + 3] as number
      if (report[segment] !== Segment.play || output <= 0) continue
      const off = Math.abs((report[segment + 2] as number) - output)
      mediaFrames += output
      deviation += off
      if (off > 1e-6) most = Math.max(most, off / output)
    }
  }

  return {
    stats, report, last,
    channels: () => ((last.flags & BlockFlag.mono) !== 0 ? mono : planes),
    load(state) {
      buffer = make()
      const loader = createStateLoader(state)
      loader.begin()
      const fits = state.length === measureState(buffer)
      if (fits) buffer.state(loader)
      const good = fits && !loader.faulty()
      if (!good) buffer = make()
      if (whatIf !== undefined) follow(whatIf)
      return good
    },
    reset: () => buffer.reset(),
    wish([kind = 0, low = NaN, high = NaN]) {
      if (whatIf !== undefined) return
      const policy = POLICIES[kind]
      if (policy === undefined) buffer.setDelay(low)
      else buffer.setPolicy(policy, least(low), least(high))
    },
    skip: (count) => buffer.skip(count),
    insert(arrivalUs, captureUs, rtpTimestamp, frameCount, payload, layout) {
      room.set(payload)
      cells[0] = arrivalUs
      cells[2] = captureUs
      buffer.insert(cells, rtpTimestamp, frameCount, payloadAt, layout)
    },
    pull(timeUs, budget) {
      cells[0] = timeUs
      budgetCell[0] = budget
      last.flags = buffer.pull(cells, left, right)
      last.sampleHash = hashWords(words, left >> 2, blockFrames, HASH_SEED)
      if ((last.flags & BlockFlag.mono) === 0) last.sampleHash = hashWords(words, right >> 2, blockFrames, last.sampleHash)
      last.statsHash = hashWords(figures, 0, figures.length, HASH_SEED)
      measurePace()
    },
    rateDeviation: () => ({ meanPpm: mediaFrames > 0 ? (deviation / mediaFrames) * 1e6 : 0, mostPpm: most * 1e6 }),
    curve: () => readDelayCurve(memory, at),
    begin() {
      mediaFrames = 0
      deviation = 0
      most = 0
    },
  }
}
