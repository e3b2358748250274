/** Playback without a device: the precise clock, into nothing or into a sound file. */
import { resolve } from "node:path"
import { createThreadWords } from "../../runtime/ring/thread-words.ts"
import { openWav } from "../../runtime/io/wav-writer.ts"
import { blockingMachine } from "../thread/blocking.machine.ts"
import { runBlockingThread } from "../thread/blocking-thread.ts"
import { boot } from "../thread/boot.ts"
import { beginLife } from "../thread/life.ts"
import type { PlaybackSpec } from "./spec.ts"
import { createVirtualPlayback } from "./virtual.rt.ts"

const own = boot<PlaybackSpec>()
const { memory, plan, spec } = own
const words = beginLife(own)
const mixer = plan.threads["mixer"]
if (mixer === undefined) throw new Error("broken invariant: the mixer stands in the plan")

const file = spec.what.kind !== "file" ? undefined : openWav({
  path: resolve(spec.workDir, spec.what.path), sampleRate: plan.rateHz, channelCount: 2, bits: 24,
  append: spec.resume,
})

await runBlockingThread(words, blockingMachine("playback"), () => Promise.resolve(createVirtualPlayback({
  memory, plan, words, mixer: createThreadWords(memory, mixer.words), threadId: own.id, output: spec.output, master: spec.master, clockPpm: spec.clockPpm,
  ...(file !== undefined && { file }),
})), () => file?.close())
