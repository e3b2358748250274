/**
 * Fills in what was not written. The one place where a preset's defaults stand. Thread: any      Realtime: no
 */
import { DEFAULT_GROUP } from "./addresses.ts"
import { GAIN_SPEC, PAN_SPEC } from "./describe.ts"
import { DEFAULT_JITTER, jitterChange, mergeJitter, overJitter } from "./jitter.ts"
import type { BusSpec, OutputSpec, Preset, SourceSpec, StripSpec } from "./preset.ts"
import type { WrittenPreset } from "./schema.ts"

type Written<Key extends keyof WrittenPreset> = NonNullable<WrittenPreset[Key]>
type WrittenSource = Written<"sources">[number]
type WrittenStrip = NonNullable<Written<"mix">["strips"]>[string]
type WrittenBus = NonNullable<Written<"mix">["master"]>

/** Makes a whole preset of a checked one. */
export const resolvePreset = (written: WrittenPreset): Preset => {
  const { audio = {}, jitter = {}, mix = {} } = written
  const log = written.log === undefined ? {} : { log: written.log }
  return {
    party: written.party,
    audio: { rateHz: audio.rate ?? 48_000, blockFrames: audio.block ?? 128, backend: audio.backend ?? "auto" },
    network: resolveNetwork(written.network ?? {}),
    jitter: { setting: overJitter(DEFAULT_JITTER, jitterChange(jitter)), threads: jitter.threads ?? "auto" },
    sources: (written.sources ?? []).map(resolveSource),
    mix: {
      strips: resolveStrips(mix.strips ?? {}),
      buses: Object.fromEntries(Object.entries(mix.buses ?? {}).map(([name, bus]) => [name, resolveBus(bus)])),
      master: resolveBus(mix.master ?? {}),
    },
    outputs: resolveOutputs(written.outputs ?? [{ device: "default" }]),
    ...log,
  }
}

const resolveNetwork = (network: Written<"network">): Preset["network"] => {
  const send = network.send ?? [DEFAULT_GROUP]
  const listen = network.listen ?? DEFAULT_GROUP
  return {
    ...(listen === "none" ? {} : { listen }),
    send,
    interface: network.interface ?? "auto",
    codec: network.codec ?? "l16",
    packetFrames: network.packet ?? 128,
    ttl: network.ttl ?? 1,
    peers: network.peers ?? 32,
    loopback: network.loopback ?? false,
    announce: network.announce ?? send.some((endpoint) => endpoint.multicast),
    ...(network.sdp === undefined ? {} : { sdp: network.sdp }),
  }
}

const resolveSource = (source: WrittenSource): SourceSpec => {
  const send = source.send ?? false
  return {
    name: source.name,
    input: resolveInput(source),
    ...(source.channels === undefined ? {} : { channelCount: source.channels }),
    gainDb: source.gain ?? GAIN_SPEC.default,
    send,
    local: source.local ?? !send,
  }
}

const resolveInput = (source: WrittenSource): SourceSpec["input"] => {
  if (source.file !== undefined) return { kind: "file", path: source.file, loop: source.loop ?? false }
  if (source.tone !== undefined) return { kind: "tone", hz: source.tone }
  return { kind: "device", device: source.device ?? "default" }
}

const EVERY_STRIP: StripSpec = { gainDb: GAIN_SPEC.default, pan: PAN_SPEC.default, mute: false, inserts: [], sends: {} }

/** What a strip says replaces, key by key, what stands under "*". */
const overStrip = (under: StripSpec, strip: WrittenStrip): StripSpec => {
  const jitter = mergeJitter(under.jitter, jitterChange(strip.jitter ?? {}))
  return {
    gainDb: strip.gain ?? under.gainDb,
    pan: strip.pan ?? under.pan,
    mute: strip.mute ?? under.mute,
    ...(jitter !== undefined && { jitter }),
    inserts: strip.inserts ?? under.inserts,
    sends: strip.sends ?? under.sends,
  }
}

const resolveStrips = (strips: Readonly<Record<string, WrittenStrip>>): Preset["mix"]["strips"] => {
  const every = overStrip(EVERY_STRIP, strips["*"] ?? {})
  const named = Object.entries(strips).map(([name, strip]): [string, StripSpec] => [name, overStrip(every, strip)])
  return Object.fromEntries<StripSpec>([["*", every], ...named.filter(([name]) => name !== "*")])
}

const resolveBus = (bus: WrittenBus): BusSpec => ({ gainDb: bus.gain ?? GAIN_SPEC.default, inserts: bus.inserts ?? [] })

/** A party that plays nothing still needs a clock: the null output is one. */
const resolveOutputs = (outputs: Written<"outputs">): readonly OutputSpec[] =>
  outputs.length === 0 ? [{ kind: "null" }] : outputs.map(resolveOutput)

const resolveOutput = (output: Written<"outputs">[number]): OutputSpec => {
  if (output.file !== undefined) return { kind: "file", path: output.file }
  if (output.null !== undefined) return { kind: "null" }
  return { kind: "device", device: output.device ?? "default" }
}
