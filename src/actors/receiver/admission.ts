/**
 * Who gets a slot. A stream must show two packets in sequence; slots are few and new ones are given out at a limited pace, so that
 * a flood of invented streams costs a bounded table, a counter, and nothing to those who sing.
 *
 * No I/O, no clock. Thread: net      Realtime: `find` and `prove` allocate nothing but the map's own growth, which is bounded
 * Source   RFC 3550 A.1 (probation), 6.2.1 and 8.2 (bounded tables)
 */

/** Answers of `admit`, and own: what `find` says of our own streams. */
export const Verdict = { own: -2, full: -3, tooMany: -4 } as const

export interface Admission {
  /** Slot of a stream, Verdict.own for one of ours, or undefined. */
  find(ssrc: number): number | undefined
  /** Looks at a packet of an unknown stream; whether it follows on the one before, as a real stream's does. */
  prove(ssrc: number, seq: number): boolean
  /** Gives a proven stream a slot: returns it, or a Verdict. */
  admit(ssrc: number, nowUs: number): number
  /** A slot known from before (a replaced thread). */
  restore(ssrc: number, slot: number): void
  release(ssrc: number, slot: number): void
  ignore(ssrc: number): void
}

const CANDIDATES = 256
/** New streams at once, and a second, beyond which more must wait. */
const NEW_PER_SECOND = 4
const MOST_IGNORED = 256

export function createAdmission(slotCount: number): Admission {
  const slots = new Map<number, number>()
  const free = Array.from({ length: slotCount }, (_, slot) => slot)
  const candidateSsrc = new Float64Array(CANDIDATES).fill(-1)
  const candidateSeq = new Int32Array(CANDIDATES)
  let nextCandidate = 0
  let ignored = 0
  let tokens = slotCount
  let tokensAtUs = -1

  const refill = (nowUs: number): void => {
    if (tokensAtUs >= 0) tokens = Math.min(slotCount, tokens + ((nowUs - tokensAtUs) / 1e6) * NEW_PER_SECOND)
    tokensAtUs = nowUs
  }

  return {
    find: (ssrc) => slots.get(ssrc),
    prove(ssrc, seq) {
      const known = candidateSsrc.indexOf(ssrc)
      const follows = known >= 0 && candidateSeq[known] === seq
      const at = known < 0 ? nextCandidate : known
      if (known < 0) nextCandidate = (nextCandidate + 1) % CANDIDATES
      candidateSsrc[at] = ssrc
      candidateSeq[at] = (seq + 1) & 0xffff
      return follows
    },
    admit(ssrc, nowUs) {
      if (free.length === 0) return Verdict.full
      refill(nowUs)
      if (tokens < 1) return Verdict.tooMany
      tokens--
      const known = candidateSsrc.indexOf(ssrc)
      if (known >= 0) candidateSsrc[known] = -1
      const slot = free.shift() as number
      slots.set(ssrc, slot)
      return slot
    },
    restore(ssrc, slot) {
      const at = free.indexOf(slot)
      if (at >= 0) free.splice(at, 1)
      slots.set(ssrc, slot)
    },
    release(ssrc, slot) {
      if (slots.delete(ssrc)) free.push(slot)
    },
    ignore(ssrc) {
      if (ignored++ < MOST_IGNORED) slots.set(ssrc, Verdict.own)
    },
  }
}
