/**
 * The trace thread: brings what the jitter threads have written into their rings to the disk. It may block there; what finds no room in
 * the rings meanwhile is left out, and the trace begins anew.
 */
import { messageOf } from "../../runtime/errors.ts"
import { nowUs } from "../../runtime/io/clock.ts"
import { createRecordReader } from "../../runtime/ring/record-ring.ts"
import { TRACE_OFF } from "../../runtime/trace/recorder.ts"
import { blockingMachine } from "../thread/blocking.machine.ts"
import { runBlockingThread, type HotLoop } from "../thread/blocking-thread.ts"
import { boot, tellMain } from "../thread/boot.ts"
import { beginLife } from "../thread/life.ts"
import type { TraceSaid, TraceThreadSpec, TraceTold } from "./spec.ts"
import { createTraceStore, type TraceStore } from "./trace-store.ts"

const DRAIN_US = 20_000
const DRAINS_PER_TICK = 25

const own = boot<TraceThreadSpec>()
const { memory, plan, spec } = own
const words = beginLife(own)
const say = (what: TraceSaid): void => tellMain({ kind: "said", what })
const rings = (plan.traces ?? []).map((ring) => createRecordReader(memory, ring))

let store: TraceStore | undefined

/** The trace ends here; the party goes on. */
const fail = (error: unknown): void => {
  for (const ring of rings) ring.ask(TRACE_OFF)
  store?.abandon()
  store = undefined
  say({ what: "failed", path: spec.path, reason: messageOf(error) })
}

const guarded = (work: (store: TraceStore) => void): void => {
  if (store === undefined) return
  try {
    work(store)
  } catch (error) {
    fail(error)
  }
}

const drain = (into: TraceStore): void => {
  for (const [thread, ring] of rings.entries()) {
    // Twice: a ring's end, and its beginning.
    for (let bytes = ring.next(), rounds = 0; bytes.length > 0 && rounds < 2; bytes = ring.next(), rounds++) {
      into.write(thread, bytes)
      ring.release(bytes.length)
    }
  }
}

const tick = (into: TraceStore): void => {
  const segment = into.tick(nowUs() / 1000)
  if (segment !== undefined) for (const ring of rings) ring.ask(segment)
  const records = into.takeLost()
  if (records > 0) say({ what: "gap", records })
}

const open = (): void => {
  try {
    store = createTraceStore(spec, nowUs() / 1000)
    tick(store)
    // What the thread before had taken may come twice: it begins anew.
    if (spec.resume && spec.header.lastMs === undefined) for (const ring of rings) ring.ask(ring.asked() + 1)
  } catch (error) {
    fail(error)
  }
}

function prepare(): Promise<HotLoop> {
  if (rings.every((ring) => ring.asked() !== TRACE_OFF)) open()
  let drains = 0
  return Promise.resolve({
    run() {
      while (!words.controlRaised()) {
        words.beat()
        const seen = words.bellCount()
        guarded(drain)
        if (++drains % DRAINS_PER_TICK === 0) guarded(tick)
        words.sleep(seen, DRAIN_US)
      }
    },
    told: (message) => guarded((into) => into.name((message as TraceTold).name)),
  })
}

await runBlockingThread(words, blockingMachine("trace"), prepare, () => guarded((into) => {
  drain(into)
  const records = into.takeLost()
  if (records > 0) say({ what: "gap", records })
  into.close(nowUs())
  say({ what: "stopped", path: spec.path })
}))
