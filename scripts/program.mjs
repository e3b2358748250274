/** Hands the stage over to a program: it has our terminal, gets the signals that we get, and its exit code becomes ours. */
import { spawn } from "node:child_process"
import { say } from "./setup.mjs"

/** args   of node: the script and what it is given */
export const handOver = (args) => {
  const child = spawn(process.execPath, args, { stdio: "inherit" })
  let lastInterruptMs = -Infinity
  process.on("SIGINT", () => {
    // At a terminal Ctrl-C goes to the program itself. Elsewhere npm and the sender may both tell us: one is enough.
    if (process.stdin.isTTY || performance.now() - lastInterruptMs < 500) return
    lastInterruptMs = performance.now()
    child.kill("SIGINT")
  })
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal))
  child.on("error", (error) => {
    say(`cannot start: ${error.message}`)
    process.exit(1)
  })
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 1)
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.removeAllListeners(name)
    process.kill(process.pid, signal)
  })
}
