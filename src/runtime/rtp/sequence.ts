/**
 * Sequence numbers and timestamps, widened once at the door so that nothing inside ever wraps.
 * A widened number is exact up to 2^53: at 48 kHz that is six thousand years.
 *
 * The first widened number of a stream starts one cycle up (`extSeqBase + seq`, `extTimestampBase + rtpTimestamp`), so that a
 * packet which the first one overtook does not become negative.
 *
 * Thread: any      Realtime: wait-free, allocates nothing
 * Source   RFC 3550 A.1; RFC 1982 for the half-circle comparison
 */

export const extSeqBase = 0x1_0000
export const extTimestampBase = 0x1_0000_0000

/**
 * How far `to` is ahead of `from` on the circle of 2^16; either may be widened.
 * Returns  -32768..32767; exactly half the circle counts as behind
 */
export const seqDistance = (from: number, to: number): number => ((to - from) << 16) >> 16

/**
 * How far `to` is ahead of `from` on the circle of 2^32, ticks; either may be widened.
 * Returns  -2^31..2^31-1; exactly half the circle counts as behind
 */
export const timestampDistance = (from: number, to: number): number => (to - from) | 0

export const isSeqAfter = (from: number, to: number): boolean => ((to - from) << 16) >> 16 > 0
export const isTimestampAfter = (from: number, to: number): boolean => ((to - from) | 0) > 0

/**
 * Widens a sequence number to the value nearest to a widened one.
 * refExtSeq  a widened number of the same stream, usually the highest seen
 * seq        0..65535
 */
export const extendSeq = (refExtSeq: number, seq: number): number => refExtSeq + (((seq - refExtSeq) << 16) >> 16)

/**
 * Widens an RTP timestamp to the value nearest to a widened one.
 * refExtTimestamp  a widened timestamp of the same stream
 * rtpTimestamp     0..2^32-1
 */
export const extendTimestamp = (refExtTimestamp: number, rtpTimestamp: number): number =>
  refExtTimestamp + ((rtpTimestamp - refExtTimestamp) | 0)
