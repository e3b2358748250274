/**
 * Which of the newest packets were seen, one bit each. Slides with the highest number; bits of the numbers in between are cleared
 * as it goes, so a bit never speaks for a packet of an earlier lap.
 *
 * Thread: any, one at a time      Realtime: wait-free, allocates nothing; a step over a gap costs at most one pass of the window
 */
import { assert } from "../errors.ts"

export const seen = {
  /** Not seen before. */
  fresh: 0,
  already: 1,
  /** Behind the window; nobody can tell. */
  tooOld: 2,
} as const
export type Seen = (typeof seen)[keyof typeof seen]

export interface DuplicateWindow {
  readonly packetCount: number
  /** Forgets everything; the window then ends with `extSeq`, which counts as not seen. */
  reset(extSeq: number): void
  /** Tells whether a packet was seen, and remembers that it was. A higher number moves the window. */
  mark(extSeq: number): Seen
}

class Window implements DuplicateWindow {
  readonly packetCount: number
  private readonly mask: number
  private readonly words: Int32Array
  private highest = 0

  constructor(packetCount: number) {
    this.packetCount = packetCount
    this.mask = packetCount - 1
    this.words = new Int32Array(packetCount / 32)
  }

  reset(extSeq: number): void {
    this.words.fill(0)
    this.highest = extSeq
  }

  mark(extSeq: number): Seen {
    const ahead = extSeq - this.highest
    if (ahead <= -this.packetCount) return seen.tooOld
    if (ahead >= this.packetCount) {
      this.words.fill(0)
    } else {
      for (let step = 1; step <= ahead; step += 1) {
        const cleared = (this.highest + step) & this.mask
        this.words[cleared >> 5] = this.words[cleared >> 5]! & ~(1 << (cleared & 31))
      }
    }
    if (ahead > 0) this.highest = extSeq
    const position = extSeq & this.mask
    const bit = 1 << (position & 31)
    const word = this.words[position >> 5]!
    if ((word & bit) !== 0) return seen.already
    this.words[position >> 5] = word | bit
    return seen.fresh
  }
}

/** packetCount   how far back it remembers: a power of two, 32 or more */
export const createDuplicateWindow = (packetCount: number): DuplicateWindow => {
  assert(packetCount >= 32 && (packetCount & (packetCount - 1)) === 0, "a duplicate window is a power of two, 32 or more")
  return new Window(packetCount)
}
