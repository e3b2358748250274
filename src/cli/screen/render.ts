/**
 * The whole screen as lines: pure, from the state and the size. Every line is exactly `columns` cells wide and there are
 * exactly `rows` of them, so that drawing never wraps, scrolls or leaves something behind.
 */
import { left } from "../text.ts"
import { planTable } from "./columns.ts"
import { jitterLine } from "./jitter-line.ts"
import { keyHelp } from "./keys.ts"
import { flow, paint, span } from "./paint.ts"
import type { Line } from "./paint.ts"
import { busLine, engineParts, eventLine, headerLine, keyLine, latencyParts, recordingParts, stripLine, tableHead } from "./rows.ts"
import { shownStrip } from "./state.ts"
import type { ScreenState } from "./state.ts"

export const renderScreen = (state: ScreenState, columns: number, rows: number): string[] => {
  const body = state.help ? helpLines(rows - 2) : partyLines(state, columns, rows - 2)
  const lines = rows < 2 ? [headerLine(state, columns)]
    : [headerLine(state, columns), ...padded(body, rows - 2), keyLine(state, columns)]
  return lines.slice(0, rows).map((line) => paint(line, columns, state.colour))
}

const padded = (lines: readonly Line[], count: number): Line[] =>
  Array.from({ length: Math.max(0, count) }, (_, index) => lines[index] ?? [])

const helpLines = (rows: number): Line[] => [
  ...(rows > keyHelp.length ? [[]] : []),
  ...keyHelp.map(([keys, does]): Line => [span(`  ${left(keys, 18)}`, "accent"), span(does)]),
  ...(rows > keyHelp.length + 5 ? [[], [span("  ● live  ○ silent  ◌ waiting  × gone  ■ ended  ! failed", "dim")],
    [span("  Latency in ms, median and p99; «added» is capture ring to playback ring.", "dim")],
    [span("  Delay of the jitter buffer in ms, and the one wanted; what others would have lost is of the last minute.", "dim")]] : []),
]

/** Shares out rows in order of importance; who asks later gets what is left. */
const createRoom = (rows: number): ((wanted: number) => number) => {
  let free = Math.max(0, rows)
  return (wanted) => {
    const got = Math.min(free, Math.max(0, wanted))
    free -= got
    return got
  }
}

const partyLines = (state: ScreenState, columns: number, rows: number): Line[] => {
  const stats = state.stats
  if (stats === undefined) return [[], ...state.events.slice(-Math.max(1, rows - 1)).map(eventLine)]
  const table = planTable(columns, [...stats.strips.map((strip) => strip.name), ...stats.buses.map((bus) => bus.name)])
  const indent: Line = [span("  ")]
  const latency = flow(latencyParts(state), columns, 3, indent)
  const engine = flow(engineParts(state), columns, 2, indent)
  const recordings = flow(recordingParts(state), columns, rows >= 38 ? 3 : 1, indent)

  const take = createRoom(rows)
  const master = take(1)
  let strips = take(Math.min(4, stats.strips.length))
  const head = take(rows >= 6 ? 1 : 0)
  const latencyRows = take(Math.min(1, latency.length))
  const recordingRows = take(Math.min(1, recordings.length))
  // Its row is there whatever strip is chosen, so that nothing jumps.
  const jitterRows = take(stats.strips.length > 0 && rows >= 10 ? 1 : 0)
  const someEvents = take(Math.min(2, state.events.length))
  const busRows = take(Math.min(3, stats.buses.length))
  const engineRows = take(Math.min(1, engine.length))
  strips += take(stats.strips.length - strips)
  const gaps = take(3)
  const restLatency = take(latency.length - latencyRows)
  const restBuses = take(stats.buses.length - busRows)
  const restEngine = take(engine.length - engineRows)
  const restRecordings = take(recordings.length - recordingRows)
  const events = someEvents + take(state.events.length - someEvents)

  const chosenAt = Math.max(0, stats.strips.findIndex((strip) => strip.name === state.chosen))
  const chosen = stats.strips[chosenAt]
  const first = Math.min(Math.max(0, chosenAt - Math.floor(strips / 2)), stats.strips.length - strips)
  const hidden = stats.strips.length > strips ? ` ${chosenAt + 1}/${stats.strips.length}` : ""
  const gap = (at: number): Line[] => (gaps >= at ? [[]] : [])
  return [
    ...gap(2),
    ...(head > 0 ? [tableHead(table, hidden)] : []),
    ...Array.from({ length: strips }, (_, index) => stripLine(state, table, first + index)),
    ...stats.buses.slice(0, busRows + restBuses).map((bus) => busLine(state, table, `bus ${bus.name}`, bus.name, bus.peakDb, bus.clipped)),
    ...(master > 0 ? [busLine(state, table, "master", "master", stats.master.peakDb, stats.master.clipped)] : []),
    ...gap(1),
    ...(jitterRows > 0 ? [jitterLine(chosen === undefined ? undefined : shownStrip(state, chosen), columns)] : []),
    ...latency.slice(0, latencyRows + restLatency),
    ...engine.slice(0, engineRows + restEngine),
    ...recordings.slice(0, recordingRows + restRecordings),
    ...gap(3),
    ...(events === 0 ? [] : state.events.slice(-events).map(eventLine)),
  ]
}
