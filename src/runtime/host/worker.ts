/**
 * Starts a worker thread of the package and tells of its end, however it comes about. Threads run the built files, on every version
 * of Node that we support.
 */
import { Worker } from "node:worker_threads"
import { messageOf } from "../errors.ts"
import { workerUrl } from "../io/package-root.ts"

export interface ThreadHandle {
  post(message: unknown): void
  /** Ends it at once; `why` is what `onGone` will say. */
  kill(why: string): void
}

export interface ThreadOptions {
  /** Path of the entry below src, without ending: "actors/mixer/mixer.worker". */
  readonly entry: string
  readonly name: string
  /** What it is born with; cloned, shared memory shared. */
  readonly data: unknown
  readonly onMessage: (message: unknown) => void
  readonly onGone: (reason: string) => void
}

/**
 * Young generation of a thread's heap, MB: large enough that the little that event loops allocate is collected seldom, small
 * enough that eight threads stay in the budget (measured with the demo: 2 gives 204 MB resident and three times the collections,
 * 8 gives 235 MB, 16 gives 260 MB).
 */
const YOUNG_GENERATION_MB = 8

export function startThread({ entry, name, data, onMessage, onGone }: ThreadOptions): ThreadHandle {
  const worker = new Worker(workerUrl(entry), { workerData: data, name, resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB } })
  let why: string | undefined
  worker.on("message", onMessage)
  worker.on("error", (error) => void (why ??= messageOf(error)))
  worker.on("exit", (code) => onGone(why ?? `exit code ${code}`))
  return {
    post: (message) => worker.postMessage(message),
    kill(reason) {
      why ??= reason
      void worker.terminate()
    },
  }
}
