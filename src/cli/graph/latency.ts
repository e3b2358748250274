/** The latency of each path through the engine, added up from the preset. Devices are not in it: they tell theirs when opened. */
import { framesToMs } from "../../runtime/units.ts"
import type { PluginManifest } from "../../runtime/graph/plugin.ts"
import type { PluginUse, Preset, SourceSpec } from "../../runtime/preset/preset.ts"

/** Frames that an insert adds; undefined where only the running plugin knows. */
export type LatencyOf = (insert: PluginUse) => number | undefined

export interface PathStage {
  readonly stage: string
  readonly ms: number
}
export interface PathDescription {
  readonly path: string
  readonly stages: readonly PathStage[]
  readonly totalMs: number
  /** Plugins on the path whose latency is not known before they run. */
  readonly unknown: readonly string[]
}

export const describePaths = (preset: Preset, manifests: readonly PluginManifest[], latencyOf: LatencyOf): PathDescription[] => {
  const { rateHz, blockFrames } = preset.audio
  const inMs = (frameCount: number): number => framesToMs(frameCount, rateHz)
  const capture: PathStage = { stage: "capture", ms: inMs(blockFrames) }
  // A packet fills while its blocks are captured: only what is longer than a block waits.
  const packet: PathStage = { stage: "packet", ms: inMs(Math.max(0, preset.network.packetFrames - blockFrames)) }
  const jitter: PathStage = { stage: "jitter", ms: preset.jitter.delayMs }
  // Mixing itself is done inside the tick that asks for the block; what arrives between two ticks waits for the next, half a block on average.
  const mix: PathStage = { stage: "next block", ms: inMs(blockFrames) / 2 }

  const insertsOf = (strip: string): readonly PluginUse[] =>
    [...(preset.mix.strips[strip] ?? preset.mix.strips["*"])?.inserts ?? [], ...preset.mix.master.inserts]
      .filter((insert) => manifests.find((manifest) => manifest.id === insert.use)?.kind !== "tap")
  const path = (name: string, stages: readonly PathStage[], inserts: readonly PluginUse[]): PathDescription => {
    const plugins = inserts.flatMap((insert): PathStage[] => {
      const frameCount = latencyOf(insert)
      return frameCount === undefined || frameCount === 0 ? [] : [{ stage: insert.use, ms: inMs(frameCount) }]
    })
    const all = [...stages.filter((stage) => stage.ms > 0), ...plugins]
    return {
      path: name, stages: all, totalMs: all.reduce((sum, stage) => sum + stage.ms, 0),
      unknown: [...new Set(inserts.filter((insert) => latencyOf(insert) === undefined).map((insert) => insert.use))],
    }
  }
  const ofSource = (source: SourceSpec): PathDescription[] => [
    ...(source.local ? [path(`${source.name}, heard here`, [capture, mix], insertsOf(source.name))] : []),
    ...(source.send ? [path(`${source.name}, sent, heard by one with this preset`, [capture, packet, jitter, mix], insertsOf(source.name))] : []),
  ]
  return [
    ...preset.sources.flatMap(ofSource),
    ...(preset.network.listen === undefined ? [] : [path("a peer, from its packet's arrival", [jitter, mix], insertsOf("*"))]),
  ]
}
