/** A graph for people: what `check` prints. */
import type { PluginManifest } from "../../runtime/graph/plugin.ts"
import type { Preset } from "../../runtime/preset/preset.ts"
import { framesToMs } from "../../runtime/units.ts"
import { clean, left, widthOf } from "../text.ts"
import { describe } from "./describe.ts"
import type { BusDescription, GraphDescription, InsertDescription, StripDescription } from "./describe.ts"
import type { LatencyOf, PathDescription } from "./latency.ts"

const ms = (value: number): string => `${value.toFixed(1)} ms`

const insertText = (insert: InsertDescription): string => {
  const params = Object.entries(insert.params).map(([name, value]) => `${name} ${value}`).join(", ")
  return params === "" ? insert.use : `${insert.use} (${params})`
}

/** A bus has its fader behind its inserts; the master before them, so that a limiter has the last word. */
const busText = (bus: BusDescription): string => [...bus.inserts.map(insertText), `gain ${bus.gain}`, "master"].join(" → ")
const masterText = (master: BusDescription, outputs: readonly string[]): string =>
  [`gain ${master.gain}`, ...master.inserts.map(insertText), outputs.join(" + ")].join(" → ")

const stripText = (strip: StripDescription): string => {
  const sends = Object.entries(strip.sends).map(([bus, level]) => `${bus} ${level}`)
  const inserts = strip.inserts.map(insertText)
  const jitter = strip.jitter === undefined ? [] : [`jitter ${strip.jitter}`]
  const fader = `gain ${strip.gain}, pan ${strip.pan}${strip.mute ? ", muted" : ""}`
  return [...jitter, ...inserts, fader, ["master", ...sends].join(" + ")].join(" → ")
}

const pathText = (path: PathDescription): string => {
  const unknown = path.unknown.length === 0 ? "" : `, and what ${path.unknown.join(", ")} adds`
  const range = (least: number, most: number | undefined): string => (most === undefined ? least.toFixed(1) : `${least.toFixed(1)} to ${most.toFixed(1)}`)
  const stages = path.stages.map((stage) => `${stage.stage}${stage.setting === undefined ? "" : ` (${stage.setting})`} ${range(stage.ms, stage.mostMs)}`)
  return `${stages.join(" + ")} = ${range(path.totalMs, path.mostMs)} ms${unknown}`
}

/** A heading and its rows, names in a column of their own. */
const section = (title: string, rows: readonly (readonly [string, string])[]): string[] => {
  if (rows.length === 0) return []
  const nameWidth = Math.min(44, Math.max(...rows.map(([name]) => widthOf(clean(name)))))
  return ["", title, ...rows.map(([name, text]) => `  ${left(clean(name), nameWidth)}  ${clean(text)}`.trimEnd())]
}

const networkRows = ({ network, audio, jitter }: GraphDescription): (readonly [string, string])[] => [
  ["listens on", network.listen === "none" ? "nothing" : `${network.listen}, for up to ${network.peers} peers${network.loopback ? ", itself too" : ""}`],
  ["sends to", network.send.length === 0 ? "nobody"
    : `${network.send.join(", ")} as ${network.codec}, ${network.packetFrames} frames (${ms(framesToMs(network.packetFrames, audio.rateHz))}) a packet`],
  ["interface", network.interface],
  ["jitter buffers", jitter],
]

export const graphText = (graph: GraphDescription): string => [
  `${clean(graph.party)}: ${graph.audio.rateHz} Hz, blocks of ${graph.audio.blockFrames} frames `
    + `(${ms(framesToMs(graph.audio.blockFrames, graph.audio.rateHz))}), devices by ${graph.audio.backend}`,
  ...section("network", networkRows(graph)),
  ...section("sources", graph.sources.map((source) => {
    const channels = source.channels === "as the file" ? "" : source.channels === 1 ? ", mono" : ", stereo"
    const to = [...source.sentTo, ...(source.local ? ["its strip"] : [])]
    return [source.name, `${source.from}${channels}, gain ${source.gain} → ${to.length === 0 ? "nowhere" : to.join(" + ")}`] as const
  })),
  ...section("strips", graph.strips.map((strip) => [strip.name === "*" ? "* (all others)" : strip.name, stripText(strip)] as const)),
  ...section("buses", graph.buses.map((bus) => [bus.name, busText(bus)] as const)),
  ...section("master", [["master", masterText(graph.master, graph.outputs)]]),
  ...section("latency, without the devices' own", graph.paths.map((path) => [path.path, pathText(path)] as const)),
  ...(graph.log === undefined ? [] : ["", `log  ${clean(graph.log)}`]),
].join("\n")

/** The graph that a preset would run, as text. Pure. */
export const describeGraph = (preset: Preset, manifests: readonly PluginManifest[], latencyOf?: LatencyOf): string =>
  graphText(describe(preset, manifests, latencyOf))
