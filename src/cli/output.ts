/** The way out to the user: text, exit codes, and the quiet end when nobody reads any more. The only place that writes. */
import { EngineFailed } from "./engine/engine-failed.ts"
import { messageOf, PluginError, PresetError, ResourceError } from "../runtime/errors.ts"
import { clean } from "./text.ts"

export const exitCodes = { fine: 0, failed: 1, badInput: 2, forced: 130 } as const
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

let closed: () => void = () => process.exit(exitCodes.fine)

/** What shall happen when the reader of our output has gone. Until then: a quiet end. */
export const onOutputClosed = (handler: () => void): void => {
  closed = handler
}

/** To be called once, at the start. */
export const watchOutput = (): void => {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE" || error.code === "EIO") closed()
      else process.exit(exitCodes.failed)
    })
  }
}

/** A line, or several, to standard output. */
export const print = (text: string): void => {
  if (process.stdout.writable) process.stdout.write(`${text}\n`)
}

export const printError = (text: string): void => {
  if (process.stderr.writable) process.stderr.write(`${text}\n`)
}

/** An error in the user's terms: never a stack. */
export const errorText = (error: unknown): string => {
  if (error instanceof PresetError) return error.message.split("\n").map(clean).join("\n")
  if (error instanceof ResourceError) return `error: ${clean(error.message)}\n  ${clean(error.hint)}`
  if (error instanceof PluginError) return `error: plugin ${clean(error.plugin)}: ${clean(error.message)}`
  if (error instanceof EngineFailed) {
    const chatter = error.chatter.length === 0 ? "" : `the engine's last words:\n${error.chatter.map((line) => `  ${line}`).join("\n")}\n`
    return `${chatter}error: ${clean(error.message)}`
  }
  return `error: ${clean(messageOf(error))}`
}

/** A fault of the input, such as a preset that cannot run or a port that is taken, is 2; all else is 1. */
export const exitCodeOf = (error: unknown): ExitCode =>
  error instanceof PresetError || error instanceof ResourceError ? exitCodes.badInput : exitCodes.failed
