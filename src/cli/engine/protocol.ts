/** What the command line and its engine process say to each other over the IPC channel. Plain data. */
import type { RunOptions } from "../../actors/party/party-api.ts"
import type { Fault } from "../../runtime/errors.ts"
import { messageOf, PluginError, PresetError, ResourceError } from "../../runtime/errors.ts"
import type { Preset } from "../../runtime/preset/preset.ts"
import type { PartyEvent, PartyStats } from "../../runtime/report.ts"

/** An error's substance: classes do not survive a process border. */
export type Trouble =
  | { readonly tag: "PresetError"; readonly faults: readonly Fault[] }
  | { readonly tag: "ResourceError"; readonly message: string; readonly hint: string }
  | { readonly tag: "PluginError"; readonly plugin: string; readonly message: string }
  | { readonly tag: "Error"; readonly message: string }

export interface Answer {
  /** Absent: it was done. */
  readonly trouble?: Trouble
}

/** Request and response, by Comlink. */
export interface EngineControl {
  start(preset: Preset, options: RunOptions): Promise<Answer>
  set(path: string, value: string | number | boolean): Promise<Answer>
  sdp(): Promise<readonly string[]>
  /** Resolves when the party has stopped; the process ends after that. */
  stop(): Promise<void>
}

/** One envelope on the channel: a Comlink message, or something that the engine tells unasked. */
export type Envelope =
  | { readonly kind: "call"; readonly data: unknown }
  | { readonly kind: "event"; readonly event: PartyEvent }
  | { readonly kind: "stats"; readonly stats: PartyStats }
  /** The party has ended of its own accord; with `trouble` it had to give up. */
  | { readonly kind: "ended"; readonly trouble?: Trouble }

export const isEnvelope = (message: unknown): message is Envelope =>
  typeof message === "object" && message !== null && "kind" in message && typeof message.kind === "string"

export const troubleOf = (error: unknown): Trouble => {
  if (error instanceof PresetError) return { tag: "PresetError", faults: error.faults }
  if (error instanceof ResourceError) return { tag: "ResourceError", message: error.message, hint: error.hint }
  if (error instanceof PluginError) return { tag: "PluginError", plugin: error.plugin, message: error.message }
  return { tag: "Error", message: messageOf(error) }
}

/** The error that a trouble stands for. */
export const errorOf = (trouble: Trouble): Error => {
  switch (trouble.tag) {
    case "PresetError": return new PresetError(trouble.faults)
    case "ResourceError": return new ResourceError(trouble.message, trouble.hint)
    case "PluginError": return new PluginError(trouble.plugin, trouble.message)
    case "Error": return new Error(trouble.message)
  }
}
