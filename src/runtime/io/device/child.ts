/** Child processes that must not outlive us: stopped by handle, killed when they do not go, killed when we exit. */
import type { ChildProcess } from "node:child_process"
import { raisePriority } from "../priority.ts"

/** How long a child may take to end when asked, ms. */
const graceMs = 400

export interface KeptChild {
  /** Settles when the child is gone, with why. Never rejects. */
  readonly gone: Promise<string>
  /** Asks it to end (SIGTERM), kills it when it does not. Safe to call twice. */
  stop(): Promise<void>
}

/** What an exit means, in words. */
const exitText = (name: string, code: number | null, signal: NodeJS.Signals | null): string =>
  signal === null ? `${name} ended with code ${String(code)}` : `${name} was ended by ${signal}`

/**
 * name  for messages
 * ask   how to ask it to end; SIGTERM when absent
 */
export const keepChild = (child: ChildProcess, name: string, ask: () => void = () => void child.kill("SIGTERM")): KeptChild => {
  const killNow = (): void => void child.kill("SIGKILL")
  process.once("exit", killNow)
  void raisePriority(child.pid ?? 0)
  const gone = new Promise<string>((resolve) => {
    child.once("error", (error: NodeJS.ErrnoException) => {
      // Without a pid it never ran; other errors (a signal that could not be sent) do not end it.
      if (child.pid === undefined) resolve(error.code === "ENOENT" ? `${name} is not installed` : `${name} cannot start: ${error.message}`)
    })
    child.once("exit", (code, signal) => resolve(exitText(name, code, signal)))
  })
  void gone.then(() => process.removeListener("exit", killNow))
  return {
    gone,
    stop: async () => {
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) ask()
      const timer = setTimeout(killNow, graceMs)
      await gone
      clearTimeout(timer)
    },
  }
}
