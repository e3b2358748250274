/** `replay FILE`: runs the jitter buffers of a trace again, as they were or as they might have been. */
import { ResourceError } from "../../runtime/errors.ts"
import { nowUs } from "../../runtime/io/clock.ts"
import { loadDspModule } from "../../runtime/io/dsp-file.ts"
import { traceFiles } from "../../runtime/io/trace-files.ts"
import { createOverview, streamKey, type TraceOverview, type TraceStream } from "../../runtime/trace/overview.ts"
import { createReplay } from "../../runtime/trace/replay.ts"
import { reportError } from "../drive/view.ts"
import { jsonLine } from "../lines/json-lines.ts"
import { exitCodeOf, exitCodes, print } from "../output.ts"
import type { ExitCode } from "../output.ts"
import { readTrace } from "../replay/read-trace.ts"
import { createWavRenderer } from "../replay/render-wav.ts"
import { replayJson } from "../replay/replay-json.ts"
import { replayText, type ReplayFacts } from "../replay/replay-text.ts"
import { whatIfOf, whatIfText, type WhatIfFlags } from "../replay/what-if.ts"

export interface ReplayArguments extends WhatIfFlags {
  readonly file: string
  /** Names; none: all. */
  readonly stream: readonly string[]
  /** "" for none. */
  readonly wav: string
  readonly json: boolean
}

/** Fails  ResourceError: nobody has that name */
const chosen = ({ streams }: TraceOverview, names: readonly string[]): readonly TraceStream[] => {
  if (names.length === 0) return streams
  for (const name of names) {
    if (streams.some((stream) => stream.name === name)) continue
    const known = [...new Set(streams.map((stream) => stream.name))].join(", ")
    throw new ResourceError(`--stream ${name}: nobody in the trace has that name`, known === "" ? "It has no streams." : `It has: ${known}.`)
  }
  return streams.filter(({ name }) => names.includes(name))
}

const replayTrace = async (given: ReplayArguments): Promise<{ readonly facts: ReplayFacts; readonly damage: ResourceError | undefined }> => {
  const whatIf = whatIfOf(given)
  const files = traceFiles(given.file)
  const first = createOverview()
  const { cutBytes, damage } = readTrace(files, (record) => first.take(record))
  if (damage !== undefined && !first.begun()) throw damage
  const overview = first.end()
  const streams = chosen(overview, given.stream)
  const dspModule = await loadDspModule()
  const renderer = given.wav === "" ? undefined : createWavRenderer(given.wav, overview.header, streams)
  const startedUs = nowUs()
  const replay = createReplay({
    dspModule, header: overview.header, ...(whatIf !== undefined && { whatIf }),
    ...(given.stream.length > 0 && { only: new Set(streams.map(({ slot, ssrc }) => streamKey(slot, ssrc))) }),
    ...(renderer !== undefined && { onBlock: renderer.block }),
  })
  const { damage: found } = readTrace(files, (record) => replay.take(record))
  const result = replay.end()
  const tookMs = (nowUs() - startedUs) / 1000
  const facts = { overview, result, cutBytes, tookMs, wavs: renderer?.close() ?? [], ...(whatIf !== undefined && { asked: whatIfText(whatIf) }) }
  return { facts, damage: found ?? damage }
}

/** Returns  1 where a pull did not do what was recorded, 2 where the trace is damaged */
export const replay = async (given: ReplayArguments): Promise<ExitCode> => {
  try {
    const { facts, damage } = await replayTrace(given)
    print(given.json ? jsonLine(replayJson(facts)) : replayText(facts))
    if (damage === undefined) return facts.result.differing > 0 ? exitCodes.failed : exitCodes.fine
    throw damage
  } catch (error) {
    reportError(error, given.json)
    return exitCodeOf(error)
  }
}
