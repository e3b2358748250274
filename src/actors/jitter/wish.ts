/**
 * What is wished of a jitter buffer's delay, in the arena: written by the main thread while the party runs, read by whoever drives
 * the buffer. It outlives the threads, so that a successor goes on with it.
 *
 * A version stands before the numbers, odd while they change: a reader that meets an odd or a changed version looks again in the
 * next round.
 */
import type { JitterBuffer } from "../../runtime/jitter/jitter-buffer.ts"
import type { JitterPolicy } from "../../runtime/jitter/delay-target.ts"
import type { JitterSpec } from "../../runtime/preset/preset.ts"

/** Version, then kind, least or kept delay, most, ms; NaN for the policy's own. */
export const JITTER_WISH_BYTES = 64
const NUMBERS = 3
const POLICIES: readonly JitterPolicy[] = ["tight", "steady", "safe"]
const KEPT = POLICIES.length

const open = (memory: WebAssembly.Memory, at: number) =>
  ({ version: new Int32Array(memory.buffer, at, 1), numbers: new Float64Array(memory.buffer, at + 8, NUMBERS) })

/** Thread: main */
export function writeJitterWish(memory: WebAssembly.Memory, at: number, wish: JitterSpec): void {
  const { version, numbers } = open(memory, at)
  Atomics.add(version, 0, 1)
  if ("delayMs" in wish) numbers.set([KEPT, wish.delayMs, wish.delayMs])
  else numbers.set([POLICIES.indexOf(wish.policy), wish.minMs ?? NaN, wish.maxMs ?? NaN])
  Atomics.add(version, 0, 1)
}

export interface JitterWishReader {
  /** Makes the buffer follow the newest wish, if that is new; says whether it was. Realtime: wait-free */
  follow(buffer: Pick<JitterBuffer, "setPolicy" | "setDelay">): boolean
  /** The wish followed last: kind (policy's index, or 3 for a kept delay), least, most, ms. */
  readonly wish: Float64Array
}

/** Thread: audio      Realtime: wait-free, allocates nothing after creation */
export function createJitterWishReader(memory: WebAssembly.Memory, at: number): JitterWishReader {
  const { version, numbers } = open(memory, at)
  const wish = new Float64Array(NUMBERS)
  let followed = 0
  return {
    wish,
    /* @hot */
    follow(buffer) {
      const before = Atomics.load(version, 0)
      if (before === followed || (before & 1) === 1) return false
      for (let i = 0; i < NUMBERS; i++) wish[i] = numbers[i] as number
      if (Atomics.load(version, 0) !== before) return false
      followed = before
      if (wish[0] === KEPT) {
        buffer.setDelay(wish[1] as number)
        return true
      }
      const least = wish[1] as number
      const most = wish[2] as number
      buffer.setPolicy(POLICIES[wish[0] as number] as JitterPolicy, least >= 0 ? least : undefined, most >= 0 ? most : undefined)
      return true
    },
  }
}
