/** The latency of each path through the engine, added up from the preset. Devices are not in it: they tell theirs when opened. */
import { framesToMs } from "../../runtime/units.ts"
import type { PluginManifest } from "../../runtime/graph/plugin.ts"
import { jitterToText, leastDelayMs, LOCAL_JITTER, mostDelayMs, overJitter } from "../../runtime/preset/jitter.ts"
import type { JitterSpec, PluginUse, Preset, SourceSpec } from "../../runtime/preset/preset.ts"

/** Frames that an insert adds; undefined where only the running plugin knows. */
export type LatencyOf = (insert: PluginUse) => number | undefined

export interface PathStage {
  readonly stage: string
  readonly ms: number
  /** Where it depends on what the network does: the most that it may be; `ms` is the least. */
  readonly mostMs?: number
  /** The setting that it comes from, in words. */
  readonly setting?: string
}
export interface PathDescription {
  readonly path: string
  readonly stages: readonly PathStage[]
  readonly totalMs: number
  /** With every stage at its most; absent where none may vary. */
  readonly mostMs?: number
  /** Plugins on the path whose latency is not known before they run. */
  readonly unknown: readonly string[]
}

export const describePaths = (preset: Preset, manifests: readonly PluginManifest[], latencyOf: LatencyOf): PathDescription[] => {
  const { rateHz, blockFrames } = preset.audio
  const inMs = (frameCount: number): number => framesToMs(frameCount, rateHz)
  const capture: PathStage = { stage: "capture", ms: inMs(blockFrames) }
  // A packet fills while its blocks are captured: only what is longer than a block waits.
  const packet: PathStage = { stage: "packet", ms: inMs(Math.max(0, preset.network.packetFrames - blockFrames)) }
  const { mix: { strips }, jitter: { setting } } = preset
  const jitterOf = (spec: JitterSpec): PathStage => {
    const [ms, mostMs] = [leastDelayMs(spec), mostDelayMs(spec)]
    return ms === mostMs ? { stage: "jitter", ms } : { stage: "jitter", ms, mostMs, setting: jitterToText(spec) }
  }
  const ofStrip = (name: string, without: JitterSpec): PathStage => jitterOf(overJitter(without, (strips[name] ?? strips["*"])?.jitter))
  // Mixing itself is done inside the tick that asks for the block; what arrives between two ticks waits for the next, half a block on average.
  const mix: PathStage = { stage: "next block", ms: inMs(blockFrames) / 2 }

  const insertsOf = (strip: string): readonly PluginUse[] =>
    [...(strips[strip] ?? strips["*"])?.inserts ?? [], ...preset.mix.master.inserts]
      .filter((insert) => manifests.find((manifest) => manifest.id === insert.use)?.kind !== "tap")
  const path = (name: string, stages: readonly PathStage[], inserts: readonly PluginUse[]): PathDescription => {
    const plugins = inserts.flatMap((insert): PathStage[] => {
      const frameCount = latencyOf(insert)
      return frameCount === undefined || frameCount === 0 ? [] : [{ stage: insert.use, ms: inMs(frameCount) }]
    })
    const all = [...stages.filter((stage) => (stage.mostMs ?? stage.ms) > 0), ...plugins]
    return {
      path: name, stages: all, totalMs: all.reduce((sum, stage) => sum + stage.ms, 0),
      ...(all.some((stage) => stage.mostMs !== undefined) && { mostMs: all.reduce((sum, stage) => sum + (stage.mostMs ?? stage.ms), 0) }),
      unknown: [...new Set(inserts.filter((insert) => latencyOf(insert) === undefined).map((insert) => insert.use))],
    }
  }
  const ofSource = ({ name, local, send }: SourceSpec): PathDescription[] => [
    ...(local ? [path(`${name}, heard here`, [capture, ofStrip(name, LOCAL_JITTER), mix], insertsOf(name))] : []),
    ...(send ? [path(`${name}, sent, heard by one with this preset`, [capture, packet, ofStrip(name, setting), mix], insertsOf(name))] : []),
  ]
  const locals = new Set(preset.sources.flatMap((source) => (source.local ? [source.name] : [])))
  const named = Object.entries(strips).filter(([name, strip]) => name !== "*" && strip.jitter !== undefined && !locals.has(name))
  const ofPeer = (name: string): PathDescription =>
    path(`${name === "*" ? "a peer" : name}, from its packet's arrival`, [ofStrip(name, setting), mix], insertsOf(name))
  return [
    ...preset.sources.flatMap(ofSource),
    ...(preset.network.listen === undefined ? [] : [ofPeer("*"), ...named.map(([name]) => ofPeer(name))]),
  ]
}
