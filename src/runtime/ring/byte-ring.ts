/** What the rings of records of any length have in common: where they lie, and the views on them. */

export interface ByteRingPlan {
  readonly at: number
  /** Bytes for records, a power of two. */
  readonly capacityBytes: number
}

/** Counters before the records, on lines of their own. */
const CONTROL_BYTES = 128

export const byteRingBytes = (capacityBytes: number): number => CONTROL_BYTES + capacityBytes

export const openByteRing = (memory: WebAssembly.Memory, plan: ByteRingPlan) => {
  if ((plan.capacityBytes & (plan.capacityBytes - 1)) !== 0) throw new Error("broken invariant: a ring's capacity is a power of two")
  const first = plan.at + CONTROL_BYTES
  return {
    control: new Int32Array(memory.buffer, plan.at, CONTROL_BYTES / 4),
    first,
    mask: plan.capacityBytes - 1,
    bytes: new Uint8Array(memory.buffer, first, plan.capacityBytes),
    ints: new Int32Array(memory.buffer, first, plan.capacityBytes / 4),
    doubles: new Float64Array(memory.buffer, first, plan.capacityBytes / 8),
  }
}
