/** Lines of the screen, each made from the state alone. Cut and padded later. */
import type { EventKind, PartyEvent } from "../../runtime/report.ts"
import { clean, clockText, cut, dbText, left } from "../text.ts"
import { cellText, flags, isQuiet, stateMark } from "./columns.ts"
import type { Table } from "./columns.ts"
import { meter, styleOfLevel } from "./meter.ts"
import { between, span } from "./paint.ts"
import type { Line, Span, Style } from "./paint.ts"
import { shownStrip } from "./state.ts"
import type { ScreenState } from "./state.ts"

const megabyte = 1024 * 1024

export const headerLine = (state: ScreenState, columns: number): Line => {
  const stats = state.stats
  const cpu = stats?.cpu ?? 0
  const parts: Line[] = [
    stats === undefined ? [span("starting", "warm")] : state.stopping ? [span("stopping", "warm")] : [span(clockText(stats.timeMs), "bold")],
    ...(stats === undefined ? [] : [[span(`cpu ${Math.round(cpu * 100)}%`, cpu > 0.8 ? "hot" : "plain")]]),
    ...(state.address === "" ? [] : [[span(state.address, "dim")]]),
    ...(stats === undefined ? [] : [[span(`${Math.round(stats.memoryBytes / megabyte)} MB`, "dim")]]),
  ]
  const shown = columns >= 72 ? parts : columns >= 52 ? parts.slice(0, 3) : columns >= 30 ? parts.slice(0, 2) : parts.slice(0, 1)
  const rightPart = shown.flatMap((part, index) => (index === 0 ? [...part] : [span("  "), ...part]))
  return between([span(" ♪ ", "accent"), span(state.party, "bold")], [...rightPart, span(" ")], columns)
}

export const tableHead = (table: Table, shown: string): Line => [
  span(`    ${left("STRIP", table.nameWidth)}`, "dim"),
  ...table.before.map((column) => ({ ...cellText(column, span(column.title)), style: "dim" as const })),
  span(` ${left(`LEVEL${shown}`, table.meterWidth)}`, "dim"),
  ...table.after.map((column) => ({ ...cellText(column, span(column.title)), style: "dim" as const })),
]

export const stripLine = (state: ScreenState, table: Table, index: number): Line => {
  const reported = state.stats?.strips[index]
  if (reported === undefined) return []
  const strip = shownStrip(state, reported)
  const chosen = strip.name === state.chosen
  const quiet = isQuiet(strip)
  const level = state.levels.get(`strip ${strip.name}`)
  return [
    span(chosen ? "▸ " : "  ", "accent"), stateMark(strip.state), span(" "),
    span(left(clean(strip.name), table.nameWidth), chosen ? "bold" : quiet ? "dim" : "plain"),
    ...table.before.map((column) => cellText(column, column.cell(strip))),
    span(" "), ...meter(level?.levelDb ?? -Infinity, level?.holdDb ?? -Infinity, table.meterWidth, quiet),
    ...table.after.map((column) => cellText(column, column.cell(strip))),
    ...flags(strip.muted, strip.solo),
  ]
}

/** A bus or the master: no fader is reported for these, so only name, level and clipping. */
export const busLine = (state: ScreenState, table: Table, place: string, name: string, peakDb: number, clipped: number): Line => {
  const level = state.levels.get(place)
  const master = place === "master"
  const beforeWidth = table.before.reduce((cells, column) => cells + column.width + 1, 0)
  return [
    span("  "), span(master ? "◆" : "◇", master ? "accent" : "dim"), span(" "),
    span(left(clean(name), table.nameWidth + beforeWidth), master ? "bold" : "plain"), span(" "),
    ...meter(level?.levelDb ?? -Infinity, level?.holdDb ?? -Infinity, table.meterWidth, false),
    span(` ${dbText(peakDb).padStart(5)}`, styleOfLevel(peakDb)),
    ...(clipped > 0 ? [span(" "), span(` CLIP ${clipped} `, "flagHot")] : []),
  ]
}

