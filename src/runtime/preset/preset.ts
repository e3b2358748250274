/**
 * The decoded preset: what the YAML means, with every default filled in and every unit resolved. Plain data, safe to clone.
 * The YAML's own shape and its faults: schema.ts. Units here: dB, ms, Hz, frames.
 */
import type { ParamValues } from "../graph/plugin.ts"

export interface Endpoint {
  /** Dotted IPv4. */
  readonly address: string
  readonly port: number
  readonly multicast: boolean
}

export interface PluginUse {
  readonly use: string
  readonly params: ParamValues
}

export interface SourceSpec {
  readonly name: string
  readonly input:
    | { readonly kind: "device"; readonly device: string }
    | { readonly kind: "file"; readonly path: string; readonly loop: boolean }
    | { readonly kind: "tone"; readonly hz: number }
  /** Absent: as many as the file has; 1 for a device or a tone. */
  readonly channelCount?: 1 | 2
  readonly gainDb: number
  readonly send: boolean
  readonly local: boolean
}

/** How long a stream should wait: a policy, bounded or not, or a delay that is kept. */
export type JitterSpec =
  | { readonly policy: "tight" | "steady" | "safe"; readonly minMs?: number; readonly maxMs?: number }
  | { readonly delayMs: number }

/** What one place says of it, to be laid over what holds without: some keys of a policy's, or a delay. */
export type JitterChange =
  | { readonly policy?: "tight" | "steady" | "safe"; readonly minMs?: number; readonly maxMs?: number }
  | { readonly delayMs: number }

export interface StripSpec {
  readonly gainDb: number
  readonly pan: number
  readonly mute: boolean
  /** Absent: as the party's; for a local source, whose clock is near: tight. */
  readonly jitter?: JitterChange
  readonly inserts: readonly PluginUse[]
  /** Bus name to level in dB, after the fader. */
  readonly sends: Readonly<Record<string, number>>
}

export interface BusSpec {
  readonly gainDb: number
  readonly inserts: readonly PluginUse[]
}

export type OutputSpec =
  | { readonly kind: "device"; readonly device: string }
  | { readonly kind: "null" }
  | { readonly kind: "file"; readonly path: string }

export interface Preset {
  readonly party: string
  readonly audio: { readonly rateHz: number; readonly blockFrames: number; readonly backend: "auto" | "naudiodon" | "pulse" }
  readonly network: {
    /** Absent: `listen: none`, nothing is received. */
    readonly listen?: Endpoint
    readonly send: readonly Endpoint[]
    /** "auto", an interface's name, or one of its addresses. */
    readonly interface: string
    readonly codec: "l16" | "l24"
    readonly packetFrames: number
    readonly ttl: number
    /** Slots for peers at the same time. */
    readonly peers: number
    /** Hear this party's own streams when they come back over the network. */
    readonly loopback: boolean
    /** Announce streams by SAP (multicast only). */
    readonly announce: boolean
    /** Where to write the SDP of what is sent; absent: nowhere. */
    readonly sdp?: string
  }
  /** For peers, where no strip says otherwise; the threads that their buffers share. */
  readonly jitter: { readonly setting: JitterSpec; readonly threads: number | "auto" }
  readonly sources: readonly SourceSpec[]
  readonly mix: {
    /** "*" is always there. A named strip is already merged over "*". */
    readonly strips: Readonly<Record<string, StripSpec>>
    readonly buses: Readonly<Record<string, BusSpec>>
    readonly master: BusSpec
  }
  readonly outputs: readonly OutputSpec[]
  readonly log?: string
}
