/**
 * Sleeps for a moment, again and again, on one core, with the priority of the engine's threads, and notes when it woke far too late:
 * then they were not let run either. A worker of stall-probe.ts.
 */
import { execFileSync } from "node:child_process"
import { parentPort, workerData } from "node:worker_threads"
import { nowUs } from "../../dist/runtime/io/clock.js"
import { ownOsThread } from "../../dist/runtime/io/cpu-times.js"
import { raisePriority } from "../../dist/runtime/io/priority.js"

const { core, leastMs, end, count, stalls } = workerData
const napMs = 2

try {
  execFileSync("taskset", ["-p", "-c", String(core), String(ownOsThread())], { stdio: "ignore", timeout: 2000 })
} catch {
  // It runs where it is let.
}
await raisePriority(ownOsThread())
parentPort.postMessage("ready")

const nap = new Int32Array(new SharedArrayBuffer(4))
const capacity = stalls.length / 2
let lastUs = nowUs()
while (Atomics.load(end, 0) === 0) {
  Atomics.wait(nap, 0, 0, napMs)
  const atUs = nowUs()
  if (atUs - lastUs > (napMs + leastMs) * 1000) {
    const at = Atomics.load(count, 0)
    stalls[2 * (at % capacity)] = lastUs
    stalls[2 * (at % capacity) + 1] = atUs
    Atomics.store(count, 0, at + 1)
  }
  lastUs = atUs
}
