/**
 * Joins one machine and its effects in a thread that lives on Node's event loop (sockets, devices). The machine decides, the
 * effects are injected into it; events come through the port.
 */
import { createActor, type AnyStateMachine } from "xstate"
import type { ThreadWords } from "../../runtime/ring/thread-words.ts"
import { mainPort, tellMain, type ThreadEvent } from "./boot.ts"
import { obeySabotage, reportFailure } from "./life.ts"

const BEAT_MS = 40

export interface EventedHooks {
  /** A message of the role's own. */
  readonly told?: (message: unknown) => void
  /** Quits what must not be torn away (native add-ons), before the thread dies of an error. */
  readonly quit?: () => Promise<void>
}

/** Runs a thread until its machine is in a final state. A machine that fails ends the thread with its error. */
export function runEventedThread(words: ThreadWords, machine: AnyStateMachine, hooks: EventedHooks = {}): void {
  const port = mainPort()
  const actor = createActor(machine)
  const beat = setInterval(() => {
    words.beat()
    obeySabotage(words)
  }, BEAT_MS)
  const end = (): void => {
    clearInterval(beat)
    port.close()
  }
  const die = (error: unknown): void => {
    reportFailure(error)
    process.exitCode = 1
    // From a turn of its own: an exit asked for by a microtask leaves the thread ending while its sockets are still being read, and
    // a datagram that comes in then ends the whole process (Node 20, "FromJust Maybe value is Nothing").
    void Promise.resolve(hooks.quit?.()).finally(() => setImmediate(() => {
      end()
      process.exit(1)
    }))
  }
  actor.subscribe({
    next: (snapshot) => tellMain({ kind: "state", state: String(snapshot.value) }),
    error: die,
    complete: end,
  })
  process.on("uncaughtException", die)
  process.on("unhandledRejection", die)
  port.on("message", (event: ThreadEvent) => {
    if (event.type === "TELL") hooks.told?.(event.message)
    else if (event.type !== "REPORT") actor.send(event)
  })
  actor.start()
}
