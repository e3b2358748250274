#!/usr/bin/env node
/** The program `wifi-party`: one command line, its exit code, and no stack trace on the user's screen. */
import { errorText, exitCodes, printError, watchOutput } from "./output.ts"
import { runProgram } from "./program.ts"

const fail = (error: unknown): void => {
  const debugs = error instanceof Error && (process.env["WIFI_PARTY_DEBUG"] ?? "") !== ""
  // Among the last things to do: the screen, when there is one, leaves first and would take the text with it.
  process.once("exit", () => printError(debugs ? (error.stack ?? "") : errorText(error)))
  process.exit(exitCodes.failed)
}
watchOutput()
process.on("uncaughtException", fail)
process.on("unhandledRejection", fail)
runProgram(process.argv.slice(2)).then(
  // What was printed goes out first; a device library's thread must not keep the program.
  (code) => process.stdout.write("", () => process.exit(code)),
  fail)
