/**
 * The party clock: microseconds of the system's monotonic clock, the same in every thread and process of a machine.
 *
 * `process.hrtime()` and not `performance.now()`: taken apart at once, its array never reaches the heap, while performance.now
 * boxes its result (16 bytes a call; measured with v8.getHeapStatistics over 50,000 calls).
 */

/** Thread: any      Realtime: yes; for hot loops prefer `readClock`, whose result is never boxed. */
export function nowUs(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1e6 + nanoseconds / 1e3
}

/** Writes the party clock, us, into `cells[index]`. */
/* @hot */
export function readClock(cells: Float64Array, index: number): void {
  const [seconds, nanoseconds] = process.hrtime()
  cells[index] = seconds * 1e6 + nanoseconds / 1e3
}

/** Wall clock minus party clock, us. Taken once, by the process's main thread, and handed to all others. */
export const wallOffsetUs = (): number => (performance.timeOrigin + performance.now()) * 1000 - nowUs()
