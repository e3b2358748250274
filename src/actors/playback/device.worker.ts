/** Playback to a sound device: the device asks, the block is pulled and interleaved in its own callback. */
import { EdgeState, OutputStats } from "../../runtime/arena/pages.ts"
import { blockViews } from "../../runtime/ring/block-ring.ts"
import { readClock } from "../../runtime/io/clock.ts"
import { createEventWriter } from "../../runtime/ring/event-ring.ts"
import { createHistogram } from "../../runtime/ring/histogram.ts"
import { JournalCode } from "../../runtime/ring/journal.ts"
import { openStats } from "../../runtime/ring/stats-page.ts"
import { createThreadWords } from "../../runtime/ring/thread-words.ts"
import { boot } from "../thread/boot.ts"
import { runDeviceThread } from "../thread/device-thread.ts"
import { beginLife } from "../thread/life.ts"
import { createBlockPull } from "./block-pull.ts"
import { createFill } from "./fill.rt.ts"
import type { PlaybackSpec } from "./spec.ts"

const own = boot<PlaybackSpec>()
const { memory, plan, spec } = own
const words = beginLife(own)
const output = plan.outputs[spec.output]
const mixer = plan.threads["mixer"]
const thread = plan.threads[own.id]
if (output === undefined || mixer === undefined || thread === undefined || spec.what.kind !== "device") {
  throw new Error("broken invariant: a device's playback stands in the plan")
}
const wanted = spec.what.device
const stats = openStats(memory, output.stats, OutputStats)
const journal = createEventWriter(memory, thread.journal)
const cells = new Float64Array(1)

runDeviceThread({
  words,
  backend: spec.backend,
  open: (backend, onLost) => {
    const pull = createBlockPull({
      memory, plan, words, mixer: createThreadWords(memory, mixer.words), threadId: own.id, output: spec.output, master: spec.master,
    })
    const wait = createHistogram(memory, plan.histograms.playbackWait)
    return backend.openOutput({
      device: wanted, rateHz: plan.rateHz, channelCount: 2, blockFrames: plan.blockFrames, onLost,
      fill: createFill(pull, blockViews(memory, output.ring), wait, plan.blockFrames),
      onXrun: () => {
        stats[OutputStats.xruns] = (stats[OutputStats.xruns] as number) + 1
        readClock(cells, 0)
        journal.push(cells[0] as number, JournalCode.xrun, spec.output, 1, 0, 0)
      },
    })
  },
  watch: (device) => {
    stats[OutputStats.state] = EdgeState.live
    stats[OutputStats.deviceLatencyUs] = device.latencyMs() * 1000
  },
  gone: () => void (stats[OutputStats.state] = EdgeState.lost),
})
