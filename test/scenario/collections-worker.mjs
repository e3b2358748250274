/**
 * One hot loop of the engine in a thread of its own, as its worker makes it, for collections-script.mjs. Its event loop turns only
 * when the hot loop has ended; then the records of collections arrive.
 */
import { readFile } from "node:fs/promises"
import { constants, PerformanceObserver } from "node:perf_hooks"
import { parentPort, workerData } from "node:worker_threads"
import { createJitterLoop } from "../../dist/actors/jitter/jitter.rt.js"
import { createMixerLoop } from "../../dist/actors/mixer/mixer.rt.js"
import { createVirtualPlayback } from "../../dist/actors/playback/virtual.rt.js"
import { loadPlugin } from "../../dist/plugins/registry.js"
import { instantiateDsp } from "../../dist/runtime/dsp/dsp.js"
import { loadProcessors } from "../../dist/runtime/graph/load.js"
import { createRenderer } from "../../dist/runtime/graph/renderer.js"
import { readClock } from "../../dist/runtime/io/clock.js"
import { createEventWriter } from "../../dist/runtime/ring/event-ring.js"
import { createThreadWords } from "../../dist/runtime/ring/thread-words.js"
import { formatOfType } from "../../dist/runtime/rtp/payload.js"
import { msToFrames } from "../../dist/runtime/units.js"

const { id, memory, dspModule, plan, mix, layout, delayMs, gate } = workerData
const wordsOf = (thread) => createThreadWords(memory, plan.threads[thread].words)
const words = wordsOf(id)

/** Collections: what was done, and when, ms since 1970. */
const found = []
const kinds = {
  [constants.NODE_PERFORMANCE_GC_MINOR]: "minor", [constants.NODE_PERFORMANCE_GC_MAJOR]: "major",
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: "incremental",
}
new PerformanceObserver((list) => {
  for (const { detail, startTime } of list.getEntries()) {
    // Weak callbacks are not a collection, only what follows one.
    if (detail.kind !== constants.NODE_PERFORMANCE_GC_WEAKCB) found.push({ kind: kinds[detail.kind] ?? String(detail.kind), atMs: performance.timeOrigin + startTime })
  }
}).observe({ entryTypes: ["gc"] })

const loops = {
  async mixer() {
    const dsp = instantiateDsp(dspModule, memory)
    const asset = (plugin, name) => readFile(new URL(`../../dist/plugins/${plugin}/${name}`, import.meta.url))
    const processors = await loadProcessors(mix, { loadPlugin, asset })
    const journal = createEventWriter(memory, plan.threads.mixer.journal)
    const tapRings = plan.taps.map((tap) => tap.ring)
    const renderer = createRenderer({ dsp, memory, plan: mix, layout, processors, tapRings, journal, readClock })
    return createMixerLoop({
      memory, plan, dsp, words, renderer, journal, localSources: [0], jitter: [wordsOf("jitter-0")], outputs: [wordsOf("playback-0")],
    })
  },
  async "jitter-0"() {
    const layouts = Array.from({ length: 128 }, (_, payloadType) => {
      const format = formatOfType(payloadType, 48000)
      return format === undefined ? undefined : { bytesPerSample: format.codec === "l16" ? 2 : 3, channelCount: format.channelCount }
    })
    return createJitterLoop({
      memory, plan, words, layouts, mixer: wordsOf("mixer"), dsp: instantiateDsp(dspModule, memory), threadIndex: 0,
      slots: plan.peers.map((_, slot) => slot), delayFrames: msToFrames(delayMs, plan.rateHz),
    })
  },
  "playback-0": async () => createVirtualPlayback({ memory, plan, words, mixer: wordsOf("mixer"), threadId: id, output: 0, master: true }),
}

const loop = await loops[id]()
parentPort.postMessage({ id, what: "ready" })
Atomics.wait(gate, 0, 0)
words.clearControl()
loop.run()
// The event loop turns, and the records arrive.
await new Promise((resolve) => { setTimeout(resolve, 20) })
parentPort.postMessage({ id, what: "ran", collections: found })
