/**
 * Saves and restores what a jitter buffer knows, so that a recorded stretch of a stream can be replayed from its middle. Each part
 * of the buffer has one function that names its variables in a fixed order; whether they are written down or overwritten is
 * decided here.
 *
 *   state(io) {
 *     gapFrames = io.int(gapFrames)
 *     gap = io.flag(gap)
 *     io.cells(phase)
 *   }
 *
 * A saved state is a row of entries, each of whole 8 bytes in the machine's own order: what it is (int32), then the number (int32),
 * or how many numbers, and these. The first says that it is a state. So one that was cut off, or that another shape of the buffer
 * has written, is noticed.
 *
 * Thread: audio      Realtime: allocates nothing after creation
 */
import { assert } from "../errors.ts"

export type StateCells = Float64Array | Float32Array | Int32Array | Uint8Array

export interface StateIo {
  /** Returns the value to go on with: the one given when saving, the one that was saved when loading. An int32. */
  int(value: number): number
  flag(value: boolean): boolean
  /** All of the array's numbers. */
  cells(values: StateCells): void
  /** A state in which another int32 stands here is not for this buffer. */
  same(value: number): void
}

/** What has a state to be saved. */
export interface Stateful {
  state(io: StateIo): void
}

export interface StateSaver extends StateIo {
  /** Another state, from the target's beginning on. */
  begin(): void
  /** Bytes of the state so far, whether there was room for them or not; a multiple of 8. */
  bytes(): number
  overflowed(): boolean
}

export interface StateLoader extends StateIo {
  begin(): void
  /** The source holds no state, or not one of this shape: from there on nothing was changed, and what was loaded is of no use. */
  faulty(): boolean
}

const MAGIC = 0x6a_62_73_31
const INT = 1
const FLAG = 2
const SAME = 3
/** Arrays, by the bytes of a number. */
const CELLS = 16
const FLOAT32 = 1

/* @hot */
function kindOf(values: StateCells): number {
  return CELLS + values.BYTES_PER_ELEMENT + (values instanceof Float32Array ? FLOAT32 : 0)
}

/* @hot */
function bytesOf(values: StateCells): number {
  return (values.byteLength + 7) & ~7
}

/**
 * Writes states into a target, as far as they fit.
 * target   at a multiple of 8 in its buffer
 */
export function createStateSaver(target: Uint8Array): StateSaver {
  const { buffer, byteOffset } = target
  assert(byteOffset % 8 === 0, "a state lies at a multiple of 8")
  const room = target.byteLength & ~7
  const bytes = new Uint8Array(buffer, byteOffset, room)
  const ints = new Int32Array(buffer, byteOffset, room / 4)
  const floats = new Float32Array(buffer, byteOffset, room / 4)
  const doubles = new Float64Array(buffer, byteOffset, room / 8)
  let at = 0

  /* @hot */
  function head(kind: number, value: number): void {
    if (at + 8 <= room) {
      ints[at >> 2] = kind
      ints[(at >> 2) + 1] = value
    }
    at += 8
  }

  return {
    /* @hot */
    begin() {
      at = 0
      head(MAGIC, 0)
    },
    /* @hot */
    int(value) {
      head(INT, value)
      return value
    },
    /* @hot */
    flag(value) {
      head(FLAG, value ? 1 : 0)
      return value
    },
    /* @hot */
    same(value) {
      head(SAME, value)
    },
    /* @hot */
    cells(values) {
      head(kindOf(values), values.length)
      const from = at
      at += bytesOf(values)
      if (at > room) return
      if (values instanceof Float64Array) doubles.set(values, from >> 3)
      else if (values instanceof Float32Array) floats.set(values, from >> 2)
      else if (values instanceof Int32Array) ints.set(values, from >> 2)
      else bytes.set(values, from)
    },
    bytes: () => at,
    overflowed: () => at > room,
  }
}

/** Restores what a saver has written. Never throws, whatever the source holds. Realtime: no */
export function createStateLoader(source: Uint8Array): StateLoader {
  const room = source.byteLength & ~7
  const bytes = new Uint8Array(room)
  bytes.set(source.subarray(0, room))
  const { buffer } = bytes
  const ints = new Int32Array(buffer)
  const floats = new Float32Array(buffer)
  const doubles = new Float64Array(buffer)
  let at = 0
  let faulty = true

  /** Whether an entry of this kind, with so many bytes more, stands here. */
  const stands = (kind: number, more: number): boolean => {
    if (at + 8 + more > room || ints[at >> 2] !== kind) faulty = true
    if (faulty) return false
    at += 8 + more
    return true
  }
  const number = (kind: number, value: number): number => (stands(kind, 0) ? (ints[(at >> 2) - 1] as number) : value)

  return {
    begin() {
      at = 0
      faulty = false
      stands(MAGIC, 0)
    },
    int: (value) => number(INT, value),
    flag: (value) => number(FLAG, value ? 1 : 0) !== 0,
    same(value) {
      if (number(SAME, value) !== value) faulty = true
    },
    cells(values) {
      const from = at + 8
      if (ints[(at >> 2) + 1] !== values.length) faulty = true
      if (!stands(kindOf(values), bytesOf(values))) return
      const { length } = values
      if (values instanceof Float64Array) values.set(doubles.subarray(from >> 3, (from >> 3) + length))
      else if (values instanceof Float32Array) values.set(floats.subarray(from >> 2, (from >> 2) + length))
      else if (values instanceof Int32Array) values.set(ints.subarray(from >> 2, (from >> 2) + length))
      else values.set(bytes.subarray(from, from + length))
    },
    faulty: () => faulty,
  }
}

/** Bytes that a state takes. Realtime: no */
export function measureState(buffer: Stateful): number {
  const counter = createStateSaver(new Uint8Array(0))
  counter.begin()
  buffer.state(counter)
  return counter.bytes()
}
