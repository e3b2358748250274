/**
 * Lays out the arena: one shared memory in which every ring, page and buffer of a party has its place. Planned once, from the
 * preset; peers are slots, so memory never grows while a party runs.
 */

export interface ArenaPlanner {
  /** Reserves bytes; returns their address. Default alignment 64, a cache line. */
  take(bytes: number, align?: number): number
  /** Bytes that the arena needs in all. */
  end(): number
}

export function createArenaPlanner(baseBytes: number): ArenaPlanner {
  let next = baseBytes
  return {
    take(bytes, align = 64) {
      const at = Math.ceil(next / align) * align
      next = at + bytes
      return at
    },
    end: () => next,
  }
}
