/**
 * Scores of a recording, counted from what was put out and the trace alone.
 *
 * Between two runs of played media lies a gap: some media was not heard, some output was not media. It costs the larger of the
 * two; media heard twice counts as output that was not media. So late audio costs its length once, holding the playhead costs
 * what was invented, leaping costs what was left out, and shortening a hole is free. In a gap in which the sender paused only
 * media not heard counts.
 */
import { RATE_HZ, type Trace } from "./network.ts"
import { recoveries } from "./recovery.ts"
import { rateScores } from "./rate.ts"
import { delaysUs, type Recording, type Run } from "./report.ts"

export interface Scores {
  /** Capture to playout of the audio that was played, ms: mean and 95th percentile. */
  readonly delayMs: number
  readonly p95DelayMs: number
  /** Of the media from the first that was played on. */
  readonly concealedPercent: number
  readonly eventsPerMinute: number
  /** After stalls of 50 ms and more: until 200 ms are clean and within 5 ms of the delay before, ms; the median and the worst. */
  readonly recoveryMs: number
  readonly worstRecoveryMs: number
  /** Audio played meanwhile, ms; the median and the worst. */
  readonly recoveryAudioMs: number
  readonly worstRecoveryAudioMs: number
  /** Delay gained over all stalls that were recovered from, ms. */
  readonly ratchetMs: number
  readonly stalls: number
  /** Largest change of pitch outside gaps, ppm, and the share of the audio changed by more than 500 ppm. */
  readonly rateDeviationPpm: number
  readonly stretchedPercent: number
  /** First arrival to first audio, ms. */
  readonly startUpMs: number
  /** delayMs + 10 * concealedPercent */
  readonly j: number
}

export interface Gap {
  /** Where in the output it ends. */
  readonly outTo: number
  readonly frames: number
}

/** What a run's media misses its predecessor's by, frames, before it is a gap. */
const JOIN_FRAMES = 0.5

/** Counts media that was sent before an index. */
export function sentBefore(trace: Trace): (mediaIndex: number) => number {
  const { packetFrames, packets } = trace
  const last = packets[packets.length - 1]
  const sent = new Float64Array(last === undefined ? 1 : last.mediaIndex / packetFrames + 2)
  for (const packet of packets) sent[packet.mediaIndex / packetFrames + 1] = packetFrames
  for (let i = 1; i < sent.length; i++) sent[i] = (sent[i] as number) + (sent[i - 1] as number)
  return (mediaIndex) => {
    const at = Math.max(0, Math.min(sent.length - 1, mediaIndex / packetFrames))
    const whole = Math.floor(at)
    const low = sent[whole] as number
    return low + ((sent[whole + 1] ?? low) - low) * (at - whole)
  }
}

const gapCost = (mediaFrames: number, sentFrames: number, outFrames: number): number => {
  if (mediaFrames < 0) return outFrames - mediaFrames
  const paused = mediaFrames - sentFrames
  return paused > JOIN_FRAMES ? sentFrames : Math.max(sentFrames, outFrames)
}

/** The gaps between runs, and the one after the last. */
export function gapsOf(runs: readonly Run[], outFrames: number, before: (mediaIndex: number) => number): Gap[] {
  const gaps: Gap[] = []
  for (let i = 1; i < runs.length; i++) {
    const last = runs[i - 1] as Run
    const run = runs[i] as Run
    const outGap = run.outFrom - last.outFrom - last.outFrames
    const mediaEnd = last.mediaFrom + last.mediaFrames
    const mediaGap = run.mediaFrom - mediaEnd
    if (outGap === 0 && Math.abs(mediaGap) < JOIN_FRAMES) continue
    const frames = gapCost(mediaGap, before(run.mediaFrom) - before(mediaEnd), outGap)
    if (frames >= JOIN_FRAMES) gaps.push({ outTo: run.outFrom, frames })
  }
  const last = runs[runs.length - 1]
  if (last === undefined) return gaps
  const outEnd = last.outFrom + last.outFrames
  const mediaEnd = last.mediaFrom + last.mediaFrames
  const missed = Math.min(outFrames - outEnd, before(mediaEnd + outFrames - outEnd) - before(mediaEnd))
  if (missed > 0) gaps.push({ outTo: outFrames, frames: missed })
  return gaps
}

const BIN_US = 50

function delayScores(trace: Trace, runs: readonly Run[]): { delayMs: number; p95DelayMs: number; played: number } {
  const bins = new Map<number, number>()
  let sum = 0
  let played = 0
  for (const run of runs) {
    const [first, last] = delaysUs(trace, run)
    const mean = (first + last) / 2
    sum += mean * run.outFrames
    played += run.outFrames
    const bin = Math.round(mean / BIN_US)
    bins.set(bin, (bins.get(bin) ?? 0) + run.outFrames)
  }
  let above = played * 0.05
  let p95 = 0
  for (const [bin, frames] of [...bins].toSorted(([a], [b]) => b - a)) {
    p95 = bin
    above -= frames
    if (above <= 0) break
  }
  return { delayMs: sum / played / 1000, p95DelayMs: (p95 * BIN_US) / 1000, played }
}

export function score(trace: Trace, recording: Recording): Scores {
  const { runs, outFrames } = recording
  const first = runs[0]
  const { delayMs, p95DelayMs, played } = delayScores(trace, runs)
  const gaps = gapsOf(runs, outFrames, sentBefore(trace))
  const concealed = gaps.reduce((sum, gap) => sum + gap.frames, 0)
  const concealedPercent = first === undefined ? 100 : (100 * concealed) / (played + concealed)
  const judgedMinutes = (outFrames - (first?.outFrom ?? 0)) / RATE_HZ / 60
  const firstArrivalUs = trace.deliveries[0]?.arrivalUs ?? 0
  const startUs = first === undefined ? Infinity : trace.firstPullUs + (first.outFrom * 1e6) / RATE_HZ
  return {
    delayMs, p95DelayMs, concealedPercent,
    eventsPerMinute: gaps.length / judgedMinutes,
    ...recoveries(trace, recording),
    ...rateScores(trace, runs),
    startUpMs: (startUs - firstArrivalUs) / 1000,
    j: first === undefined ? Infinity : delayMs + 10 * concealedPercent,
  }
}
