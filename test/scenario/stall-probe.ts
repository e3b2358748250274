/** Tells when this machine stood still, so that a test of real time does not take that for the engine's doing. */
import { once } from "node:events"
import { cpus } from "node:os"
import { Worker } from "node:worker_threads"

/** A time in which one core did not let a thread like the engine's run, us on the party clock. */
export interface Stall {
  readonly fromUs: number
  readonly toUs: number
}

export interface StallProbe {
  /** All so far, the longest of them: "12 of 5 ms and more, at most 41 ms". */
  stalls(): readonly Stall[]
  describe(): string
  end(): Promise<void>
}

const capacity = 8192

/** Watches every core for stalls of `leastMs` and more. */
export const startStallProbe = async (leastMs: number): Promise<StallProbe> => {
  const end = new Int32Array(new SharedArrayBuffer(4))
  const probes = cpus().map((_, core) => {
    const count = new Int32Array(new SharedArrayBuffer(4))
    const stalls = new Float64Array(new SharedArrayBuffer(capacity * 16))
    const worker = new Worker(new URL("stall-probe.mjs", import.meta.url), { workerData: { core, leastMs, end, count, stalls } })
    return { count, stalls, worker }
  })
  await Promise.all(probes.map(({ worker }) => once(worker, "message")))
  const all = (): Stall[] => probes.flatMap(({ count, stalls }) =>
    Array.from({ length: Math.min(capacity, Atomics.load(count, 0)) }, (_, i) => ({ fromUs: stalls[2 * i]!, toUs: stalls[2 * i + 1]! })))
  return {
    stalls: all,
    describe() {
      const found = all()
      const longestMs = Math.max(0, ...found.map(({ fromUs, toUs }) => (toUs - fromUs) / 1000))
      return `the machine stood still ${found.length} times for ${leastMs} ms and more${found.length === 0 ? "" : `, at most ${longestMs.toFixed(0)} ms`}`
    },
    async end() {
      const exits = probes.map(({ worker }) => once(worker, "exit"))
      Atomics.store(end, 0, 1)
      await Promise.all(exits)
    },
  }
}
