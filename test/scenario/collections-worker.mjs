/**
 * One hot loop of the engine in a thread of its own, as its worker makes it, for collections-script.mjs. Its event loop turns only
 * when the hot loop has ended; then the records of collections arrive.
 */
import { readFile } from "node:fs/promises"
import { constants, PerformanceObserver } from "node:perf_hooks"
import { getHeapStatistics } from "node:v8"
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

/** Bytes on the heap when the run began, after a collection of all, and when it ended. */
const heapBytes = [0, 0, 0]
let marked = 0
/** The loop beats between its blocks: there it can be asked, by the gate's second word, to note how full its heap is. */
const mark = (which) => {
  marked = which
  if (which === 1) globalThis.gc()
  heapBytes[which] = getHeapStatistics().used_heap_size
  Atomics.add(gate, 2, 1)
}
const own = wordsOf(id)
const words = {
  ...own,
  beat() {
    own.beat()
    if (Atomics.load(gate, 1) !== marked) mark(Atomics.load(gate, 1))
  },
}

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
  "playback-0": async () => createVirtualPlayback({ memory, plan, words, mixer: wordsOf("mixer"), threadId: id, output: 0, master: true, clockPpm: 0 }),
}

const loop = await loops[id]()
parentPort.postMessage({ id, what: "ready" })
Atomics.wait(gate, 0, 0)
words.clearControl()
loop.run()
// The event loop turns, and the records arrive. One more collection, asked for here, shows that they do: they come in their order.
const ranUntilMs = performance.timeOrigin + performance.now()
globalThis.gc()
for (let look = 0; look < 1000 && !found.some(({ atMs }) => atMs >= ranUntilMs); look++) {
  await new Promise((resolve) => { setTimeout(resolve, 5) })
}
if (!found.some(({ atMs }) => atMs >= ranUntilMs)) throw new Error("no records of collections arrive")
parentPort.postMessage({ id, what: "ran", collections: found, grownBytes: heapBytes[2] - heapBytes[1] })
