/**
 * Reads the figures of one jitter buffer. Counters are those of the stream that it plays: what another has left on the page is
 * taken off. The curve, and what counts of the last seconds, are looked at once a second.
 *
 * Thread: main      Realtime: no
 */
import { readDelayCurve } from "../../runtime/jitter/delay-curve.ts"
import { JitterStats } from "../../runtime/jitter/jitter-stats.ts"
import { leastDelayMs, mostDelayMs } from "../../runtime/preset/jitter.ts"
import type { JitterSpec } from "../../runtime/preset/preset.ts"
import type { DelayCurvePoint, JitterReport } from "../../runtime/report.ts"
import { openStats } from "../../runtime/ring/stats-page.ts"
import { framesToMs } from "../../runtime/units.ts"
import { fewPoints } from "./delay-points.ts"

export interface JitterFigures {
  /** Another stream begins. */
  begin(): void
  /** A counter since the stream began; a level as it is. */
  since(field: keyof typeof JitterStats): number
  level(field: keyof typeof JitterStats): number
  /** undefined: the buffer has not been asked for anything yet. */
  read(nowMs: number, spec: JitterSpec, own: boolean): JitterReport | undefined
}

export interface JitterFiguresOptions {
  readonly memory: WebAssembly.Memory
  readonly at: { readonly store: number; readonly stats: number }
  readonly rateHz: number
  readonly blockFrames: number
}

const LOOK_MS = 1000
/** Looks that make up "lately": 10 s. */
const LOOKS = 10

interface Look {
  readonly pulls: number
  readonly concealedFrames: number
  readonly gaps: number
}

export function createJitterFigures({ memory, at, rateHz, blockFrames }: JitterFiguresOptions): JitterFigures {
  const page = openStats(memory, at.stats, JitterStats)
  let base = new Float64Array(page.length)
  let looks: Look[] = []
  let lookedMs = -Infinity
  let curve: readonly DelayCurvePoint[] = []
  const level = (field: keyof typeof JitterStats): number => page[JitterStats[field]] ?? 0
  const since = (field: keyof typeof JitterStats): number => level(field) - (base[JitterStats[field]] ?? 0)

  const look = (nowMs: number): void => {
    if (nowMs - lookedMs < LOOK_MS) return
    lookedMs = nowMs
    looks = [...looks.slice(-LOOKS), { pulls: level("pulls"), concealedFrames: level("concealedFrames"), gaps: level("concealmentEvents") }]
    curve = since("packets") > 0 ? fewPoints(readDelayCurve(memory, at.store)) : []
  }

  return {
    level,
    since,
    begin() {
      base = page.slice()
      looks = []
      lookedMs = -Infinity
    },
    read(nowMs, spec, own) {
      if (since("pulls") === 0) return undefined
      look(nowMs)
      const [first] = looks
      const pulledFrames = first === undefined ? 0 : (level("pulls") - first.pulls) * blockFrames
      return {
        policy: "delayMs" in spec ? "kept" : spec.policy, own,
        minDelayMs: leastDelayMs(spec), maxDelayMs: mostDelayMs(spec),
        targetDelayMs: level("targetDelayUs") / 1000, delayMs: level("currentDelayUs") / 1000,
        bufferLevelMs: framesToMs(level("bufferLevelFrames"), rateHz),
        ratePpm: level("ratePpm"),
        concealedShare: first === undefined || pulledFrames <= 0 ? 0
          : Math.min(1, (level("concealedFrames") - first.concealedFrames) / pulledFrames),
        recentGaps: first === undefined ? 0 : level("concealmentEvents") - first.gaps,
        curve,
        concealedSamples: since("concealedFrames"), silentConcealedSamples: since("silentConcealedFrames"),
        concealmentEvents: since("concealmentEvents"),
        insertedSamplesForDeceleration: since("insertedFrames"), removedSamplesForAcceleration: since("removedFrames"),
        jitterBufferDelay: since("emittedDelayUs") / 1e6, jitterBufferTargetDelay: since("emittedTargetUs") / 1e6,
        jitterBufferEmittedCount: since("emittedFrames"),
        packetsDiscarded: since("late") + since("discarded"),
      }
    },
  }
}
