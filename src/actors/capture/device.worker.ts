/** Capture from a sound device: its blocks go into the source's rings in its own callback. */
import { EdgeState, SourceStats } from "../../runtime/arena/pages.ts"
import { instantiateDsp } from "../../runtime/dsp/dsp.ts"
import { readClock } from "../../runtime/io/clock.ts"
import { createEventWriter } from "../../runtime/ring/event-ring.ts"
import { JournalCode } from "../../runtime/ring/journal.ts"
import { createThreadWords } from "../../runtime/ring/thread-words.ts"
import { boot } from "../thread/boot.ts"
import { runDeviceThread } from "../thread/device-thread.ts"
import { beginLife } from "../thread/life.ts"
import { createSourceOut } from "./source-out.ts"
import type { DeviceCaptureSpec } from "./spec.ts"
import { createTake } from "./take.rt.ts"

const own = boot<DeviceCaptureSpec>()
const { memory, plan, spec } = own
const words = beginLife(own)
const { blockFrames, rateHz } = plan
const channelCount = plan.sources[spec.index]?.channelCount ?? 1
const out = createSourceOut(instantiateDsp(own.dspModule, memory), memory, plan, spec.index)
const senderPlan = spec.sender ? plan.threads["sender"] : undefined
const thread = plan.threads[own.id]
if (thread === undefined) throw new Error("broken invariant: a capture thread stands in the plan")
const journal = createEventWriter(memory, thread.journal)
const cells = new Float64Array(1)

runDeviceThread({
  words,
  backend: spec.backend,
  open: (backend, onLost) => backend.openInput({
    device: spec.device, rateHz, channelCount, blockFrames, onLost,
    onBlock: createTake({
      memory, epoch: new Float64Array(memory.buffer, plan.epoch, 1), rateHz, blockFrames, channelCount, gain: spec.gain, out,
      sender: senderPlan && createThreadWords(memory, senderPlan.words),
    }),
    onXrun: () => {
      out.stats[SourceStats.xruns] = (out.stats[SourceStats.xruns] as number) + 1
      readClock(cells, 0)
      journal.push(cells[0] as number, JournalCode.xrun, -1 - spec.index, 1, 0, 0)
    },
  }),
  watch: (device) => {
    out.stats[SourceStats.state] = EdgeState.live
    out.stats[SourceStats.deviceLatencyUs] = device.latencyMs() * 1000
  },
  gone: () => void (out.stats[SourceStats.state] = EdgeState.lost),
})
