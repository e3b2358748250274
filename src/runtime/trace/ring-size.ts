/** How long the ring of a traced jitter thread must be. Realtime: no */
import { jitterBytes } from "../jitter/memory.ts"
import { powerOfTwo } from "../ring/block-ring.ts"

/** Half a second of a stereo stream of 24 bits in packets of 128 frames, with its pulls, and something over. */
const SLOT_BYTES = 196_608
/** Of a state, beside the buffer's own memory. */
const STATE_BYTES = 131_072

/** Bytes of a ring that holds half a second of all slots, and a state. Half of it must be free for a state to be begun. */
export const traceRingBytes = (slotCount: number, rateHz: number): number =>
  powerOfTwo(slotCount * SLOT_BYTES + 2 * (jitterBytes(rateHz) + STATE_BYTES))
