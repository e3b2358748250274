/** When this thread's garbage was collected: the buffer makes none (a test sees to that), so such a moment is not its cost. */
import { PerformanceObserver } from "node:perf_hooks"
import { nowUs } from "../../src/runtime/io/clock.ts"

interface Collection {
  readonly fromUs: number
  readonly toUs: number
}

const found: Collection[] = []
const clockUs = nowUs() - performance.now() * 1000
new PerformanceObserver((list) => {
  for (const { startTime, duration } of list.getEntries()) {
    found.push({ fromUs: startTime * 1000 + clockUs, toUs: (startTime + duration) * 1000 + clockUs })
  }
}).observe({ entryTypes: ["gc"] })

/** Sets to Infinity each time, us, of which the beginning or the end lies near a collection. `startsUs`: when each began, on the party clock. */
export async function leaveOutCollections(startsUs: Float64Array, times: Float64Array): Promise<void> {
  // They are told of when the event loop turns.
  await new Promise((resolve) => void setTimeout(resolve, 20))
  let next = 0
  for (let i = 0; i < times.length; i++) {
    const fromUs = startsUs[i] as number
    const toUs = fromUs + (times[i] as number)
    while (next < found.length && (found[next] as Collection).toUs < fromUs) next++
    const collection = found[next]
    if (collection !== undefined && fromUs > 0 && collection.fromUs <= toUs) times[i] = Infinity
  }
}
