/**
 * A ring of audio blocks between two threads: one writer, one reader, no lock, no copy.
 *
 * A slot is a header (position, stamp, flags, level) and planar float32 audio. The writer fills the slot `claim` gave it, in
 * place, then commits; the reader uses the slot `peek` gave it, in place, then releases.
 *
 * Why this is right:
 * - `written` has one writer (the producer), `released` has one writer (the consumer). Each is an int32 that runs freely and
 *   wraps at 2^31; only their difference, taken `| 0`, and their low bits are ever used, so the wrap is invisible as long as
 *   the capacity is a power of two and below 2^30.
 * - The producer stores audio and header with plain stores and then `Atomics.store(written)`; the consumer loads `written` with
 *   `Atomics.load` before it reads the slot. Both are sequentially consistent, so what the slot holds is seen whole.
 * - The other way round, the consumer's last read of a slot comes before its `Atomics.store(released)`, and the producer loads
 *   `released` before it claims the slot again: a slot is never overwritten while it is read.
 * - A thread that dies leaves its counter where it was. What it had claimed was never committed; its successor opens the ring
 *   and goes on from the counters.
 *
 * Thread: audio      Realtime: wait-free, allocates nothing after creation
 */

const WRITTEN = 0
/** In words; a cache line apart, so that the two threads do not fight over one. */
const RELEASED = 16
const CONTROL_BYTES = 128
const HEADER_BYTES = 32

/** Flags of a block. */
export const BlockFlag = { concealed: 1, silent: 2, discontinuity: 4, mono: 8, waiting: 16 } as const

/** Where a ring lies in the arena. */
export interface BlockRingPlan {
  readonly at: number
  /** Slots, a power of two. */
  readonly capacity: number
  readonly channelCount: number
  readonly blockFrames: number
}

const slotBytes = (channelCount: number, blockFrames: number): number => HEADER_BYTES + channelCount * blockFrames * 4

/** Bytes that a ring takes; `capacity` must be a power of two. */
export const blockRingBytes = (capacity: number, channelCount: number, blockFrames: number): number =>
  CONTROL_BYTES + capacity * slotBytes(channelCount, blockFrames)

/** Smallest power of two not below `count`. */
export const powerOfTwo = (count: number): number => 2 ** Math.ceil(Math.log2(Math.max(1, count)))

const open = (memory: WebAssembly.Memory, plan: BlockRingPlan) => {
  const { capacity, channelCount, blockFrames } = plan
  if ((capacity & (capacity - 1)) !== 0) throw new Error("broken invariant: a ring's capacity is a power of two")
  const size = slotBytes(channelCount, blockFrames)
  const first = plan.at + CONTROL_BYTES
  return {
    control: new Int32Array(memory.buffer, plan.at, CONTROL_BYTES / 4),
    mask: capacity - 1,
    size,
    first,
    ints: new Int32Array(memory.buffer, first, (capacity * size) / 4),
    doubles: new Float64Array(memory.buffer, first, (capacity * size) / 8),
    planes: blockFrames * 4,
  }
}

/** Views of every slot's planes, for code that works on arrays rather than addresses: views[slot][channel]. */
export const blockViews = (memory: WebAssembly.Memory, plan: BlockRingPlan): readonly (readonly Float32Array[])[] =>
  Array.from({ length: plan.capacity }, (_, slot) =>
    Array.from({ length: plan.channelCount }, (__, channel) =>
      new Float32Array(memory.buffer, plan.at + CONTROL_BYTES + slot * slotBytes(plan.channelCount, plan.blockFrames)
        + HEADER_BYTES + channel * plan.blockFrames * 4, plan.blockFrames)))

/**
 * What travels with a block. It passes through a small array rather than through arguments, because a fraction or a large number
 * that crosses a call is boxed on the heap where the call is not inlined.
 */
export const BlockMeta = {
  /** Frame of the block's first frame on its timeline. */
  position: 0,
  /** When its last frame was captured, us on the party clock; NaN where unknown. */
  stampUs: 1,
  /** Peak, linear. */
  level: 2,
} as const

