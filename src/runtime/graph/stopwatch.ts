/**
 * Measures a call without leaving anything on the heap.
 *
 * The system's clock comes as a small array, which never reaches the heap if the compiler melts the clock into the function that
 * reads it. A large caller uses up what the compiler will melt together, and then each reading leaves some 80 bytes (measured: in
 * some runs, not in others). So the clock is read by two small functions that are called from one place in turn: such a call is
 * never melted into its caller, and each of them has room for the clock.
 *
 * Thread: audio      Realtime: wait-free, allocates nothing
 */

/** Writes us into a cell. */
export type ReadClock = (cells: Float64Array, index: number) => void

export const Edge = { start: 0, end: 1 } as const

/* @hot */
const readStart = (readClock: ReadClock, cells: Float64Array): void => {
  readClock(cells, Edge.start)
}

/* @hot */
const readEnd = (readClock: ReadClock, cells: Float64Array): void => {
  readClock(cells, Edge.end)
}

const edges: readonly ((readClock: ReadClock, cells: Float64Array) => void)[] = [readStart, readEnd]

/** Reads the clock into cell 0 before a call, Edge.start, or into cell 1 behind it, Edge.end. */
/* @hot */
export const readEdge = (edge: number, readClock: ReadClock, cells: Float64Array): void => {
  const read = edges[edge]
  if (read !== undefined) read(readClock, cells)
}
