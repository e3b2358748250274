/** Starts the ends of a ring as threads (ring-worker.mjs), and watches how far they are. */
import { Worker } from "node:worker_threads"
import { workerUrl } from "../../src/runtime/io/package-root.ts"

/** Words of an end's report. */
const Report = { count: 0, faults: 1, firstFault: 2, ready: 3, waits: 4 } as const

export type RingRole = "writeBlocks" | "readBlocks" | "writePackets" | "readPackets" | "writeEvents" | "readEvents" | "ping" | "pong" | "pongAsync"

export interface RingEndOptions {
  readonly role: RingRole
  readonly memory: WebAssembly.Memory
  readonly plan: object
  /** What the ring's counters began with. */
  readonly start: number
  /** Blocks or records in all, in [0]; shared by both ends. The writer lowers it when `withinMs` is over and `least` are done. */
  readonly limit: Int32Array
  readonly least: number
  readonly withinMs: number
  readonly seed: number
  /** It stops now and then, at random. */
  readonly pauses: boolean
}

export interface RingEnd {
  /** How many blocks or records it has done, it and its predecessors. */
  count(): number
  faults(): number
  firstFault(): number
  /** How often it found the ring full, or empty. */
  waits(): number
  /** A thread, and after a kill its successor. */
  begin(seed?: number): Promise<void>
  /** Ends it wherever it is. */
  kill(): Promise<void>
  /** Resolves when it has done all; rejects with what it threw. */
  done(): Promise<void>
}

export function createRingEnd(options: RingEndOptions): RingEnd {
  const report = new Int32Array(new SharedArrayBuffer(64))
  let worker: Worker | undefined
  let ended: Promise<void> = Promise.resolve()
  return {
    count: () => Atomics.load(report, Report.count),
    faults: () => Atomics.load(report, Report.faults),
    firstFault: () => Atomics.load(report, Report.firstFault),
    waits: () => Atomics.load(report, Report.waits),
    async begin(seed = options.seed) {
      Atomics.store(report, Report.ready, 0)
      const thread = new Worker(new URL("./ring-worker.mjs", import.meta.url), {
        workerData: { ...options, seed, report, dist: new URL("../../", workerUrl("runtime/ring/block-ring")).href },
      })
      worker = thread
      ended = new Promise((resolve, reject) => {
        thread.once("error", reject)
        thread.once("exit", () => resolve())
      })
      // Whoever waits for `done` hears of it; whoever does not must not end the process.
      ended.catch(() => {})
      const ready = Atomics.waitAsync(report, Report.ready, 0, 10_000)
      await Promise.race([ready.value, ended])
    },
    async kill() {
      await worker?.terminate()
      worker = undefined
    },
    done: () => ended,
  }
}
