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
 * Thread: audio      Realtime: allocates nothing after creation
 */

export interface StateIo {
  /** Returns the value to go on with: the one given when saving, the one that was saved when loading. An int32. */
  int(value: number): number
  flag(value: boolean): boolean
  /** All of the array's numbers. */
  cells(values: Float64Array | Float32Array | Int32Array | Uint8Array): void
}
