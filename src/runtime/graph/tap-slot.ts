/**
 * Hands every block that passes a tap's place to the tap's own thread, through a block ring. The sound itself goes on untouched.
 * A full ring takes no block and counts it: the far end sees the gap in the positions.
 *
 * Thread: audio      Realtime: wait-free, allocates nothing after creation
 */
import type { Dsp } from "../dsp/dsp.ts"
import type { BlockRingPlan } from "../ring/block-ring.ts"
import { BlockFlag, BlockMeta, createBlockWriter } from "../ring/block-ring.ts"
import type { SlotHost } from "./plugin-slot.ts"
import { createSlotPage } from "./slot-page.ts"

export interface TapSlot {
  /**
   * Writes one block. Mono (`right` is `left`) fills both planes alike and sets the mono flag.
   * flags  BlockFlag of what passes; with `silent` or `waiting` the addresses are not read
   */
  write(left: number, right: number, flags: number): void
}

const NOTHING = BlockFlag.silent | BlockFlag.waiting

/** page  address of its statistics page */
export function createTapSlot(host: SlotHost, ring: BlockRingPlan, pageAt: number): TapSlot {
  const { memory, blockFrames, meter, position } = host
  const dsp: Dsp = host.dsp
  const writer = createBlockWriter(memory, ring)
  const page = createSlotPage(memory, pageAt)
  const { meta } = writer
  meta[BlockMeta.stampUs] = NaN
  const measured = new Float32Array(memory.buffer, meter, 1)
  return {
    /* @hot */
    write(left, right, flags) {
      const slot = writer.claim()
      if (slot < 0) {
        page.drop()
        return
      }
      const at = writer.address(slot)
      meta[BlockMeta.position] = position[0] as number
      if ((flags & NOTHING) !== 0) {
        dsp.clear(at, blockFrames)
        dsp.clear(at + writer.planeBytes, blockFrames)
        meta[BlockMeta.level] = 0
        writer.commit(flags)
        return
      }
      dsp.copy(at, left, blockFrames)
      dsp.copy(at + writer.planeBytes, right, blockFrames)
      dsp.meter(left, blockFrames, meter)
      meta[BlockMeta.level] = measured[0] as number
      if (right === left) {
        writer.commit(flags | BlockFlag.mono)
        return
      }
      dsp.meter(right, blockFrames, meter)
      meta[BlockMeta.level] = Math.max(meta[BlockMeta.level] as number, measured[0] as number)
      writer.commit(flags & ~BlockFlag.mono)
    },
  }
}
