/**
 * Notices threads that hang: each beats in shared memory as long as it works. Time is counted in looks, and a look that itself
 * came late does not count, so that a busy or sleeping machine is not taken for a hung thread.
 */
import type { ThreadWords } from "../../runtime/ring/thread-words.ts"

export interface Watched {
  readonly words: ThreadWords
  /** Only what has begun to work can hang. */
  readonly alive: () => boolean
  readonly hung: () => void
}

const LOOK_MS = 50
const LATE_MS = 150
const PATIENCE_LOOKS = 4

/** Returns  the function that ends it */
export function startWatchdog(watched: readonly Watched[], nowMs: () => number): () => void {
  const beats = watched.map(() => -1)
  const still = watched.map(() => 0)
  let last = nowMs()
  const timer = setInterval(() => {
    const now = nowMs()
    const late = now - last > LATE_MS
    last = now
    for (const [i, { words, alive, hung }] of watched.entries()) {
      const count = words.beats()
      const moved = count !== beats[i]
      beats[i] = count
      still[i] = moved || late || !alive() ? 0 : (still[i] as number) + 1
      if ((still[i]) > PATIENCE_LOOKS) {
        still[i] = 0
        hung()
      }
    }
  }, LOOK_MS)
  return () => clearInterval(timer)
}
