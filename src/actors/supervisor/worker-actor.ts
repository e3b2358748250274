/**
 * One life of a worker thread, as an XState actor in the main thread: events go down its port, its messages come up as events,
 * and its end, however it came about, is an event like any other. Whoever stops this actor ends the thread.
 */
import { Worker } from "node:worker_threads"
import { fromCallback } from "xstate"
import { messageOf } from "../../runtime/errors.ts"
import { workerUrl } from "../../runtime/host/package-root.ts"
import type { ThreadWords } from "../../runtime/ring/thread-words.ts"
import type { ThreadEvent, ThreadMessage } from "../thread/boot.ts"

export interface WorkerInput {
  readonly entry: string
  readonly name: string
  readonly words: ThreadWords
  /** ThreadBoot, made anew for each life. */
  readonly boot: () => unknown
}

export type WorkerReport =
  | { readonly type: "WORKER.SAID"; readonly message: ThreadMessage }
  | { readonly type: "WORKER.GONE"; readonly reason: string }

/** KILL ends a thread that does not answer any more. */
export type WorkerOrder = ThreadEvent | { readonly type: "KILL" }

/** Young generation of a thread: large enough that what little the event loops allocate is collected seldom. */
const YOUNG_GENERATION_MB = 16

export const workerActor = fromCallback<WorkerOrder, WorkerInput>(({ input, sendBack, receive }) => {
  const worker = new Worker(workerUrl(input.entry), {
    workerData: input.boot(), name: input.name, resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
  })
  let cause: unknown
  worker.on("message", (message: ThreadMessage) => sendBack({ type: "WORKER.SAID", message }))
  worker.on("error", (error) => void (cause = error))
  worker.on("exit", (code) => sendBack({ type: "WORKER.GONE", reason: cause === undefined ? `exit code ${code}` : messageOf(cause) }))
  receive((order) => {
    if (order.type === "KILL") {
      cause = new Error("it did not answer")
      void worker.terminate()
      return
    }
    worker.postMessage(order)
    input.words.raiseControl()
  })
  return () => void worker.terminate()
})
