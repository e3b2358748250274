/** Which slots a jitter thread serves, in the order in which it does. */
export const slotsOfThread = (peerCount: number, threadCount: number, threadIndex: number): readonly number[] =>
  Array.from({ length: peerCount }, (_, slot) => slot).filter((slot) => slot % threadCount === threadIndex)
