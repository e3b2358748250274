/**
 * Ramped pairs of gains (left, right), one a lane: strip to master, strip to bus, bus to master, master fader. A ramp is a line
 * over whole blocks; a new aim starts from where the old one had come to, so nothing ever jumps.
 *
 * Thread: audio      Realtime: wait-free, allocates nothing after creation
 */
import { MIX_ROW_BYTES } from "../dsp/dsp.ts"

export interface Lanes {
  /** Gains at the block's first frame and at its end, by lane; valid after `step`. */
  readonly fromLeft: Float64Array
  readonly fromRight: Float64Array
  readonly toLeft: Float64Array
  readonly toRight: Float64Array
  /** Sets gains at once. */
  set(lane: number, left: number, right: number): void
  /** Ramps to new gains over `blockCount` blocks. */
  aim(lane: number, left: number, right: number, blockCount: number): void
  /** Blocks until the aim is reached. */
  remaining(lane: number): number
  /** Moves a lane on by one block. */
  step(lane: number): void
  /** Whether anything passes in this block. */
  heard(lane: number): boolean
  /** Whether the lane is a plain wire in this block. */
  unity(lane: number): boolean
}

export function createLanes(laneCount: number): Lanes {
  const [fromLeft, fromRight, toLeft, toRight] = [0, 1, 2, 3].map(() => new Float64Array(laneCount)) as
    [Float64Array, Float64Array, Float64Array, Float64Array]
  const aimLeft = new Float64Array(laneCount)
  const aimRight = new Float64Array(laneCount)
  const blocks = new Int32Array(laneCount)
  return {
    fromLeft, fromRight, toLeft, toRight,
    /* @hot */
    set(lane, left, right) {
      toLeft[lane] = left
      toRight[lane] = right
      blocks[lane] = 0
    },
    /* @hot */
    aim(lane, left, right, blockCount) {
      aimLeft[lane] = left
      aimRight[lane] = right
      blocks[lane] = left === toLeft[lane] && right === toRight[lane] ? 0 : blockCount
    },
    /* @hot */
    remaining(lane) {
      return blocks[lane] as number
    },
    /* @hot */
    step(lane) {
      const left = toLeft[lane] as number
      const right = toRight[lane] as number
      const remaining = blocks[lane] as number
      fromLeft[lane] = left
      fromRight[lane] = right
      if (remaining === 0) return
      blocks[lane] = remaining - 1
      if (remaining === 1) {
        toLeft[lane] = aimLeft[lane] as number
        toRight[lane] = aimRight[lane] as number
      } else {
        toLeft[lane] = left + ((aimLeft[lane] as number) - left) / remaining
        toRight[lane] = right + ((aimRight[lane] as number) - right) / remaining
      }
    },
    /* @hot */
    heard(lane) {
      return fromLeft[lane] !== 0 || toLeft[lane] !== 0 || fromRight[lane] !== 0 || toRight[lane] !== 0
    },
    /* @hot */
    unity(lane) {
      return fromLeft[lane] === 1 && toLeft[lane] === 1 && fromRight[lane] === 1 && toRight[lane] === 1
    },
  }
}

/** The table of rows that one call of the mix kernel takes. */
export interface MixRows {
  readonly at: number
  begin(): void
  /** Adds a source with a lane's gains; a lane that passes nothing adds no row. Mono: `right` is `left`. */
  add(left: number, right: number, lane: number): void
  count(): number
}

export function createMixRows(memory: WebAssembly.Memory, at: number, capacity: number, lanes: Lanes): MixRows {
  const sources = new Int32Array(memory.buffer, at, (capacity * MIX_ROW_BYTES) / 4)
  const gains = new Float32Array(memory.buffer, at, (capacity * MIX_ROW_BYTES) / 4)
  const { fromLeft, fromRight, toLeft, toRight } = lanes
  let rowCount = 0
  return {
    at,
    /* @hot */
    begin() {
      rowCount = 0
    },
    /* @hot */
    add(left, right, lane) {
      if (!lanes.heard(lane)) return
      const row = rowCount * (MIX_ROW_BYTES / 4)
      sources[row] = left
      sources[row + 1] = right
      gains[row + 2] = fromLeft[lane] as number
      gains[row + 3] = toLeft[lane] as number
      gains[row + 4] = fromRight[lane] as number
      gains[row + 5] = toRight[lane] as number
      rowCount++
    },
    /* @hot */
    count() {
      return rowCount
    },
  }
}
