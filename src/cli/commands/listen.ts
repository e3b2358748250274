/** `listen ADDRESS`: a party that only hears; plays, records, or just shows who is there. */
import type { TraceOptions } from "../../actors/party/party-api.ts"
import type { Preset } from "../../runtime/preset/preset.ts"
import { drive } from "../drive/drive.ts"
import { traceOptionOf, type TraceFlags } from "../drive/trace-option.ts"
import { reportError } from "../drive/view.ts"
import { presetOf, withPaths } from "../load-preset.ts"
import { exitCodeOf } from "../output.ts"
import type { ExitCode } from "../output.ts"

export interface ListenArguments extends TraceFlags {
  readonly address: string
  /** "" for none. */
  readonly record: string
  readonly play: boolean
  readonly for: number | undefined
  readonly json: boolean
  readonly quiet: boolean
  readonly verbose: boolean
}

/** Where nobody hears it live, delay costs nothing and keeps a recording whole on a computer that is busy. */
const unheard = { audio: { block: 256 }, jitter: { delay: "100ms" } } as const
/** Who listens does not sing: a little more delay is better than a gap. */
const heard = { jitter: { policy: "safe" } } as const

/** Fails  PresetError, in the words of the command line */
export const listenPreset = async (given: Omit<ListenArguments, keyof TraceFlags>): Promise<Preset> => {
  const inserts = given.record === "" ? [] : [{ use: "recorder", path: given.record }]
  return withPaths([[/^network\.listen$/, "ADDRESS"], [/^mix\..*path$/, "--record"]], () => presetOf({
    party: "Listener",
    ...(given.play ? heard : unheard),
    network: { listen: given.address, send: [] },
    mix: { strips: { "*": { inserts } }, master: { inserts } },
    outputs: [given.play ? { device: "default" } : { null: true }],
  }))
}

export const listen = async (given: ListenArguments): Promise<ExitCode> => {
  let preset: Preset
  let trace: TraceOptions | undefined
  try {
    preset = await listenPreset(given)
    trace = traceOptionOf(given, preset.party)
  } catch (error) {
    reportError(error, given.json)
    return exitCodeOf(error)
  }
  return drive(preset, {
    baseDir: process.cwd(), forMs: given.for, json: given.json, quiet: given.quiet, verbose: given.verbose, ...(trace !== undefined && { trace }),
  })
}
