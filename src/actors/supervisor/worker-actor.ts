/**
 * One life of a worker thread, as an XState actor in the main thread: events go down its port, its messages come up as events,
 * and its end, however it came about, is an event like any other. Whoever stops this actor ends the thread.
 */
import { fromCallback } from "xstate"
import { raisePriority } from "../../runtime/io/priority.ts"
import { startThread } from "../../runtime/host/worker.ts"
import type { ThreadWords } from "../../runtime/ring/thread-words.ts"
import type { ThreadEvent, ThreadMessage } from "../thread/boot.ts"

export interface WorkerInput {
  readonly entry: string
  readonly name: string
  readonly words: ThreadWords
  /** Audio waits for it: it runs before other threads of the machine, where the system allows. */
  readonly urgent: boolean
  /** ThreadBoot, made anew for each life. */
  readonly boot: () => unknown
}

export type WorkerReport =
  | { readonly type: "WORKER.SAID"; readonly message: ThreadMessage }
  | { readonly type: "WORKER.GONE"; readonly reason: string }

/** KILL ends a thread that does not answer any more. */
export type WorkerOrder = ThreadEvent | { readonly type: "KILL" }

export const workerActor = fromCallback<WorkerOrder, WorkerInput>(({ input, sendBack, receive }) => {
  let osThread = 0
  const thread = startThread({
    entry: input.entry,
    name: input.name,
    data: input.boot(),
    onMessage: (received) => {
      const message = received as ThreadMessage
      if (message.kind === "online") osThread = message.osThread
      // Not before it is set up: loading takes a tenth of a second of processor time, which the others' audio needs more.
      if (message.kind === "state" && message.state === "ready" && input.urgent) void raisePriority(osThread)
      sendBack({ type: "WORKER.SAID", message })
    },
    onGone: (reason) => sendBack({ type: "WORKER.GONE", reason }),
  })
  receive((order) => {
    if (order.type === "KILL") return thread.kill("it did not answer")
    thread.post(order)
    input.words.raiseControl()
  })
  return () => thread.kill("it is not needed any more")
})
