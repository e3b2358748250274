/**
 * Makes the processors of a plan before audio flows: loads each plugin, lets it prepare, activates it for the channel counts that
 * its chain may meet.
 *
 * Thread: setup      Realtime: no
 */
import { messageOf, PluginError } from "../errors.ts"
import type { MixPlan, SlotPlan } from "./plan.ts"
import type { ParamSpecs, PluginModule, PluginProcessor } from "./plugin.ts"

/** Where plugins come from. */
export interface PluginSource {
  loadPlugin(pluginId: string): Promise<PluginModule>
  /** Bytes of a file beside a plugin's module. */
  asset(pluginId: string, name: string): Promise<Uint8Array>
}

/** A slot's processor, one variant for each channel count. */
export interface LoadedSlot {
  readonly params: ParamSpecs
  readonly mono?: PluginProcessor
  readonly stereo?: PluginProcessor
}

/** By chain and slot; undefined for a tap. */
export type Processors = readonly (readonly (LoadedSlot | undefined)[])[]

const checked = (processor: PluginProcessor): PluginProcessor => {
  const { latencyFrames, tailFrames } = processor
  if (!(Number.isInteger(latencyFrames) && latencyFrames >= 0)) {
    throw new Error(`latencyFrames is ${latencyFrames}, not a frame count`)
  }
  if (!(tailFrames >= 0)) throw new Error(`tailFrames is ${tailFrames}, not a frame count`)
  return processor
}

const loadSlot = async (
  plan: MixPlan, slot: SlotPlan, channelCounts: readonly (1 | 2)[], source: PluginSource,
): Promise<LoadedSlot> => {
  const { pluginId, params, place } = slot
  const { manifest, setup, activate } = await source.loadPlugin(pluginId)
  if (manifest.api !== 1) throw new Error(`its api is ${String(manifest.api)}, this host speaks 1`)
  if (activate === undefined) throw new Error("an insert must have activate")
  const shared = await setup?.({ sampleRate: plan.rateHz, params, asset: (name) => source.asset(pluginId, name) })
  const make = (channelCount: 1 | 2): PluginProcessor =>
    checked(activate({ sampleRate: plan.rateHz, blockFrames: plan.blockFrames, channelCount, params, shared, place }))
  return {
    params: manifest.params,
    ...(channelCounts.includes(1) ? { mono: make(1) } : {}),
    ...(channelCounts.includes(2) ? { stereo: make(2) } : {}),
  }
}

/**
 * Loads and activates every processor of the plan.
 *
 * Fails    PluginError naming the place and the plugin; what was active by then is deactivated
 */
export async function loadProcessors(plan: MixPlan, source: PluginSource): Promise<Processors> {
  const loads = plan.chains.map((chain) =>
    chain.slots.map(async (slot) => {
      if (slot.tap >= 0) return undefined
      try {
        return await loadSlot(plan, slot, chain.channelCounts, source)
      } catch (error) {
        const where = `${slot.path} (${slot.place}): plugin "${slot.pluginId}"`
        throw new PluginError(slot.pluginId, `${where}: ${messageOf(error)}`, { cause: error })
      }
    }))
  const settled = await Promise.all(loads.map((chain) => Promise.allSettled(chain)))
  const failure = settled.flat().find((slot) => slot.status === "rejected")
  const processors = settled.map((chain) => chain.map((slot) => (slot.status === "fulfilled" ? slot.value : undefined)))
  if (failure === undefined) return processors
  deactivateProcessors(processors)
  throw failure.reason
}

/** Ends every processor; each gets its last call even if another one's fails. */
export function deactivateProcessors(processors: Processors): void {
  for (const loaded of processors.flat()) {
    for (const processor of [loaded?.mono, loaded?.stereo]) {
      try {
        processor?.deactivate?.()
      } catch {
        // It is being given up; nobody is left who could do anything about it.
      }
    }
  }
}
