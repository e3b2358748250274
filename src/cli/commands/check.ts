/** `check PRESET`: the graph that would run, or every fault at once. */
import { PresetError } from "../../runtime/errors.ts"
import { describe } from "../graph/describe.ts"
import { latenciesOf } from "../graph/plugin-latency.ts"
import { graphText } from "../graph/text.ts"
import { jsonLine } from "../lines/json-lines.ts"
import { loadPreset } from "../load-preset.ts"
import { errorText, exitCodes, print, printError } from "../output.ts"
import type { ExitCode } from "../output.ts"

export interface CheckArguments {
  readonly preset: string
  readonly set: readonly string[]
  readonly json: boolean
}

export const check = async (given: CheckArguments): Promise<ExitCode> => {
  try {
    const { preset, plugins } = await loadPreset(given.preset, given.set)
    const graph = describe(preset, plugins, await latenciesOf(preset))
    print(given.json ? jsonLine({ ok: true, ...graph }) : graphText(graph))
    return exitCodes.fine
  } catch (error) {
    if (!(error instanceof PresetError)) throw error
    printError(errorText(error))
    if (given.json) print(jsonLine({ ok: false, faults: error.faults }))
    return exitCodes.badInput
  }
}
