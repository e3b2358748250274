/**
 * The graph that a preset would run: where sound comes from, what it passes and where it ends, with the latency of each path.
 * Pure; plain data, which `--json` prints as it is.
 */
import type { ParamValue, PluginManifest } from "../../runtime/graph/plugin.ts"
import { parameterToText } from "../../runtime/preset/describe.ts"
import { jitterToText, LOCAL_JITTER, overJitter } from "../../runtime/preset/jitter.ts"
import type { BusSpec, Endpoint, OutputSpec, PluginUse, Preset, SourceSpec, StripSpec } from "../../runtime/preset/preset.ts"
import { quantityToText } from "../../runtime/preset/units-syntax.ts"
import { describePaths } from "./latency.ts"
import type { LatencyOf, PathDescription } from "./latency.ts"

export interface InsertDescription {
  readonly use: string
  readonly kind: PluginManifest["kind"]
  /** As a preset would write them; only what differs from the plugin's defaults. */
  readonly params: Readonly<Record<string, string>>
}
export interface SourceDescription {
  readonly name: string
  readonly from: string
  readonly channels: number | "as the file"
  readonly gain: string
  readonly sentTo: readonly string[]
  readonly local: boolean
}
export interface BusDescription {
  readonly name: string
  readonly gain: string
  readonly inserts: readonly InsertDescription[]
}
export interface StripDescription extends BusDescription {
  readonly pan: number
  readonly mute: boolean
  /** What the strip has of its own, in words. */
  readonly jitter?: string
  readonly sends: Readonly<Record<string, string>>
}
export interface GraphDescription {
  readonly party: string
  readonly audio: Preset["audio"]
  readonly network: Omit<Preset["network"], "listen" | "send"> & { readonly listen: string; readonly send: readonly string[] }
  /** How long peers' streams wait, in words. */
  readonly jitter: string
  readonly sources: readonly SourceDescription[]
  readonly strips: readonly StripDescription[]
  readonly buses: readonly BusDescription[]
  readonly master: BusDescription
  readonly outputs: readonly string[]
  readonly paths: readonly PathDescription[]
  readonly log?: string
}

export const endpointText = (endpoint: Endpoint): string => `${endpoint.address}:${endpoint.port}`

const gainText = (gainDb: number): string => quantityToText("dB", gainDb)

const sourceText = (input: SourceSpec["input"]): string => {
  switch (input.kind) {
    case "device": return `device ${input.device}`
    case "file": return `file ${input.path}${input.loop ? ", looped" : ""}`
    case "tone": return `tone ${quantityToText("Hz", input.hz)}`
  }
}

const outputText = (output: OutputSpec): string =>
  output.kind === "null" ? "null (a virtual clock, no sound)" : output.kind === "device" ? `device ${output.device}` : `file ${output.path}`

const describeInsert = (insert: PluginUse, manifests: readonly PluginManifest[]): InsertDescription => {
  const manifest = manifests.find((candidate) => candidate.id === insert.use)
  const params: [string, string][] = Object.entries(insert.params).flatMap(([name, value]: [string, ParamValue]): [string, string][] => {
    const spec = manifest?.params[name]
    if (spec === undefined) return [[name, String(value)]]
    return value === spec.default ? [] : [[name, parameterToText(spec, value)]]
  })
  return { use: insert.use, kind: manifest?.kind ?? "insert", params: Object.fromEntries(params) }
}

/**
 * latencyOf   frames that an insert adds, where known; an unknown one is named in the path
 */
export const describe = (preset: Preset, manifests: readonly PluginManifest[], latencyOf: LatencyOf = () => undefined): GraphDescription => {
  const { listen, send, ...network } = preset.network
  const sentTo = send.map(endpointText)
  const locals = new Set(preset.sources.flatMap((source) => (source.local ? [source.name] : [])))
  const bus = (name: string, spec: BusSpec): BusDescription =>
    ({ name, gain: gainText(spec.gainDb), inserts: spec.inserts.map((insert) => describeInsert(insert, manifests)) })
  const strip = (name: string, spec: StripSpec): StripDescription => ({
    ...bus(name, spec), pan: spec.pan, mute: spec.mute,
    ...(spec.jitter !== undefined && { jitter: jitterToText(overJitter(locals.has(name) ? LOCAL_JITTER : preset.jitter.setting, spec.jitter)) }),
    sends: Object.fromEntries(Object.entries(spec.sends).map(([to, levelDb]) => [to, gainText(levelDb)])),
  })
  return {
    party: preset.party,
    audio: preset.audio,
    network: { ...network, listen: listen === undefined ? "none" : endpointText(listen), send: sentTo },
    jitter: jitterToText(preset.jitter.setting),
    sources: preset.sources.map((source) => ({
      name: source.name, from: sourceText(source.input), channels: source.channelCount ?? (source.input.kind === "file" ? "as the file" : 1),
      gain: gainText(source.gainDb), sentTo: source.send ? sentTo : [], local: source.local,
    })),
    strips: Object.entries(preset.mix.strips).map(([name, spec]) => strip(name, spec)),
    buses: Object.entries(preset.mix.buses).map(([name, spec]) => bus(name, spec)),
    master: bus("master", preset.mix.master),
    outputs: preset.outputs.map(outputText),
    paths: describePaths(preset, manifests, latencyOf),
    ...(preset.log === undefined ? {} : { log: preset.log }),
  }
}
