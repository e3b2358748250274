/**
 * Takes one block a round from a local source, whose clock is its own. Level is kept between one and three blocks: an empty ring
 * gives silence and asks for one block more before it goes on, a ring that has been too full for a second loses one block by a
 * cross-fade of two.
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
  /** Since creation: rounds without a block, blocks dropped by a cross-fade. */
  readonly counts: Int32Array
}

const SURPLUS = 2

export function createLocalInput(dsp: Dsp, reader: BlockReader, channelCount: number, blockFrames: number, roundsPerSecond: number): LocalInput {
  const counts = new Int32Array(2)
  const watchRounds = Math.round(roundsPerSecond)
  let primed = false
  let wanted = 1
  let least = 64
  let rounds = 0
  let held = 0

  /** Two blocks become one, the first fading into the second, in the second's place. */
  /* @hot */
  function dropOne(): number {
    const first = reader.address(reader.peek())
    const second = reader.address(reader.slotAt(1))
    for (let channel = 0; channel < channelCount; channel++) {
      const offset = channel * reader.planeBytes
      dsp.crossfade(second + offset, first + offset, second + offset, blockFrames, 0, 1)
    }
    reader.release()
    counts[1] = (counts[1] as number) + 1
    return second
  }

  return {
    counts,
    /* @hot */
    take() {
      const level = reader.level()
      if (!primed) {
        if (level < wanted) return 0
        reader.skipTo(wanted)
        primed = true
        least = 64
        rounds = 0
      }
      if (reader.level() === 0) {
        primed = false
        wanted = 2
        counts[0] = (counts[0] as number) + 1
        return 0
      }
      held = 1
      if (level < least) least = level
      rounds++
      if (rounds >= watchRounds) {
        const surplus = least - wanted
        rounds = 0
        least = 64
        if (surplus >= SURPLUS) return dropOne()
      }
      return reader.address(reader.peek())
    },
    /* @hot */
    done() {
      if (held === 0) return
      held = 0
      reader.release()
    },
  }
}
