/**
 * A fixed delay over the earliest arrivals of the last 4 s, the timeline kept: what is late is concealed. The playhead leaps when
 * it has been off by more than a packet for a second (drift, another path).
 */
import type { MakeBuffer } from "../buffer-under-test.ts"
import { createShelf, createSlidingMin, framesOf } from "./shelf.ts"

export const fixedDelay = (delayMs: number): MakeBuffer => (setup) => {
  const { sampleRate, blockFrames, packetFrames } = setup
  const shelf = createShelf(setup)
  const base = createSlidingMin(sampleRate / 2, 8)
  const delayFrames = (delayMs * sampleRate) / 1000
  const patience = sampleRate / blockFrames
  let playhead = -1
  let offPulls = 0
  return {
    name: `fixed ${delayMs} ms`,
    insert(packet, arrivalUs) {
      const index = shelf.put(packet)
      const at = framesOf(setup, arrivalUs)
      base.add(at, at - index)
    },
    pull(nowUs, report) {
      const due = Math.floor(framesOf(setup, nowUs) - base.least() - delayFrames)
      if (playhead < 0) {
        if (due < 0) return report.conceal(blockFrames)
        playhead = due
      }
      offPulls = Math.abs(due - playhead) > packetFrames ? offPulls + 1 : 0
      if (offPulls > patience) {
        playhead = due
        offPulls = 0
      }
      for (let done = 0; done < blockFrames;) {
        const run = Math.min(blockFrames - done, packetFrames - (playhead % packetFrames))
        if (shelf.has(playhead)) report.play(playhead, run, run)
        else report.conceal(run)
        playhead += run
        done += run
      }
    },
  }
}
