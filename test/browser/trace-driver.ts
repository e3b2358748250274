/**
 * Drives a jitter buffer through a trace on a virtual clock and says exactly what it did. The same file runs in Node and, bundled,
 * in an AudioWorklet, so that both do the same.
 */
import { ARENA_BASE_BYTES, instantiateDsp, MAX_PAGES, MIN_PAGES, PAGE_BYTES } from "../../src/runtime/dsp/dsp.ts"
import { ARRIVAL_HISTOGRAM_BYTES } from "../../src/runtime/jitter/arrival-histogram.ts"
import { createJitterBuffer, type JitterDelay } from "../../src/runtime/jitter/jitter-buffer.ts"
import { JitterStats } from "../../src/runtime/jitter/jitter-stats.ts"
import { jitterBytes, planJitterMemory } from "../../src/runtime/jitter/memory.ts"
import { Segment, SEGMENT_NUMBERS, segmentReportLength } from "../../src/runtime/jitter/segment-report.ts"
import { BlockFlag } from "../../src/runtime/ring/block-ring.ts"
import { statsBytes } from "../../src/runtime/ring/stats-page.ts"

export const RATE_HZ = 48_000
/** Web Audio's quantum. */
export const BLOCK_FRAMES = 128

/** What arrives when. Typed arrays and numbers only, so that it can be posted anywhere. */
export interface DrivenTrace {
  readonly channelCount: 1 | 2
  readonly packetFrames: number
  readonly firstPullUs: number
  readonly pullCount: number
  /** By packet, in the order of arriving: when, its RTP timestamp, and its first frame's number in the audio. */
  readonly arrivalsUs: Float64Array
  readonly timestamps: Int32Array
  readonly firstFrames: Int32Array
  /** L24, interleaved: all that the sender sang. */
  readonly audio: Uint8Array
}

/** Everything that a run can be told by; equal figures mean the same run, bit for bit. */
export interface Figures {
  readonly stats: Readonly<Record<string, number>>
  /** Segments of the pulls' reports by kind, and the output frames in them. */
  readonly segments: Readonly<Record<string, number>>
  readonly segmentFrames: Readonly<Record<string, number>>
  /** Pulls that gave something that was not all played. */
  readonly concealedPulls: number
  readonly waitingPulls: number
  /** Hashes over the bits of all output samples, of all reports, and of the delay curve at the end. */
  readonly outputHash: number
  readonly reportHash: number
  readonly curveHash: number
}

export interface TraceDriver {
  /** Takes in what has arrived by now and fills a block; a mono stream leaves right alone. */
  pull(left: Float32Array, right: Float32Array | undefined): void
  figures(): Figures
}

const BYTES_PER_SAMPLE = 3
const HASH_START = 0x811c9dc5 | 0

/** FNV's step, by words. */
const hashOn = (hash: number, words: Int32Array, count: number): number => {
  let on = hash
  for (let i = 0; i < count; i++) on = Math.imul(on ^ (words[i] as number), 0x01000193)
  return on
}

export const createTraceDriver = (module: WebAssembly.Module, trace: DrivenTrace, policy: JitterDelay): TraceDriver => {
  const { channelCount, packetFrames, firstPullUs, arrivalsUs, timestamps, firstFrames, audio } = trace
  const at = ARENA_BASE_BYTES
  const statsAt = (at + jitterBytes(RATE_HZ) + 63) & ~63
  const leftAt = statsAt + statsBytes(JitterStats)
  const rightAt = leftAt + BLOCK_FRAMES * 4
  const payloadAt = rightAt + BLOCK_FRAMES * 4
  const frameBytes = BYTES_PER_SAMPLE * channelCount
  const payloadBytes = packetFrames * frameBytes
  const pages = Math.max(MIN_PAGES, Math.ceil((payloadAt + payloadBytes) / PAGE_BYTES))
  const memory = new WebAssembly.Memory({ initial: pages, maximum: MAX_PAGES, shared: true })
  const stats = new Float64Array(memory.buffer, statsAt, Object.keys(JitterStats).length)
  const report = new Float64Array(segmentReportLength(BLOCK_FRAMES))
  const reportWords = new Int32Array(report.buffer)
  const buffer = createJitterBuffer({
    dsp: instantiateDsp(module, memory), memory, at, sampleRate: RATE_HZ, blockFrames: BLOCK_FRAMES, policy, stats, report,
  })
  const left = new Float32Array(memory.buffer, leftAt, BLOCK_FRAMES)
  const right = new Float32Array(memory.buffer, rightAt, BLOCK_FRAMES)
  const outputWords = new Int32Array(memory.buffer, leftAt, BLOCK_FRAMES * channelCount)
  const payload = new Uint8Array(memory.buffer, payloadAt, payloadBytes)
  const layout = { bytesPerSample: BYTES_PER_SAMPLE, channelCount } as const
  const cells = new Float64Array(3)
  const segments = new Float64Array(Object.keys(Segment).length)
  const segmentFrames = new Float64Array(segments.length)
  let pulls = 0
  let taken = 0
  let concealedPulls = 0
  let waitingPulls = 0
  let outputHash = HASH_START
  let reportHash = HASH_START

  const insert = (packet: number): void => {
    const from = (firstFrames[packet] as number) * frameBytes
    for (let i = 0; i < payloadBytes; i++) payload[i] = audio[from + i] as number
    cells[0] = arrivalsUs[packet] as number
    cells[2] = NaN
    buffer.insert(cells, timestamps[packet] as number, packetFrames, payloadAt, layout)
  }

  const note = (flags: number): void => {
    const count = report[0] as number
    for (let i = 0; i < count; i++) {
      const kind = report[1 + SEGMENT_NUMBERS * i] as number
      segments[kind] = (segments[kind] as number) + 1
      segmentFrames[kind] = (segmentFrames[kind] as number) + (report[SEGMENT_NUMBERS * (i + 1)] as number)
    }
    if ((flags & BlockFlag.concealed) !== 0) concealedPulls++
    if ((flags & BlockFlag.waiting) !== 0) waitingPulls++
    outputHash = hashOn(outputHash, outputWords, outputWords.length)
    reportHash = hashOn(reportHash, reportWords, 2 * (1 + SEGMENT_NUMBERS * count))
  }

  const byKind = (numbers: Float64Array): Readonly<Record<string, number>> =>
    Object.fromEntries(Object.entries(Segment).map(([name, kind]) => [name, numbers[kind] as number]))

  return {
    pull(outLeft, outRight) {
      const nowUs = firstPullUs + (pulls * BLOCK_FRAMES * 1e6) / RATE_HZ
      while (taken < arrivalsUs.length && (arrivalsUs[taken] as number) <= nowUs) insert(taken++)
      cells[0] = nowUs
      note(buffer.pull(cells, leftAt, rightAt))
      outLeft.set(left)
      if (channelCount === 2) outRight?.set(right)
      pulls++
    },
    figures() {
      const curve = new Int32Array(memory.buffer, planJitterMemory(at, RATE_HZ).curve, ARRIVAL_HISTOGRAM_BYTES / 4)
      return {
        stats: Object.fromEntries(Object.entries(JitterStats).map(([name, field]) => [name, stats[field] as number])),
        segments: byKind(segments), segmentFrames: byKind(segmentFrames), concealedPulls, waitingPulls,
        outputHash, reportHash, curveHash: hashOn(HASH_START, curve, curve.length),
      }
    },
  }
}
