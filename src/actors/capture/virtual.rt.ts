/**
 * Capture without a device: files and tones on a precise clock, one block of each a tick. Ticks are counted from the party's
 * frame 0, so a thread that was replaced goes on where the sources would be, on a clock that is trimmed, too.
 *
 * Thread: audio      Realtime: allocates nothing after creation
 */
import { EdgeState, SourceStats } from "../../runtime/arena/pages.ts"
import type { PartyPlan } from "../../runtime/arena/party-plan.ts"
import type { Dsp } from "../../runtime/dsp/dsp.ts"
import { readClock } from "../../runtime/io/clock.ts"
import { createEventWriter } from "../../runtime/ring/event-ring.ts"
import { JournalCode } from "../../runtime/ring/journal.ts"
import type { ThreadWords } from "../../runtime/ring/thread-words.ts"
import { graceUs as graceOf } from "../../runtime/timing.ts"
import type { HotLoop } from "../thread/blocking-thread.ts"
import { createSourceOut } from "./source-out.ts"
import type { VirtualSource } from "./sources.ts"

export interface VirtualCaptureOptions {
  readonly memory: WebAssembly.Memory
  readonly plan: PartyPlan
  readonly dsp: Dsp
  readonly words: ThreadWords
  readonly sender: ThreadWords | undefined
  readonly threadId: string
  /** How much faster than the system's this clock ticks. */
  readonly clockPpm: number
  /** Index into the plan, and the frames of silence before the source's own frame 0. */
  readonly sources: readonly { readonly index: number; readonly source: VirtualSource; readonly prerollFrames: number }[]
}

const SLEEP_US = 50_000

const NOW = 0
const TICK = 1

export function createVirtualCapture(options: VirtualCaptureOptions): HotLoop {
  const { memory, plan, dsp, words, sender } = options
  const thread = plan.threads[options.threadId]
  if (thread === undefined) throw new Error("broken invariant: a capture thread stands in the plan")
  const journal = createEventWriter(memory, thread.journal)
  const epoch = new Float64Array(memory.buffer, plan.epoch, 1)
  const floats = new Float32Array(memory.buffer)
  const { blockFrames } = plan
  const nominalUs = (blockFrames * 1e6) / plan.rateHz
  const blockUs = nominalUs / (1 + options.clockPpm * 1e-6)
  const graceUs = graceOf(nominalUs)
  const outs = options.sources.map(({ index }) => createSourceOut(dsp, memory, plan, index))
  const sources = options.sources
  const clock = new Float64Array(2)
  const place = new Float64Array(1)
  const meta = new Float64Array(2)
  let begun = false

  /* @hot */
  function produce(which: number): void {
    const out = outs[which] as (typeof outs)[number]
    const { source, index, prerollFrames } = sources[which] as (typeof sources)[number]
    if ((out.stats[SourceStats.state] as number) === EdgeState.ended) return
    const into = out.begin()
    if (into === 0) return
    const position = (clock[TICK] as number) * blockFrames
    place[0] = position - prerollFrames
    if (!source.render(place, floats, into >> 2, (into + out.planeBytes) >> 2, blockFrames)) {
      out.stats[SourceStats.state] = EdgeState.ended
      journal.push(clock[NOW] as number, JournalCode.sourceEnded, index, 0, 0, 0)
      return
    }
    out.stats[SourceStats.state] = EdgeState.live
    meta[0] = position
    meta[1] = clock[NOW] as number
    out.end(meta)
  }

  return {
    /* @hot */
    run() {
      if (!begun) {
        begun = true
        readClock(clock, NOW)
        clock[TICK] = Math.max(0, Math.floor(((clock[NOW] as number) - (epoch[0] as number)) / blockUs))
      }
      while (!words.controlRaised()) {
        words.beat()
        const seen = words.bellCount()
        readClock(clock, NOW)
        const ahead = (epoch[0] as number) + ((clock[TICK] as number) + 1) * blockUs - (clock[NOW] as number)
        if (ahead > 0) {
          words.sleep(seen, Math.min(SLEEP_US, ahead | 0))
          continue
        }
        if (ahead < -8 * graceUs) clock[TICK] = Math.floor(((clock[NOW] as number) - (epoch[0] as number)) / blockUs)
        for (let i = 0; i < outs.length; i++) produce(i)
        if (sender !== undefined) sender.ring()
        clock[TICK] = (clock[TICK] as number) + 1
      }
    },
  }
}
