/**
 * Joins one machine and one hot loop in a thread that blocks: while the machine is in its `running` state the loop has the
 * thread and sleeps on its doorbell; when the control word is raised it returns between two blocks, the port is drained into the
 * machine, and, if the machine still says so, the loop goes on. No event loop turns meanwhile.
 */
import { receiveMessageOnPort } from "node:worker_threads"
import { createActor, type AnyStateMachine } from "xstate"
import type { ThreadWords } from "../../runtime/ring/thread-words.ts"
import { mainPort, tellMain, type ThreadEvent } from "./boot.ts"
import { obeySabotage, reportFailure } from "./life.ts"

export interface HotLoop {
  /** Works until the thread's control word is raised. Allocates nothing, throws nothing. */
  run(): void
  /** A message of the role's own, between two blocks. */
  told?(message: unknown): void
}

/** Between two looks at the port, while the loop has not begun. */
const REST_US = 5000

/** Turns of the event loop given to what is not audio (collections' records, messages' echoes). */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/**
 * Runs a thread to its end.
 * machine   reaches `running` (loop has the thread), ends in a final state; events ThreadEvent
 * prepare   slow set-up, before audio; resolves to the loop
 * finish    after the loop's last block: flush, close
 */
export async function runBlockingThread(
  words: ThreadWords,
  machine: AnyStateMachine,
  prepare: () => Promise<HotLoop>,
  finish: () => void = () => {},
): Promise<void> {
  const port = mainPort()
  const actor = createActor(machine)
  actor.subscribe((snapshot) => tellMain({ kind: "state", state: String(snapshot.value) }))
  actor.start()
  let loop: HotLoop | undefined
  try {
    loop = await prepare()
    actor.send({ type: "READY" })
    while (actor.getSnapshot().status === "active") {
      words.clearControl()
      for (let got = receiveMessageOnPort(port); got !== undefined; got = receiveMessageOnPort(port)) {
        const event = got.message as ThreadEvent
        if (event.type === "REPORT") await turn()
        else if (event.type === "TELL") loop.told?.(event.message)
        else actor.send(event)
      }
      obeySabotage(words)
      words.beat()
      const value = actor.getSnapshot().value
      if (value === "running") loop.run()
      else if (value === "draining") {
        finish()
        actor.send({ type: "DRAINED" })
      } else words.sleep(words.bellCount(), REST_US)
    }
    await turn()
  } catch (error) {
    reportFailure(error)
    process.exitCode = 1
  }
  port.close()
}
