/** Figures as text. */
import type { ModelScores } from "./run.ts"

export interface Row {
  readonly model: string
  readonly buffer: string
  readonly scores: ModelScores
}

/** What the geometric mean of j over the oracle's best should be at most, by packet length in ms. */
export const TARGETS: ReadonlyMap<number, number> = new Map([[2.5, 1.28], [5, 1.25], [10, 1.22]])

const number = (value: number, digits: number, width: number): string =>
  (Number.isNaN(value) ? "-" : value.toFixed(digits)).padStart(width)

const HEAD = [
  "model".padEnd(13), "buffer".padEnd(11), "delay".padStart(7), "p95".padStart(7), "conceal".padStart(8), "events".padStart(7),
  "recover".padStart(8), "worst".padStart(6), "audio".padStart(6), "rate".padStart(7), "start".padStart(6), "J".padStart(8), "J*".padStart(7),
  "J/J*".padStart(6),
].join(" ")
const UNITS = [
  "".padEnd(25), "ms".padStart(7), "ms".padStart(7), "%".padStart(8), "/min".padStart(7), "ms".padStart(8), "ms".padStart(6),
  "ms".padStart(6), "ppm".padStart(7), "ms".padStart(6), "ms".padStart(8), "ms".padStart(7), "".padStart(6),
].join(" ")

const line = ({ model, buffer, scores }: Row): string => [
  model.padEnd(13), buffer.padEnd(11), number(scores.delayMs, 2, 7), number(scores.p95DelayMs, 2, 7),
  number(scores.concealedPercent, 3, 8), number(scores.eventsPerMinute, 1, 7), number(scores.recoveryMs, 1, 8),
  number(scores.worstRecoveryMs, 0, 6), number(scores.recoveryAudioMs, 1, 6), number(scores.rateDeviationPpm, 0, 7),
  number(scores.startUpMs, 1, 6), number(scores.j, 2, 8), number(scores.bestJ, 2, 7), number(scores.ratio, 3, 6),
].join(" ")

export const table = (rows: readonly Row[]): string =>
  [HEAD, UNITS, ...rows.map((row, i) => (i > 0 && row.model !== rows[i - 1]?.model ? `\n${line(row)}` : line(row)))].join("\n")

export const geometricMean = (values: readonly number[]): number =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length)

/** One line a buffer: its mean ratio over all models. */
export function summary(rows: readonly Row[], packetMs: number): string {
  const buffers = [...new Set(rows.map((row) => row.buffer))]
  return buffers.map((buffer) => {
    const own = rows.filter((row) => row.buffer === buffer).map((row) => row.scores)
    const mean = (of: (scores: ModelScores) => number): number => own.reduce((sum, scores) => sum + of(scores), 0) / own.length
    const ratio = geometricMean(own.map((scores) => scores.ratio))
    const target = TARGETS.get(packetMs)
    const verdict = buffer === "steady" && target !== undefined ? `  target ${target}: ${ratio <= target ? "met" : "NOT met"}` : ""
    return `${`${packetMs} ms`.padEnd(13)} ${buffer.padEnd(11)} geometric mean of J/J* ${number(ratio, 3, 7)}` +
      `   mean delay ${number(mean((s) => s.delayMs), 1, 6)} ms   mean concealed ${number(mean((s) => s.concealedPercent), 2, 6)} %` +
      `   largest rate deviation ${number(Math.max(...own.map((s) => s.rateDeviationPpm)), 0, 6)} ppm${verdict}`
  }).join("\n")
}
