/**
 * Remembers the last packet that did not belong to its stream's run. One alone is a stray, damaged or forged; a second that follows
 * on it, in number and in time, proves that the sender began anew.
 *
 * Thread: any, one at a time      Realtime: wait-free, allocates nothing
 * Source   RFC 3550 A.1 (bad_seq); the timeline is our addition, argued in README.md
 */

/** How much more media than time may pass from one packet to the next: a network's stall, let go at once, and any packet's length. */
const aheadSeconds = 1

/** Whether media goes on from one packet to a later one, and no further than time itself. */
export const keepsTime = (ticks: number, elapsedUs: number, rateHz: number): boolean =>
  ticks > 0 && ticks <= (aheadSeconds + elapsedUs / 1e6) * rateHz

export interface RestartProof {
  /** Takes note of a packet that did not belong; whether it follows on the one before. */
  follows(seq: number, rtpTimestamp: number, arrivalUs: number, rateHz: number): boolean
  /** The run went on: what was noted was a stray. */
  clear(): void
}

class Proof implements RestartProof {
  /** The number that would follow; -1: none. */
  private nextSeq = -1
  private rtpTimestamp = 0
  private arrivalUs = 0

  follows(seq: number, rtpTimestamp: number, arrivalUs: number, rateHz: number): boolean {
    if (seq === this.nextSeq && keepsTime((rtpTimestamp - this.rtpTimestamp) | 0, arrivalUs - this.arrivalUs, rateHz)) return true
    this.nextSeq = (seq + 1) & 0xffff
    this.rtpTimestamp = rtpTimestamp
    this.arrivalUs = arrivalUs
    return false
  }

  clear(): void {
    this.nextSeq = -1
    this.rtpTimestamp = 0
    this.arrivalUs = 0
  }
}

export const createRestartProof = (): RestartProof => new Proof()
