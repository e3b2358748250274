/**
 * From preset to party: which threads there are, where everything lies in the arena, and what each thread is told at birth.
 */
import { cpus, hostname, userInfo } from "node:os"
import { basename, resolve } from "node:path"
import { MixerStats, NetStats, OutputStats, PeerStats, SourceStats, StreamStats } from "../../runtime/arena/pages.ts"
import { JITTER_WISH_BYTES } from "../jitter/wish.ts"
import { planParty, type PartyPlan } from "../../runtime/arena/party-plan.ts"
import { ARENA_BASE_BYTES } from "../../runtime/dsp/dsp.ts"
import { planRendererMemory, type RendererLayout } from "../../runtime/graph/layout.ts"
import { planMix, type MixPlan } from "../../runtime/graph/plan.ts"
import type { PluginManifest } from "../../runtime/graph/plugin.ts"
import type { DecodedSound } from "../../runtime/io/decode.job.ts"
import { JitterStats } from "../../runtime/jitter/jitter-stats.ts"
import { jitterBytes } from "../../runtime/jitter/memory.ts"
import { traceRingBytes } from "../../runtime/trace/ring-size.ts"
import type { Preset, SourceSpec } from "../../runtime/preset/preset.ts"

/** A preset whose files are decoded, with everything planned. */
export interface Blueprint {
  readonly preset: Preset
  readonly mix: MixPlan
  readonly layout: RendererLayout
  readonly plan: PartyPlan
  readonly sounds: ReadonlyMap<string, DecodedSound>
  readonly channelCounts: readonly number[]
  readonly sending: boolean
  readonly jitterThreads: number
  /** What the jitter buffers do is written down. */
  readonly traced: boolean
  readonly cname: string
  /** Where sources' paths start, and where everything that is written goes. */
  readonly baseDir: string
  readonly workDir: string
}

/** Indices of the sources that a capture thread has: the virtual clock's together, each device's alone. */
export const virtualSources = (preset: Preset): readonly number[] =>
  preset.sources.flatMap((source, index) => (source.input.kind === "device" ? [] : [index]))
export const deviceSources = (preset: Preset): readonly number[] =>
  preset.sources.flatMap((source, index) => (source.input.kind === "device" ? [index] : []))

/** Path of a file source, made whole. */
export const soundPath = (baseDir: string, path: string): string => resolve(baseDir, path)

const channelCountOf = (source: SourceSpec, sounds: ReadonlyMap<string, DecodedSound>, baseDir: string): number => {
  if (source.channelCount !== undefined) return source.channelCount
  if (source.input.kind !== "file") return 1
  return sounds.get(soundPath(baseDir, source.input.path))?.channels.length ?? 2
}

const jitterThreadCount = (preset: Preset): number => {
  if (preset.network.listen === undefined) return 0
  const { threads } = preset.jitter
  return Math.min(preset.network.peers, threads === "auto" ? Math.max(1, Math.min(4, cpus().length - 1)) : threads)
}

export function drawBlueprint(
  preset: Preset, manifests: readonly PluginManifest[], sounds: ReadonlyMap<string, DecodedSound>,
  { baseDir, workDir, traced }: { readonly baseDir: string; readonly workDir: string; readonly traced: boolean },
): Blueprint {
  const channelCounts = preset.sources.map((source) => channelCountOf(source, sounds, baseDir))
  const known = { ...preset, sources: preset.sources.map((source, i) => ({ ...source, channelCount: channelCounts[i] === 2 ? 2 as const : 1 as const })) }
  const mix = planMix(known, manifests)
  const sending = preset.sources.some((source) => source.send) && preset.network.send.length > 0
  const jitterThreads = jitterThreadCount(preset)
  const threadIds = [
    "mixer",
    ...Array.from({ length: jitterThreads }, (_, i) => `jitter-${i}`),
    ...(preset.network.listen === undefined ? [] : ["receiver"]),
    ...(sending ? ["sender"] : []),
    ...(virtualSources(preset).length > 0 ? ["capture"] : []),
    ...deviceSources(preset).map((index) => `capture-${index}`),
    ...preset.outputs.map((_, index) => `playback-${index}`),
    ...(mix.taps.length > 0 ? ["tap"] : []),
    ...(traced ? ["trace"] : []),
  ]
  const plan = planParty({
    baseBytes: ARENA_BASE_BYTES,
    rateHz: preset.audio.rateHz,
    blockFrames: preset.audio.blockFrames,
    sources: preset.sources.map((source, i) => ({ channelCount: channelCounts[i] ?? 1, send: source.send && sending, local: source.local })),
    peerCount: preset.network.peers,
    outputCount: preset.outputs.length,
    taps: mix.taps.map((tap) => ({ ringSeconds: tap.ringSeconds })),
    threadIds,
    jitterThreadCount: jitterThreads,
    rendererBytes: planRendererMemory(mix).bytes,
    jitterStoreBytes: jitterBytes(preset.audio.rateHz),
    jitterWishBytes: JITTER_WISH_BYTES,
    ...(traced && jitterThreads > 0 && {
      traceRingBytes: traceRingBytes(Math.ceil(preset.network.peers / jitterThreads), preset.audio.rateHz),
    }),
    stats: { source: SourceStats, stream: StreamStats, peer: PeerStats, jitter: JitterStats, mixer: MixerStats, output: OutputStats, net: NetStats },
  })
  return {
    preset, mix, plan, sounds, channelCounts, sending, jitterThreads, traced, baseDir, workDir,
    layout: planRendererMemory(mix, plan.renderer),
    cname: `${userName()}@${hostname()}-${process.pid}`,
  }
}

const userName = (): string => {
  try {
    return userInfo().username
  } catch {
    return basename(process.argv0)
  }
}
