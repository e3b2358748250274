/** The table of strips: its columns, which of them fit, and the cells of a row. */
import type { StripState, StripStats } from "../../runtime/report.ts"
import { clean, dbText, left, right, widthOf } from "../text.ts"
import { styleOfLevel } from "./meter.ts"
import { span } from "./paint.ts"
import type { Span, Style } from "./paint.ts"

export interface Column {
  readonly title: string
  /** Cells, without the gap in front. */
  readonly width: number
  /** The terminal must be at least so wide. */
  readonly fromColumns: number
  readonly align: "left" | "right"
  cell(strip: StripStats): Span
}

const stateLook: Readonly<Record<StripState, readonly [mark: string, style: Style]>> = {
  live: ["●", "good"], silent: ["○", "dim"], waiting: ["◌", "warm"], gone: ["×", "dim"], ended: ["■", "dim"], failed: ["!", "loud"],
}

/** The coloured mark of a strip's state. */
export const stateMark = (state: StripState): Span => span(stateLook[state][0], stateLook[state][1])

/** Whether a strip makes no sound just now, so that its row is drawn in the shade. */
export const isQuiet = (strip: StripStats): boolean => strip.state === "gone" || strip.state === "ended" || strip.muted

const panText = (pan: number): string => {
  const percent = Math.round(Math.abs(pan) * 100)
  return percent === 0 ? "C" : `${pan < 0 ? "L" : "R"}${percent}`
}

const numberCell = (value: number | undefined, digits: number, style: Style = "plain"): Span =>
  value === undefined ? span("–", "dim") : span(value.toFixed(digits), style)

const lossCell = (ratio: number | undefined): Span => {
  if (ratio === undefined) return span("–", "dim")
  const percent = ratio * 100
  return span(`${percent.toFixed(percent >= 9.95 ? 0 : 1)}%`, percent >= 2 ? "hot" : percent > 0 ? "warm" : "plain")
}

const stateColumn: Column = {
  title: "STATE", width: 7, fromColumns: 100, align: "left", cell: (strip) => span(strip.state, stateLook[strip.state][1]),
}

/** In the order of the screen, after the meter. */
const afterMeter: readonly Column[] = [
  { title: "dB", width: 5, fromColumns: 36, align: "right", cell: (strip) => span(dbText(strip.peakDb), isQuiet(strip) ? "dim" : styleOfLevel(strip.peakDb)) },
  { title: "GAIN", width: 5, fromColumns: 30, align: "right", cell: (strip) => span(dbText(strip.gainDb, true)) },
  { title: "PAN", width: 4, fromColumns: 64, align: "right", cell: (strip) => span(panText(strip.pan), strip.pan === 0 ? "dim" : "plain") },
  { title: "DELAY", width: 5, fromColumns: 56, align: "right", cell: (strip) => numberCell(strip.jitter?.delayMs, 1) },
  { title: "TARGET", width: 6, fromColumns: 88, align: "right", cell: (strip) => numberCell(strip.jitter?.targetDelayMs, 1) },
  { title: "LOSS", width: 5, fromColumns: 50, align: "right", cell: (strip) => lossCell(strip.lossRatio) },
  { title: "JITTER", width: 6, fromColumns: 112, align: "right", cell: (strip) => numberCell(strip.jitterMs, 2) },
  { title: "DRIFT", width: 6, fromColumns: 104, align: "right", cell: (strip) => numberCell(strip.driftPpm, 1) },
  { title: "FILLED", width: 6, fromColumns: 124, align: "right", cell: (strip) => lossCell(strip.jitter?.concealedShare) },
  { title: "SLIPS", width: 5, fromColumns: 130, align: "right", cell: (strip) => numberCell(strip.counters?.slips, 0) },
  { title: "E2E", width: 5, fromColumns: 72, align: "right", cell: (strip) => numberCell(strip.endToEndMs, 1, "accent") },
  { title: "FROM", width: 21, fromColumns: 150, align: "left", cell: (strip) => span(strip.address ?? strip.kind, "dim") },
]

export interface Table {
  readonly nameWidth: number
  readonly meterWidth: number
  readonly before: readonly Column[]
  readonly after: readonly Column[]
}

const flagsWidth = 3
const edges = 4 // cursor, gap, mark, gap

/** What fits into so many columns; the meter takes what is left. */
export const planTable = (columns: number, names: readonly string[]): Table => {
  const before = stateColumn.fromColumns <= columns ? [stateColumn] : []
  const after = afterMeter.filter((column) => column.fromColumns <= columns)
  const wanted = names.reduce((widest, name) => Math.max(widest, widthOf(clean(name))), 6)
  const nameWidth = Math.min(wanted, Math.max(6, Math.floor(columns / 6)))
  const taken = [...before, ...after].reduce((cells, column) => cells + column.width + 1, edges + nameWidth + 1 + flagsWidth + 1)
  return { nameWidth, meterWidth: Math.max(0, columns - taken - 1), before, after }
}

/** A cell, padded to its column, with the gap in front. */
export const cellText = (column: Column, piece: Span): Span =>
  ({ text: ` ${column.align === "left" ? left(piece.text, column.width) : right(piece.text, column.width)}`, style: piece.style })

export const flags = (muted: boolean, solo: boolean): Span[] => [
  span(" "), span("M", muted ? "flagHot" : "dim"), span(" "), span("S", solo ? "flagWarm" : "dim"),
]