export interface BlockWriter {
  /** Set before `commit`; see BlockMeta. */
  readonly meta: Float64Array
  /** Slot to fill, or -1 when the reader has left no room. Calling it again before commit gives the same slot. */
  claim(): number
  /** Byte address of a claimed slot's audio; planes follow each other at `planeBytes`. */
  address(slot: number): number
  readonly planeBytes: number
  /** Hands the claimed slot over, with `meta`. */
  commit(flags: number): void
  /** Blocks that the reader has not released. */
  level(): number
}

/** The writing end. Exactly one thread may hold it. */
export function createBlockWriter(memory: WebAssembly.Memory, plan: BlockRingPlan): BlockWriter {
  const { control, mask, size, first, ints, doubles, planes } = open(memory, plan)
  const capacity = plan.capacity
  const meta = new Float64Array(3)
  let written = Atomics.load(control, WRITTEN)
  return {
    meta,
    planeBytes: planes,
    /* @hot */
    claim() {
      return ((written - Atomics.load(control, RELEASED)) | 0) >= capacity ? -1 : written & mask
    },
    /* @hot */
    address(slot) {
      return first + slot * size + HEADER_BYTES
    },
    /* @hot */
    commit(flags) {
      const at = ((written & mask) * size) >> 3
      doubles[at] = meta[0] as number
      doubles[at + 1] = meta[1] as number
      doubles[at + 2] = meta[2] as number
      ints[(at << 1) + 6] = flags
      written = (written + 1) | 0
      Atomics.store(control, WRITTEN, written)
    },
    /* @hot */
    level() {
      return (written - Atomics.load(control, RELEASED)) | 0
    },
  }
}

export interface BlockReader {
  /** Oldest unread slot, or -1 when there is none. */
  peek(): number
  /** The slot `offset` blocks after the oldest, or -1 when there are not so many. */
  slotAt(offset: number): number
  /** Unread blocks. */
  level(): number
  address(slot: number): number
  readonly planeBytes: number
  /** Of the slot that `read` was last called with; see BlockMeta. */
  readonly meta: Float64Array
  /** Fills `meta` from a slot's header; returns its flags. */
  read(slot: number): number
  /** Gives the oldest slot back to the writer. */
  release(): void
  /** Gives back all but the newest `keep` blocks; returns how many went. */
  skipTo(keep: number): number
}

/** The reading end. Exactly one thread may hold it. */
export function createBlockReader(memory: WebAssembly.Memory, plan: BlockRingPlan): BlockReader {
  const { control, mask, size, first, ints, doubles, planes } = open(memory, plan)
  const meta = new Float64Array(3)
  let released = Atomics.load(control, RELEASED)
  return {
    meta,
    planeBytes: planes,
    /* @hot */
    peek() {
      return ((Atomics.load(control, WRITTEN) - released) | 0) > 0 ? released & mask : -1
    },
    /* @hot */
    slotAt(offset) {
      return ((Atomics.load(control, WRITTEN) - released) | 0) > offset ? (released + offset) & mask : -1
    },
    /* @hot */
    level() {
      return (Atomics.load(control, WRITTEN) - released) | 0
    },
    /* @hot */
    address(slot) {
      return first + slot * size + HEADER_BYTES
    },
    /* @hot */
    read(slot) {
      const at = (slot * size) >> 3
      meta[0] = doubles[at] as number
      meta[1] = doubles[at + 1] as number
      meta[2] = doubles[at + 2] as number
      return ints[(at << 1) + 6] as number
    },
    /* @hot */
    release() {
      released = (released + 1) | 0
      Atomics.store(control, RELEASED, released)
    },
    /* @hot */
    skipTo(keep) {
      const surplus = ((Atomics.load(control, WRITTEN) - released) | 0) - keep
      if (surplus <= 0) return 0
      released = (released + surplus) | 0
      Atomics.store(control, RELEASED, released)
      return surplus
    },
  }
}

/** Sets both counters of an idle ring, so that a test can begin just before the wrap. */
export const presetBlockRing = (memory: WebAssembly.Memory, plan: BlockRingPlan, count: number): void => {
  const { control } = open(memory, plan)
  Atomics.store(control, WRITTEN, count | 0)
  Atomics.store(control, RELEASED, count | 0)
}
