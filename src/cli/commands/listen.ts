/** `listen ADDRESS`: a party that only hears; plays, records, or just shows who is there. */
import type { Preset } from "../../runtime/preset/preset.ts"
import { drive } from "../drive/drive.ts"
import { reportError } from "../drive/view.ts"
import { presetOf, withPaths } from "../load-preset.ts"
import { exitCodeOf } from "../output.ts"
import type { ExitCode } from "../output.ts"

export interface ListenArguments {
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

/** Fails  PresetError, in the words of the command line */
export const listenPreset = async (given: ListenArguments): Promise<Preset> => {
  const inserts = given.record === "" ? [] : [{ use: "recorder", path: given.record }]
  return withPaths([[/^network\.listen$/, "ADDRESS"], [/^mix\..*path$/, "--record"]], () => presetOf({
    party: "Listener",
    ...(!given.play && unheard),
    network: { listen: given.address, send: [] },
    mix: { strips: { "*": { inserts } }, master: { inserts } },
    outputs: [given.play ? { device: "default" } : { null: true }],
  }))
}

export const listen = async (given: ListenArguments): Promise<ExitCode> => {
  let preset: Preset
  try {
    preset = await listenPreset(given)
  } catch (error) {
    reportError(error, given.json)
    return exitCodeOf(error)
  }
  return drive(preset, { baseDir: process.cwd(), forMs: given.for, json: given.json, quiet: given.quiet, verbose: given.verbose })
}
