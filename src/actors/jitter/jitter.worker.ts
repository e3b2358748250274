/** A jitter thread: joins machine and loop. */
import { instantiateDsp } from "../../runtime/dsp/dsp.ts"
import type { PayloadLayout } from "../../runtime/jitter/sample-store.ts"
import { createThreadWords } from "../../runtime/ring/thread-words.ts"
import { formatOfType } from "../../runtime/rtp/payload.ts"
import { blockingMachine } from "../thread/blocking.machine.ts"
import { runBlockingThread } from "../thread/blocking-thread.ts"
import { boot } from "../thread/boot.ts"
import { beginLife } from "../thread/life.ts"
import { createJitterLoop, type JitterLoop } from "./jitter.rt.ts"

/** What a jitter thread is told at birth. */
export interface JitterSpec {
  readonly threadIndex: number
  readonly slots: readonly number[]
}

const own = boot<JitterSpec>()
const { memory, plan, spec } = own
const words = beginLife(own)
const mixer = plan.threads["mixer"]
if (mixer === undefined) throw new Error("broken invariant: the mixer stands in the plan")

const layouts = Array.from({ length: 128 }, (_, payloadType): PayloadLayout | undefined => {
  const format = formatOfType(payloadType, plan.rateHz)
  if (format === undefined || format.rateHz !== plan.rateHz) return undefined
  return { bytesPerSample: format.codec === "l16" ? 2 : 3, channelCount: format.channelCount === 2 ? 2 : 1 }
})

const mixerWords = createThreadWords(memory, mixer.words)
let finish = (): void => {}

function prepare(): Promise<JitterLoop> {
  const loop = createJitterLoop({
    memory, plan, words, mixer: mixerWords, dsp: instantiateDsp(own.dspModule, memory), layouts, ...spec,
  })
  finish = loop.finish
  return Promise.resolve(loop)
}

await runBlockingThread(words, blockingMachine("jitter"), prepare, () => finish())
