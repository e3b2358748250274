/**
 * Takes one block a round from a local source, whose clock is its own and whose blocks may come in bunches. The reserve that is kept
 * is learnt: an empty ring gives silence and asks for one block more before it goes on; ten seconds in which two and more were
 * always left take a block away, one second in which far too many were takes all of them, each by a cross-fade.
 *
 * Thread: audio      Realtime: wait-free, allocates nothing after creation
 */
import type { Dsp } from "../../runtime/dsp/dsp.ts"
import type { BlockReader } from "../../runtime/ring/block-ring.ts"

export interface LocalInput {
  /** Left plane of the block for this round, or 0 for silence. Planes follow at `planeBytes`. */
  take(): number
  /** Gives the block back. */
  done(): void
  /** Since last cleared: rounds without a block, blocks dropped by a cross-fade. */
  readonly counts: Int32Array
}

/** Blocks that were there at every take of a while: more than these are not needed. */
const ENOUGH = 2
const FAR_TOO_MANY = 4
const CALM_SECONDS = 10
const MOST_WANTED = 8
/** Above any ring's level. */
const NONE_SEEN = 1 << 20

export function createLocalInput(dsp: Dsp, reader: BlockReader, channelCount: number, blockFrames: number, roundsPerSecond: number): LocalInput {
  const counts = new Int32Array(2)
  const second = Math.round(roundsPerSecond)
  let primed = false
  /** Blocks to wait for before it begins. */
  let wanted = 1
  /** Lowest level of this second and of this calm. */
  let leastOfSecond = NONE_SEEN
  let leastOfCalm = NONE_SEEN
  let rounds = 0
  let calmSeconds = 0
  let held = false

  /** Leaves `count` blocks out: the oldest fades into the one behind them, in that one's place. */
  /* @hot */
  function leaveOut(count: number): number {
    const from = reader.address(reader.peek())
    const into = reader.address(reader.slotAt(count))
    for (let channel = 0; channel < channelCount; channel++) {
      const offset = channel * reader.planeBytes
      dsp.crossfade(into + offset, from + offset, into + offset, blockFrames, 0, 1)
    }
    for (let i = 0; i < count; i++) reader.release()
    counts[1] = (counts[1] as number) + count
    return into
  }

  /** Looks back once a second. Returns how many blocks are to go. */
  /* @hot */
  function surplus(): number {
    const least = leastOfSecond
    leastOfSecond = NONE_SEEN
    rounds = 0
    if (least < leastOfCalm) leastOfCalm = least
    calmSeconds++
    if (least >= wanted + FAR_TOO_MANY) return least - wanted
    if (calmSeconds < CALM_SECONDS) return 0
    const calm = leastOfCalm
    calmSeconds = 0
    leastOfCalm = NONE_SEEN
    if (calm <= ENOUGH) return 0
    if (wanted > 1) wanted--
    return 1
  }

  /* @hot */
  function begin(): void {
    reader.skipTo(wanted)
    primed = true
    rounds = 0
    calmSeconds = 0
    leastOfSecond = NONE_SEEN
    leastOfCalm = NONE_SEEN
  }

  /* @hot */
  function ranDry(): void {
    primed = false
    if (wanted < MOST_WANTED) wanted++
    counts[0] = (counts[0] as number) + 1
  }

  return {
    counts,
    /* @hot */
    take() {
      if (!primed) {
        if (reader.level() < wanted) return 0
        begin()
      }
      const level = reader.level()
      if (level === 0) {
        ranDry()
        return 0
      }
      held = true
      if (level < leastOfSecond) leastOfSecond = level
      if (++rounds >= second) {
        const count = surplus()
        if (count > 0 && level > count) return leaveOut(count)
      }
      return reader.address(reader.peek())
    },
    /* @hot */
    done() {
      if (!held) return
      held = false
      reader.release()
    },
  }
}
