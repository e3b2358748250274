/**
 * Wi-Fi Party as a library: run a party, write a plugin.
 *
 * ```ts
 * import { runParty } from "wifi-party"
 * const party = await runParty({ party: "Friday", sources: [{ name: "Beep", tone: "440Hz", local: true }], outputs: [{ null: true }] })
 * party.events.subscribe((event) => console.log(event.kind, event.subject, event.text))
 * await party.stop()
 * ```
 */
import type { Party, RunOptions } from "./actors/party/party-api.ts"
import { runDecoded } from "./actors/party/run-party.ts"
import { manifests } from "./plugins/registry.ts"
import { fileExists } from "./runtime/io/files.ts"
import type { Preset } from "./runtime/preset/preset.ts"
import type { PresetInput } from "./runtime/preset/schema.ts"

export type { Party, RunOptions } from "./actors/party/party-api.ts"
export { PluginError, PresetError, ResourceError, type Fault } from "./runtime/errors.ts"
export * from "./runtime/graph/plugin.ts"
export type { Preset } from "./runtime/preset/preset.ts"
export type { PresetInput } from "./runtime/preset/schema.ts"
export type * from "./runtime/report.ts"

/** A decoded preset has its rates resolved; one that is written has not. */
const isDecoded = (input: PresetInput | Preset): input is Preset =>
  "mix" in input && typeof input.audio === "object" && "rateHz" in input.audio

/**
 * Runs a party from a preset object, with the names and units of the YAML, or from a decoded one. Resolves when audio flows.
 * Fails  PresetError (every fault at once), ResourceError, PluginError
 */
export async function runParty(input: PresetInput | Preset, options: RunOptions = {}): Promise<Party> {
  if (isDecoded(input)) return runDecoded(input, options)
  const { decodePresetObject } = await import("./runtime/preset/decode.ts")
  const baseDir = options.baseDir ?? process.cwd()
  const preset = decodePresetObject(input, { plugins: await manifests(), baseDir, fileExists })
  return runDecoded(preset, options)
}
