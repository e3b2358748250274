/**
 * The mix as a flat plan: every strip, seat, bus and chain with a number, made once from the preset. Plain data, safe to clone;
 * memory is planned by it, processors are loaded by it, the renderer runs it.
 *
 * Strips come in index order: local sources first, then the peers' slots. A seat is a strip that the preset names and that is no
 * local source: a peer of that name takes it, with its chain, fader, pan and sends.
 *
 * Thread: any      Realtime: no
 */
import { PluginError } from "../errors.ts"
import type { BusSpec, PluginUse, Preset, SourceSpec, StripSpec } from "../preset/preset.ts"
import { powerOfTwo } from "../ring/block-ring.ts"
import type { ParamValues, PluginManifest } from "./plugin.ts"

/** Whose chain it is; `index` counts within its kind, 0 for the master. A peer's slot is a strip. */
export interface ChainOwner {
  readonly kind: "strip" | "seat" | "bus" | "master"
  readonly index: number
}

/** One insert. */
export interface SlotPlan {
  readonly pluginId: string
  /** All of them, defaults filled in. */
  readonly params: ParamValues
  /** Number of its tap, or -1 for a processor. */
  readonly tap: number
  /** Strip, bus or "master". */
  readonly place: string
  /** Where it stands in the preset: `mix.strips.Ann.inserts[0]`. */
  readonly path: string
}

export interface ChainPlan {
  readonly index: number
  readonly owner: ChainOwner
  readonly place: string
  readonly slots: readonly SlotPlan[]
  /** Channel counts that its processors are activated for. */
  readonly channelCounts: readonly (1 | 2)[]
}

/** A tap needs a block ring of its own, from the mixer to the tap's thread. */
export interface TapPlan {
  readonly index: number
  readonly pluginId: string
  readonly params: ParamValues
  readonly place: string
  readonly owner: ChainOwner
  readonly chain: number
  readonly slot: number
  /** A mono block has both planes alike, and the ring's mono flag. */
  readonly channelCount: 2
  readonly ringSeconds: number
}

export interface StripPlan {
  readonly index: number
  readonly kind: "local" | "peer"
  /** The source's name; "peer 1" and so on for a peer's slot, until it has one. */
  readonly name: string
  readonly spec: StripSpec
  /** -1: no inserts. */
  readonly chain: number
}

export interface SeatPlan {
  readonly index: number
  readonly name: string
  readonly spec: StripSpec
  readonly chain: number
}

export interface BusPlan {
  readonly index: number
  readonly name: string
  readonly spec: BusSpec
  readonly chain: number
}

export interface MixPlan {
  readonly rateHz: number
  readonly blockFrames: number
  readonly strips: readonly StripPlan[]
  readonly seats: readonly SeatPlan[]
  readonly buses: readonly BusPlan[]
  readonly master: { readonly spec: BusSpec; readonly chain: number }
  readonly chains: readonly ChainPlan[]
  readonly taps: readonly TapPlan[]
}

const DEFAULT_RING_SECONDS = 2
const BOTH = [1, 2] as const
const STEREO = [2] as const

const sourceChannelCounts = (source: SourceSpec): readonly (1 | 2)[] => {
  if (source.channelCount !== undefined) return [source.channelCount]
  return source.input.kind === "file" ? BOTH : [1]
}

const defaultsOf = (manifest: PluginManifest): ParamValues =>
  Object.fromEntries(Object.entries(manifest.params).map(([name, spec]) => [name, spec.default]))

/**
 * Plans the mix of a preset.
 *
 * manifests  of every plugin that there is
 * Fails      PluginError for a plugin without manifest
 */
export function planMix(preset: Preset, manifests: readonly PluginManifest[]): MixPlan {
  const chains: ChainPlan[] = []
  const taps: TapPlan[] = []

  const planSlot = (use: PluginUse, owner: ChainOwner, place: string, path: string, slot: number): SlotPlan => {
    const manifest = manifests.find((candidate) => candidate.id === use.use)
    if (manifest === undefined) throw new PluginError(use.use, `${path}: there is no plugin "${use.use}"`)
    const common = { pluginId: use.use, params: { ...defaultsOf(manifest), ...use.params }, place }
    if (manifest.kind === "insert") return { ...common, tap: -1, path }
    const ringSeconds = manifest.ringSeconds ?? DEFAULT_RING_SECONDS
    taps.push({ index: taps.length, ...common, owner, chain: chains.length, slot, channelCount: 2, ringSeconds })
    return { ...common, tap: taps.length - 1, path }
  }
  const addChain = (
    owner: ChainOwner, place: string, path: string, inserts: readonly PluginUse[], channelCounts: readonly (1 | 2)[],
  ): number => {
    const index = chains.length
    const slots = inserts.map((use, slot) => planSlot(use, owner, place, `${path}.inserts[${slot}]`, slot))
    chains.push({ index, owner, place, slots, channelCounts })
    return index
  }

  const { strips: specs, buses, master } = preset.mix
  const every = specs["*"] ?? { gainDb: 0, pan: 0, mute: false, inserts: [], sends: {} }
  const locals = preset.sources.filter((source) => source.local)
  const isLocal = (name: string): boolean => locals.some((source) => source.name === name)
  const pathOf = (name: string): string => `mix.strips.${Object.hasOwn(specs, name) ? name : "*"}`

  const local = locals.map((source, index): StripPlan => {
    const spec = Object.hasOwn(specs, source.name) ? specs[source.name] as StripSpec : every
    const chain = addChain({ kind: "strip", index }, source.name, pathOf(source.name), spec.inserts, sourceChannelCounts(source))
    return { index, kind: "local", name: source.name, spec, chain }
  })
  const peers = Array.from({ length: preset.network.peers }, (_, slot): StripPlan => {
    const index = local.length + slot
    const name = `peer ${slot + 1}`
    const chain = every.inserts.length === 0 ? -1 : addChain({ kind: "strip", index }, name, "mix.strips.*", every.inserts, BOTH)
    return { index, kind: "peer", name, spec: every, chain }
  })
  const seats = Object.entries(specs)
    .filter(([name]) => name !== "*" && !isLocal(name))
    .map(([name, spec], index): SeatPlan =>
      ({ index, name, spec, chain: addChain({ kind: "seat", index }, name, pathOf(name), spec.inserts, BOTH) }))
  const busPlans = Object.entries(buses).map(([name, spec], index): BusPlan =>
    ({ index, name, spec, chain: addChain({ kind: "bus", index }, name, `mix.buses.${name}`, spec.inserts, STEREO) }))
  const masterChain = addChain({ kind: "master", index: 0 }, "master", "mix.master", master.inserts, STEREO)

  return {
    rateHz: preset.audio.rateHz,
    blockFrames: preset.audio.blockFrames,
    strips: [...local, ...peers],
    seats,
    buses: busPlans,
    master: { spec: master, chain: masterChain },
    chains,
    taps,
  }
}

/** Slots of a tap's block ring: a power of two that holds its seconds. */
export const tapRingBlocks = (plan: MixPlan, tap: TapPlan): number =>
  powerOfTwo(Math.ceil((tap.ringSeconds * plan.rateHz) / plan.blockFrames))
