/**
 * Takes a device's block in: interleaved to planar, gain, into the source's rings.
 *
 * Thread: the device's      Realtime: wait-free, allocates nothing after creation
 */
import { SourceStats } from "../../runtime/arena/pages.ts"
import { readClock } from "../../runtime/io/clock.ts"
import type { ThreadWords } from "../../runtime/ring/thread-words.ts"
import type { SourceOut } from "./source-out.ts"

export interface TakeOptions {
  readonly memory: WebAssembly.Memory
  readonly epoch: Float64Array
  readonly rateHz: number
  readonly blockFrames: number
  readonly channelCount: number
  readonly gain: number
  readonly out: SourceOut
  readonly sender: ThreadWords | undefined
}

export function createTake(options: TakeOptions): (interleaved: Float32Array) => void {
  const { epoch, rateHz, blockFrames, channelCount, gain, out, sender } = options
  const floats = new Float32Array(options.memory.buffer)
  const meta = new Float64Array(2)
  const state = new Float64Array(2)
  let begun = false

  /** The device's first block gets the place on the party's timeline that its arrival says; the others follow on it. */
  /* @hot */
  function place(): void {
    readClock(meta, 1)
    if (!begun) {
      begun = true
      const elapsed = (((meta[1] as number) - (epoch[0] as number)) * rateHz) / 1e6
      state[0] = Math.max(0, Math.floor(elapsed / blockFrames) * blockFrames)
    }
    meta[0] = state[0] as number
    state[0] = (state[0] as number) + blockFrames
  }

  /* @hot */
  return function take(interleaved) {
    place()
    const into = out.begin()
    if (into === 0) return
    state[1] = 0
    for (let channel = 0; channel < channelCount; channel++) {
      const at = (into + channel * out.planeBytes) >> 2
      for (let i = 0; i < blockFrames; i++) {
        const value = (interleaved[i * channelCount + channel] as number) * gain
        floats[at + i] = value
        if (value > (state[1])) state[1] = value
      }
    }
    out.stats[SourceStats.peak] = state[1]
    out.end(meta)
    if (sender !== undefined) sender.ring()
  }
}
