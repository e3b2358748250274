/** Asks plugins themselves how much they delay: activates each once, away from any audio. */
import { readFile } from "node:fs/promises"
import { loadPlugin } from "../../plugins/registry.ts"
import type { PluginUse, Preset } from "../../runtime/preset/preset.ts"
import type { LatencyOf } from "./latency.ts"

/** What the build made for plugins; from src/cli/graph and dist/cli/graph alike three folders up. */
const assets = new URL("../../../dist/plugins/", import.meta.url)

/**
 * Frames that an insert adds; 0 for a tap.
 * Fails  with what the plugin says
 */
export const activationLatency = async (insert: PluginUse, audio: { readonly rateHz: number; readonly blockFrames: number }): Promise<number> => {
  const plugin = await loadPlugin(insert.use)
  if (plugin.activate === undefined) return 0
  const { params } = insert
  const shared = await plugin.setup?.({ sampleRate: audio.rateHz, params, asset: (name) => readFile(new URL(`${insert.use}/${name}`, assets)) })
  const processor = plugin.activate({ sampleRate: audio.rateHz, blockFrames: audio.blockFrames, channelCount: 2, params, shared, place: "check" })
  const { latencyFrames } = processor
  processor.deactivate?.()
  return latencyFrames
}

const keyOf = (insert: PluginUse): string => JSON.stringify([insert.use, insert.params])

/** For every insert of a preset; one that cannot be activated here stays unknown. */
export const latenciesOf = async (preset: Preset): Promise<LatencyOf> => {
  const { strips, buses, master } = preset.mix
  const inserts = [...Object.values(strips), ...Object.values(buses), master].flatMap((place) => place.inserts)
  const known = new Map<string, number>()
  for (const insert of inserts) {
    if (known.has(keyOf(insert))) continue
    const latencyFrames = await activationLatency(insert, preset.audio).catch(() => undefined)
    if (latencyFrames !== undefined) known.set(keyOf(insert), latencyFrames)
  }
  return (insert) => known.get(keyOf(insert))
}
