/** One life of the engine process: forked, spoken to, watched, and gone at last together with all that it started. */
import { fork } from "node:child_process"
import { wrap } from "comlink"
import type { Remote } from "comlink"
import { Subject } from "rxjs"
import type { Observable } from "rxjs"
import type { Chatter } from "./chatter.ts"
import { ipcEndpoint } from "./endpoint.ts"
import { isEnvelope } from "./protocol.ts"
import type { EngineControl, Envelope, Trouble } from "./protocol.ts"

/** How a life ended. */
export type Ending =
  /** The party was over. */
  | { readonly how: "ended" }
  | { readonly how: "gave up"; readonly trouble: Trouble }
  | { readonly how: "died"; readonly reason: string }

export interface EngineChild {
  readonly messages: Observable<Envelope>
  readonly control: Remote<EngineControl>
  /** Resolves when the process has ended. Never rejects. */
  readonly gone: Promise<Ending>
  /** From now on a silent process is taken for hung. */
  watch(): void
  /** Lets it go: it ends by itself, and is killed after `deadlineMs`. */
  release(deadlineMs: number): Promise<Ending>
  /** Kills it and everything that it started. */
  kill(reason: string): void
}

/** A report comes ten times a second; so many whole seconds without one, and the process hangs. */
const silentTicks = 10
/** What is still in the channel when a process has ended gets so long to arrive. */
const lastWordsMs = 500

/** Ends a whole process group; sound clients that the engine started are in it. */
const killGroup = (pid: number | undefined): void => {
  if (pid === undefined) return
  try {
    process.kill(-pid, "SIGKILL")
  } catch {
    // nobody is left in it
  }
}

export const forkEngine = (entry: URL, chatter: Chatter): EngineChild => {
  // A group of its own: Ctrl-C in the terminal reaches the parent only, which then stops the party cleanly.
  const child = fork(entry, { stdio: ["ignore", "pipe", "pipe", "ipc"], serialization: "advanced", detached: true })
  if (child.stdout !== null) chatter.follow(child.stdout)
  if (child.stderr !== null) chatter.follow(child.stderr)
  const messages = new Subject<Envelope>()
  let ended: Ending | undefined
  let killedFor: string | undefined
  let silent = 0
  let watchdog: NodeJS.Timeout | undefined

  const kill = (reason: string): void => {
    killedFor ??= reason
    killGroup(child.pid)
    if (child.pid === undefined) child.kill("SIGKILL")
  }
  child.on("message", (message: unknown) => {
    silent = 0
    if (!isEnvelope(message)) return
    if (message.kind === "ended") ended = message.trouble === undefined ? { how: "ended" } : { how: "gave up", trouble: message.trouble }
    else messages.next(message)
  })
  const disconnected = new Promise<void>((resolve) => { child.once("disconnect", resolve) })
  const exited = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message))
    child.once("exit", (code, signal) => resolve(signal === null ? `exit code ${code ?? 0}` : signal))
  })
  const gone = exited.then(async (reason): Promise<Ending> => {
    clearInterval(watchdog)
    await Promise.race([disconnected, delay(lastWordsMs)])
    killGroup(child.pid)
    messages.complete()
    return ended ?? { how: "died", reason: killedFor ?? reason }
  })
  return {
    messages,
    control: wrap<EngineControl>(ipcEndpoint(child)),
    gone,
    watch: () => {
      // Ticks and not the clock: after the machine or we ourselves were asleep, only one tick is late.
      watchdog = setInterval(() => {
        silent += 1
        if (silent >= silentTicks) kill(`no sign of life for ${silentTicks} s`)
      }, 1000)
    },
    release: async (deadlineMs) => {
      if (child.connected) child.disconnect()
      const timer = setTimeout(() => kill("did not end in time"), deadlineMs)
      const ending = await gone
      clearTimeout(timer)
      return ending
    },
    kill,
  }
}

/** Resolves after `timeMs`. Keeps the process: while the engine is away, nothing else does. */
export const delay = (timeMs: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, timeMs) })
