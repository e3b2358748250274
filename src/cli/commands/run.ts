/** `run PRESET`: a party from its preset, until it is stopped. */
import type { TraceOptions } from "../../actors/party/party-api.ts"
import { drive } from "../drive/drive.ts"
import { traceOptionOf, type TraceFlags } from "../drive/trace-option.ts"
import { reportError } from "../drive/view.ts"
import { loadPreset } from "../load-preset.ts"
import type { LoadedPreset } from "../load-preset.ts"
import { exitCodeOf } from "../output.ts"
import type { ExitCode } from "../output.ts"

export interface RunArguments extends TraceFlags {
  readonly preset: string
  readonly set: readonly string[]
  readonly for: number | undefined
  readonly json: boolean
  readonly quiet: boolean
  readonly verbose: boolean
}

export const run = async (given: RunArguments): Promise<ExitCode> => {
  let loaded: LoadedPreset
  let trace: TraceOptions | undefined
  try {
    loaded = await loadPreset(given.preset, given.set)
    trace = traceOptionOf(given, loaded.preset.party)
  } catch (error) {
    reportError(error, given.json)
    return exitCodeOf(error)
  }
  return drive(loaded.preset, {
    baseDir: loaded.baseDir, forMs: given.for, json: given.json, quiet: given.quiet, verbose: given.verbose, ...(trace !== undefined && { trace }),
  })
}
