/** `run PRESET`: a party from its preset, until it is stopped. */
import { drive } from "../drive/drive.ts"
import { reportError } from "../drive/view.ts"
import { loadPreset } from "../load-preset.ts"
import type { LoadedPreset } from "../load-preset.ts"
import { exitCodeOf } from "../output.ts"
import type { ExitCode } from "../output.ts"

export interface RunArguments {
  readonly preset: string
  readonly set: readonly string[]
  readonly for: number | undefined
  readonly json: boolean
  readonly quiet: boolean
  readonly verbose: boolean
}

export const run = async (given: RunArguments): Promise<ExitCode> => {
  let loaded: LoadedPreset
  try {
    loaded = await loadPreset(given.preset, given.set)
  } catch (error) {
    reportError(error, given.json)
    return exitCodeOf(error)
  }
  return drive(loaded.preset, { baseDir: loaded.baseDir, forMs: given.for, json: given.json, quiet: given.quiet, verbose: given.verbose })
}
