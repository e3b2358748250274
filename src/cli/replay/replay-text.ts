/** A replay in words and columns. */
import type { DelayCurvePoint } from "../../runtime/jitter/delay-curve.ts"
import type { TraceOverview, TraceStream } from "../../runtime/trace/overview.ts"
import type { ReplayedStream, ReplayResult, ReplayRun } from "../../runtime/trace/replay.ts"
import { clean, clockText, left, right } from "../text.ts"

export interface ReplayFacts {
  readonly overview: TraceOverview
  readonly result: ReplayResult
  readonly cutBytes: number
  /** What was asked instead: "tight". */
  readonly asked?: string
  /** Time that it took, ms. */
  readonly tookMs: number
  readonly wavs: readonly string[]
}

const count = (value: number): string => Math.round(value).toLocaleString("en-US")
const many = (value: number, word: string): string => `${count(value)} ${word}${value === 1 ? "" : "s"}`

/** "01:02.345", counted from the trace's first round. */
const timeText = ({ fromUs }: TraceOverview, timeUs: number): string => {
  const ms = Math.max(0, Math.round((timeUs - fromUs) / 1000))
  return `${clockText(ms)}.${String(ms % 1000).padStart(3, "0")}`
}

export const nameOf = ({ streams }: TraceOverview, { slot, ssrc }: { readonly slot: number; readonly ssrc: number }): TraceStream =>
  streams.find((stream) => stream.slot === slot && stream.ssrc === ssrc) ?? { slot, ssrc, name: `slot ${slot + 1}`, address: "", format: "" }

/** How much of the stream's time a second of computing replays. */
export const speedOf = ({ overview, tookMs }: ReplayFacts): number => (overview.toUs - overview.fromUs) / 1000 / Math.max(1, tookMs)

const rows: readonly (readonly [string, (run: ReplayRun) => string])[] = [
  ["delay, mean", ({ figures }) => `${figures.delayMs.toFixed(2)} ms`],
  ["target, mean", ({ figures }) => `${figures.targetMs.toFixed(2)} ms`],
  ["concealed", ({ figures }) => `${(figures.concealedShare * 100).toFixed(3)} %`],
  ["", ({ figures }) => many(figures.concealedFrames, "frame")],
  ["", ({ figures }) => many(figures.concealmentEvents, "gap")],
  ["too late", ({ figures }) => many(figures.late, "packet")],
  ["had come before", ({ figures }) => many(figures.repeated, "packet")],
  ["out of reach", ({ figures }) => many(figures.discarded, "packet")],
  ["slips, resets", ({ figures }) => `${count(figures.slips)}, ${count(figures.resets)}`],
  ["drift at the end", ({ figures }) => `${figures.driftPpm.toFixed(1)} ppm`],
  ["rate deviation", ({ rate }) => `${rate.meanPpm.toFixed(1)} ppm, ${rate.mostPpm.toFixed(0)} at most`],
]

const LABEL = 18
const COLUMN = 24

const CURVE_MS: ReadonlySet<number> = new Set([0, 2, 5, 8, 10, 15, 20, 30, 40, 60])
const curveText = (curve: readonly DelayCurvePoint[]): string =>
  curve.filter(({ delayMs }) => CURVE_MS.has(delayMs))
    .map(({ delayMs, lostShare }) => `${delayMs} ms ${(lostShare * 100).toFixed(2)} %`).join(", ")

const streamText = ({ overview, asked }: ReplayFacts, stream: ReplayedStream): string => {
  const { name, address, format } = nameOf(overview, stream)
  const runs = stream.whatIf === undefined ? [stream.run] : [stream.run, stream.whatIf]
  const received = ["lost", "duplicate", "reordered"].map((field) => `${count(Math.max(0, stream.received[field] ?? 0))} ${field}`).join(", ")
  const curve = curveText(stream.run.curve)
  return [
    `${[name, address, format].filter((part) => part !== "").map(clean).join("  ")}  ${timeText(overview, stream.fromUs)} to ${timeText(overview, stream.toUs)}`,
    ...(stream.foreign ? ["  its state is of another version of the buffer: it begins empty, and is not compared"] : []),
    ...(asked === undefined ? [] : [`  ${left("", LABEL)}${right("recorded", COLUMN)}${right(asked, COLUMN)}`]),
    ...rows.map(([label, text]) => `  ${left(label, LABEL)}${runs.map((run) => right(text(run), COLUMN)).join("")}`),
    `  on the network: ${received}`,
    ...(curve === "" ? [] : [`  would be lost at a delay of: ${curve}`]),
  ].join("\n")
}

/** Whether every pull did what was recorded. */
export function verdictText({ overview, result }: ReplayFacts): string {
  const names = new Set(result.streams.map(({ slot, ssrc }) => `${slot} ${ssrc}`)).size
  const of = `${many(result.pulls, "pull")} of ${many(names, "stream")}`
  const { first } = result
  if (first === undefined) return result.streams.some(({ foreign }) => foreign) ? `not compared in all: ${of}` : `identical: ${of}`
  const place = `${timeText(overview, first.timeUs)}, ${clean(nameOf(overview, first).name)}, its pull ${count(first.pull)}`
  const sides = `  ${first.what} recorded: ${first.recorded}\n  ${first.what} replayed: ${first.replayed}`
  return `differs: ${count(result.differing)} of ${of}; the first at ${place}\n${sides}`
}

export function replayText(facts: ReplayFacts): string {
  const { overview: { header, fromUs, toUs, ended, lost }, result, cutBytes, tookMs, wavs } = facts
  const last = header.lastMs === undefined ? "" : `, the last ${count(header.lastMs / 1000)} s`
  const ending = ended ? "" : `; it was cut off${cutBytes === 0 ? "" : `, ${many(cutBytes, "byte")} of a record left out`}`
  return [
    `${clean(header.party)}: ${timeText({ ...facts.overview, fromUs: 0 }, toUs - fromUs)}${last}, ${header.rateHz} Hz, blocks of ${header.blockFrames}${ending}`,
    `recorded by wifi-party ${clean(header.program)}, node ${clean(header.node)}`,
    ...(lost > 0 ? [`${many(lost, "record")} were left out while it was made: the disk was too slow`] : []),
    ...result.streams.map((stream) => `\n${streamText(facts, stream)}`),
    ...(wavs.length === 0 ? [] : ["", ...wavs.map((path) => `written: ${path}`)]),
    "", `${verdictText(facts)}, ${(tookMs / 1000).toFixed(2)} s, ${speedOf(facts).toFixed(0)} times real time`,
  ].join("\n")
}
