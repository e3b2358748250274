/**
 * What hot loops report upwards, as numbers: (time us, code, a, b, c, d) in an event ring a thread. The control thread turns them
 * into events. The meaning of a..d stands beside each code.
 */
export const JournalCode = {
  /** slot, ssrc */
  peerReset: 1,
  /** slot, frames */
  peerMissing: 2,
  peerLate: 3,
  peerRepeated: 4,
  peerOutOfOrder: 5,
  peerSlip: 6,
  /** jitter thread, block */
  jitterMissed: 10,
  /** source, kind of trouble */
  localUnderrun: 11,
  localSlip: 12,
  /** 1 begins, 0 ends */
  freeRunning: 13,
  /** chain, slot, cause */
  pluginBypassed: 20,
  pluginRestored: 21,
  pluginAbandoned: 23,
  /** output, count */
  outputUnderrun: 30,
  outputDropped: 31,
  xrun: 32,
  /** source */
  sourceEnded: 40,
  /** malformed count, reason */
  malformed: 50,
  refused: 51,
  ringFull: 52,
} as const
