/**
 * A ring of small records between two threads, six numbers each: commands down to a hot loop (strip, parameter, value, ramp) and
 * its journal up to the control thread (when, what, whom). One writer, one reader; the argument of the block ring holds.
 * A full ring refuses the record and counts it.
 *
 * Thread: any      Realtime: wait-free, allocates nothing after creation
 */

const WRITTEN = 0
const REFUSED = 1
const RELEASED = 16
const CONTROL_BYTES = 128

/** Numbers in a record. */
export const EVENT_FIELDS = 6

export interface EventRingPlan {
  readonly at: number
  /** Records, a power of two. */
  readonly capacity: number
}

export const eventRingBytes = (capacity: number): number => CONTROL_BYTES + capacity * EVENT_FIELDS * 8

export interface EventWriter {
  /** False when the ring is full; the record is lost and counted. */
  push(a: number, b: number, c: number, d: number, e: number, f: number): boolean
}

export interface EventReader {
  /** Takes the oldest record into `into` (Float64Array[6]); false when there is none. */
  pop(into: Float64Array): boolean
  /** Records refused since the ring was made. */
  refused(): number
}

const open = (memory: WebAssembly.Memory, plan: EventRingPlan) => {
  if ((plan.capacity & (plan.capacity - 1)) !== 0) throw new Error("broken invariant: a ring's capacity is a power of two")
  return {
    control: new Int32Array(memory.buffer, plan.at, CONTROL_BYTES / 4),
    records: new Float64Array(memory.buffer, plan.at + CONTROL_BYTES, plan.capacity * EVENT_FIELDS),
    mask: plan.capacity - 1,
  }
}

export function createEventWriter(memory: WebAssembly.Memory, plan: EventRingPlan): EventWriter {
  const { control, records, mask } = open(memory, plan)
  const capacity = plan.capacity
  let written = Atomics.load(control, WRITTEN)
  return {
    /* @hot */
    push(a, b, c, d, e, f) {
      if (((written - Atomics.load(control, RELEASED)) | 0) >= capacity) {
        Atomics.add(control, REFUSED, 1)
        return false
      }
      const at = (written & mask) * EVENT_FIELDS
      records[at] = a
      records[at + 1] = b
      records[at + 2] = c
      records[at + 3] = d
      records[at + 4] = e
      records[at + 5] = f
      written = (written + 1) | 0
      Atomics.store(control, WRITTEN, written)
      return true
    },
  }
}

export function createEventReader(memory: WebAssembly.Memory, plan: EventRingPlan): EventReader {
  const { control, records, mask } = open(memory, plan)
  let released = Atomics.load(control, RELEASED)
  return {
    /* @hot */
    pop(into) {
      if (((Atomics.load(control, WRITTEN) - released) | 0) <= 0) return false
      const at = (released & mask) * EVENT_FIELDS
      for (let i = 0; i < EVENT_FIELDS; i++) into[i] = records[at + i] as number
      released = (released + 1) | 0
      Atomics.store(control, RELEASED, released)
      return true
    },
    refused: () => Atomics.load(control, REFUSED),
  }
}

/** Sets both counters of an idle ring, so that a test can begin just before the wrap. */
export const presetEventRing = (memory: WebAssembly.Memory, plan: EventRingPlan, count: number): void => {
  const { control } = open(memory, plan)
  Atomics.store(control, WRITTEN, count | 0)
  Atomics.store(control, RELEASED, count | 0)
}
