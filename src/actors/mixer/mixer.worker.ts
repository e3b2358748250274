/** The mixer's thread: loads the plugins, joins machine and loop. */
import { loadPlugin } from "../../plugins/registry.ts"
import { instantiateDsp } from "../../runtime/dsp/dsp.ts"
import { deactivateProcessors, loadProcessors } from "../../runtime/graph/load.ts"
import { createRenderer } from "../../runtime/graph/renderer.ts"
import { readClock } from "../../runtime/io/clock.ts"
import { readPluginAsset } from "../../runtime/io/files.ts"
import { createEventWriter } from "../../runtime/ring/event-ring.ts"
import { createThreadWords } from "../../runtime/ring/thread-words.ts"
import { blockingMachine } from "../thread/blocking.machine.ts"
import { runBlockingThread } from "../thread/blocking-thread.ts"
import { boot } from "../thread/boot.ts"
import { beginLife } from "../thread/life.ts"
import { createMixerLoop } from "./mixer.rt.ts"
import type { MixerSpec } from "./spec.ts"

const own = boot<MixerSpec>()
const { memory, plan, spec } = own
const words = beginLife(own)
const thread = (id: string) => {
  const found = plan.threads[id]
  if (found === undefined) throw new Error(`broken invariant: thread ${id} stands in the plan`)
  return found
}
const wordsOf = (id: string) => createThreadWords(memory, thread(id).words)
const journal = createEventWriter(memory, thread(own.id).journal)

let end = (): void => {}

const prepare = async () => {
  const dsp = instantiateDsp(own.dspModule, memory)
  const processors = await loadProcessors(spec.mix, { loadPlugin, asset: readPluginAsset })
  end = () => deactivateProcessors(processors)
  const tapRings = plan.taps.map((tap) => tap.ring)
  const renderer = createRenderer({ dsp, memory, plan: spec.mix, layout: spec.layout, processors, tapRings, journal, readClock })
  return createMixerLoop({
    memory, plan, dsp, words, renderer, journal, localSources: spec.localSources, oneClock: spec.oneClock,
    jitter: Array.from({ length: spec.jitterThreads }, (_, i) => wordsOf(`jitter-${i}`)),
    outputs: spec.outputThreads.map(wordsOf),
  })
}

await runBlockingThread(words, blockingMachine("mixer"), prepare, () => end())
