/** One line in words about the chosen strip's jitter buffer. Pure. */
import type { DelayCurvePoint, JitterReport, StripStats } from "../../runtime/report.ts"
import { clean, cut, widthOf } from "../text.ts"
import { span, widthOfLine } from "./paint.ts"
import type { Line, Span } from "./paint.ts"

/** Delays to tell of, ms, around the one that is wanted: for a good link, a common one, a bad one. */
const scaleOf = (targetMs: number): readonly number[] => (targetMs < 3 ? [0, 1, 2, 4] : targetMs < 16 ? [4, 8, 15, 30] : [8, 15, 30, 60])
/** Less than this is as good as nothing: it prints as 0. */
const nothing = 0.0005
const longestName = 24

/** The curve leaves out what is as at the next smaller delay. */
const lostAt = (curve: readonly DelayCurvePoint[], delayMs: number): number =>
  curve.findLast((point) => point.delayMs <= delayMs)?.lostShare ?? 0

const percentText = (share: number): string => {
  const percent = share * 100
  return percent < nothing * 100 ? "0 %" : `${Number(percent.toFixed(percent >= 9.95 ? 0 : 1))} %`
}

/** count   of delays, from the shortest on */
const curveText = ({ curve, targetDelayMs }: JitterReport, count: number): string =>
  `would lose at ${scaleOf(targetDelayMs).slice(0, count).map((delayMs) => `${delayMs} ms ${percentText(lostAt(curve, delayMs))}`).join(", ")}`

/** What can be said beside the delay, from much to little. */
const choices = (jitter: JitterReport, driftPpm: number): readonly string[] => {
  const { concealedShare, curve } = jitter
  const rounded = Math.round(driftPpm)
  const filled = concealedShare >= nothing ? [`filled in ${percentText(concealedShare)}`] : []
  const drift = `drift ${rounded > 0 ? "+" : ""}${rounded} ppm`
  const curves = curve.length === 0 ? [] : [4, 3, 2].map((count) => curveText(jitter, count))
  const richest = curves.slice(0, 1).map((text) => [...filled, drift, text])
  const all = [...richest, ...curves.map((text) => [...filled, text]), [...filled, drift], filled]
  return all.map((parts) => parts.map((part) => ` · ${part}`).join(""))
}

/** "Ann  steady: 8.2 of 8.0 ms · drift +12 ppm · would lose at 4 ms 6 %, …": as much as fits. */
export const jitterLine = (strip: StripStats | undefined, columns: number): Line => {
  if (strip === undefined) return []
  const name: Span[] = [span("  "), span(cut(clean(strip.name), longestName), "bold"), span("  ")]
  const { jitter, driftPpm = 0 } = strip
  if (jitter === undefined) return [...name, span("no jitter buffer yet", "dim")]
  const line: Span[] = [...name, span(jitter.policy, "accent"), span(jitter.own ? " (its own): " : ": "),
    span(`${jitter.delayMs.toFixed(1)} of ${jitter.targetDelayMs.toFixed(1)} ms`)]
  const room = columns - widthOfLine(line)
  return [...line, span(choices(jitter, driftPpm).find((text) => widthOf(text) <= room) ?? "", "dim")]
}
