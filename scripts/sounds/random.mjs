/** Seeded random numbers, so that the sounds come out the same everywhere. */

/** Returns a function that gives uniform numbers in -1..1 (xorshift32). */
export const createNoise = (seed) => {
  let state = seed | 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state / 0x80000000
  }
}