/** "added 5.1/6.2", then each stage: median and p99 in ms. */
export const latencyParts = (state: ScreenState): Line[] => {
  const stats = state.stats
  if (stats === undefined) return []
  const pair = (name: string, p50Ms: number, p99Ms: number, style: Style): Line =>
    [span(`${name} `, "dim"), span(p50Ms.toFixed(1), style), span(`/${p99Ms.toFixed(1)}`, "dim")]
  return [
    [...pair("added", stats.addedLatency.p50Ms, stats.addedLatency.p99Ms, "accent"), span(" ms", "dim")],
    ...stats.stages.map((stage) => pair(stage.stage, stage.p50Ms, stage.p99Ms, "plain")),
  ]
}

export const engineParts = (state: ScreenState): Line[] => {
  const stats = state.stats
  if (stats === undefined) return []
  const restarted = stats.threads.filter((thread) => thread.restarts > 0)
  const restarts = restarted.reduce((sum, thread) => sum + thread.restarts, 0)
  return [
    [span("threads ", "dim"), span(String(stats.threads.length))],
    [span("restarts ", "dim"), span(restarts === 0 ? "0" : `${restarts} (${restarted.map((thread) => thread.id).join(", ")})`, restarts === 0 ? "plain" : "warm")],
    ...stats.outputs.map((output): Line => [
      span(`${output.name} `, "dim"), span(output.state),
      ...(output.deviceLatencyMs === undefined ? [] : [span(` +${output.deviceLatencyMs.toFixed(1)} ms`, "dim")]),
      ...(output.underruns + output.xruns === 0 ? [] : [span(` ${output.underruns} underruns, ${output.xruns} xruns`, "warm")]),
    ]),
    [span("packets ", "dim"), span(`${stats.network.packetsSent}↑ ${stats.network.packetsReceived}↓`)],
    ...(stats.network.malformed + stats.network.refused === 0 ? []
      : [[span(`${stats.network.malformed} malformed, ${stats.network.refused} refused`, "warm")]]),
  ]
}

export const recordingParts = (state: ScreenState): Line[] =>
  (state.stats?.recordings ?? []).map((recording): Line => {
    const style: Style = recording.state === "recording" ? "hot" : recording.state === "failed" ? "loud" : "dim"
    const name = cut(clean(recording.path.split("/").at(-1) ?? recording.path), 28)
    return [span(recording.state === "recording" ? "● " : recording.state === "failed" ? "! " : "■ ", style),
      span(clockText(recording.seconds * 1000)), span(` ${name}`, "dim")]
  })

const eventStyles: Partial<Record<EventKind, Style>> = {
  "thread failed": "loud", "recording failed": "loud", "source failed": "loud", "device lost": "hot", "plugin bypassed": "hot",
  "thread restarted": "warm", "engine restarted": "warm", "device missing": "warm", "stream refused": "warm", flood: "warm", xrun: "warm",
  underrun: "warm", overrun: "warm", missing: "warm", late: "warm", malformed: "warm", "new stream": "good", resumed: "good",
  "device opened": "good", "recording started": "good", "party started": "good", "plugin restored": "good",
}

export const eventStyle = (kind: EventKind): Style => eventStyles[kind] ?? "plain"

export const eventLine = (event: PartyEvent): Line => [
  span(`  ${clockText(event.timeMs)} `, "dim"), span(left(event.kind, 17), eventStyle(event.kind)), span(` ${event.subject}`),
  span(event.text === "" ? "" : `  ${event.text}`, "dim"),
]

export const keyLine = (state: ScreenState, columns: number): Line => {
  const wide: readonly (readonly [string, string])[] = columns >= 98 ? [["p", "policy"], ["+ -", "delay"]] : []
  const keys: readonly (readonly [string, string])[] = columns >= 76
    ? [["↑↓", "strip"], ["←→", "fader"], ["[ ]", "fine"], [", .", "pan"], ["m", "mute"], ["s", "solo"], ["0", "reset"], ...wide, ["?", "help"], ["q", "quit"]]
    : [["↑↓←→", ""], ["m", "mute"], ["s", "solo"], ["?", "help"], ["q", "quit"]]
  return (state.help ? ([["?", "back"], ["q", "quit"]] as const) : keys).flatMap(([key, does], index): Span[] =>
    [span(index === 0 ? " " : "  "), span(key, "accent"), span(does === "" ? "" : ` ${does}`, "dim")])
}
