/**
 * Fills a device's block: pulls one from the mix and interleaves it; silence where there is none.
 *
 * Thread: the device's      Realtime: waits for the mixer up to a block, allocates nothing after creation
 */
import { readClock } from "../../runtime/io/clock.ts"
import type { Histogram } from "../../runtime/ring/histogram.ts"
import type { BlockPull } from "./block-pull.ts"

export function createFill(
  pull: BlockPull, views: readonly (readonly Float32Array[])[], wait: Histogram, blockFrames: number,
): (interleaved: Float32Array) => void {
  const cells = new Float64Array(2)
  /* @hot */
  return function fill(interleaved) {
    readClock(cells, 0)
    const slot = pull.next()
    if (slot < 0) {
      interleaved.fill(0)
      return
    }
    readClock(cells, 1)
    cells[0] = (cells[1] as number) - (cells[0] as number)
    wait.add(cells, 0)
    const planes = views[slot] as readonly Float32Array[]
    const left = planes[0] as Float32Array
    const right = planes[1] as Float32Array
    for (let i = 0; i < blockFrames; i++) {
      interleaved[2 * i] = left[i] as number
      interleaved[2 * i + 1] = right[i] as number
    }
    pull.done()
  }
}
