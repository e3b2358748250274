/** Capture of files and tones: joins machine and loop. */
import { instantiateDsp } from "../../runtime/dsp/dsp.ts"
import { createThreadWords } from "../../runtime/ring/thread-words.ts"
import { blockingMachine } from "../thread/blocking.machine.ts"
import { runBlockingThread } from "../thread/blocking-thread.ts"
import { boot } from "../thread/boot.ts"
import { beginLife } from "../thread/life.ts"
import { createFileSource, createToneSource, type VirtualSource } from "./sources.ts"
import type { VirtualCaptureSpec } from "./spec.ts"
import { createVirtualCapture } from "./virtual.rt.ts"

const own = boot<VirtualCaptureSpec>()
const { memory, plan, spec } = own
const words = beginLife(own)
const sender = spec.sender ? plan.threads["sender"] : undefined

/** A mono file feeds both sides of a stereo source; a stereo file comes to the middle of a mono one. */
function fitChannels(channels: readonly Float32Array[], channelCount: number): readonly Float32Array[] {
  const [left, right] = channels
  if (left === undefined || channels.length === channelCount) return channels
  if (channelCount === 2) return [left, right ?? left]
  return right === undefined ? [left] : [left.map((value, i) => (value + (right[i] ?? 0)) / 2)]
}

const open = ({ index, input, gain }: VirtualCaptureSpec["sources"][number]): VirtualSource =>
  input.kind === "tone" ? createToneSource(input.hz, plan.rateHz, plan.sources[index]?.channelCount ?? 1, gain)
    : createFileSource(
      fitChannels(input.channels.map((channel) => new Float32Array(channel)), plan.sources[index]?.channelCount ?? 1), input.loop, gain)

await runBlockingThread(words, blockingMachine("capture"), () => Promise.resolve(createVirtualCapture({
  memory, plan, words, threadId: own.id, clockPpm: spec.clockPpm, dsp: instantiateDsp(own.dspModule, memory),
  sender: sender && createThreadWords(memory, sender.words),
  sources: spec.sources.map((source) => ({ index: source.index, prerollFrames: source.prerollFrames, source: open(source) })),
})))
