/**
 * Notices when the delay of a stream has changed by a lot and has stayed there, and says of it what the figures can say: what the
 * delay before would have lost of the last minute's audio, what this one would have, and how many gaps there were lately.
 *
 * Pure; time is that of the reports. Thread: main      Realtime: no
 */
import type { DelayCurvePoint, PartyStats, StripStats } from "../../runtime/report.ts"

/** A change is told when it is at least so long, ms, and by at least this share of what it was. */
const LEAST_MS = 5
const LEAST_SHARE = 0.3
/** A stream that has just begun, or whose setting has just changed, is finding its delay. */
const SETTLING_MS = 5000
/** So long must a delay stay to be told. */
const STAYS_MS = 1500

interface Watched {
  readonly setting: string
  sinceMs: number
  toldMs: number
  /** Since when the delay is another one; Infinity: it is not. */
  changedAtMs: number
}

export interface DelayChange {
  readonly strip: string
  readonly text: string
  readonly data: { readonly fromMs: number; readonly toMs: number }
}

/** Share of the last minute's audio that a delay would have lost; undefined: the curve does not say. */
const lostAt = (curve: readonly DelayCurvePoint[], delayMs: number): number | undefined => {
  const point = curve.findLast((each) => each.delayMs <= delayMs)
  return point === curve.at(-1) && point !== undefined && delayMs > point.delayMs && point.lostShare > 0 ? undefined : point?.lostShare
}

const percent = (share: number): string => `${Number((share * 100).toPrecision(2))} %`
const short = (valueMs: number): string => `${valueMs.toFixed(1)} ms`

const why = (curve: readonly DelayCurvePoint[], fromMs: number, toMs: number, gaps: number): string => {
  const before = lostAt(curve, fromMs)
  const now = lostAt(curve, toMs)
  const lost = before === undefined || now === undefined ? ""
    : `: of the last minute ${percent(before)} would have been lost at ${short(fromMs)}, ${percent(now)} at ${short(toMs)}`
  return gaps === 0 ? lost : `${lost}; ${gaps} gap${gaps === 1 ? "" : "s"} in the last 10 s`
}

/** Returns  a function that looks at a report and gives what is to be told of it */
export function createDelayWatch(): (stats: PartyStats) => readonly DelayChange[] {
  const watched = new Map<string, Watched>()

  const look = ({ name, jitter, kind }: StripStats, timeMs: number): DelayChange | undefined => {
    if (jitter === undefined || kind !== "peer") return undefined
    const { targetDelayMs: target } = jitter
    const setting = `${jitter.policy} ${jitter.minDelayMs} ${jitter.maxDelayMs}`
    const known = watched.get(name)
    if (known === undefined || known.setting !== setting || timeMs - known.sinceMs < SETTLING_MS) {
      const sinceMs = known?.setting === setting ? known.sinceMs : timeMs
      watched.set(name, { setting, sinceMs, toldMs: target, changedAtMs: Infinity })
      return undefined
    }
    const { toldMs } = known
    if (Math.abs(target - toldMs) < Math.max(LEAST_MS, toldMs * LEAST_SHARE)) {
      known.changedAtMs = Infinity
      return undefined
    }
    known.changedAtMs = Math.min(known.changedAtMs, timeMs)
    if (timeMs - known.changedAtMs < STAYS_MS) return undefined
    known.toldMs = target
    known.changedAtMs = Infinity
    const text = `from ${short(toldMs)} to ${short(target)}${why(jitter.curve, toldMs, target, jitter.recentGaps)}`
    return { strip: name, text, data: { fromMs: Number(toldMs.toFixed(1)), toMs: Number(target.toFixed(1)) } }
  }

  return ({ strips, timeMs }) => {
    const names = new Set(strips.map((strip) => strip.name))
    for (const name of watched.keys()) if (!names.has(name)) watched.delete(name)
    return strips.flatMap((strip) => look(strip, timeMs) ?? [])
  }
}
