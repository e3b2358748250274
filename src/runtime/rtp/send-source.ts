/**
 * The sending side of one stream: who we are (SSRC), where we are (sequence number, timestamp), how much we sent.
 *
 * All of it lives in a few numbers given by the caller, in shared memory, so that a thread that takes over from a dead one goes on
 * with the same stream. Timestamps follow the audio's own frame position: `rtpTimestamp = offset + position`, modulo 2^32, so
 * audio that was skipped shows as time, never as a shift.
 *
 * Thread: the stream's sender; the numbers may be read by any      Realtime: `next` is wait-free, allocates nothing
 * Source   RFC 3550 5.1, 6.4.1, 8.1
 */
import { ntpHiOfUs, ntpLoOfUs } from "./ntp.ts"
import type { SenderInfo } from "./rtcp.ts"
import type { RtpPacket } from "./header.ts"

/** Numbers that one stream keeps. Fresh ones are all 0. */
export const sendStateCount = 8

/** Where each stands in the state. */
const slot = { live: 0, ssrc: 1, seq: 2, timestampOffset: 3, packetCount: 4, octetCount: 5, position: 6 } as const

export interface SendSource {
  readonly ssrc: number
  /** Whether it goes on with a stream that an earlier thread began. */
  readonly resumed: boolean
  readonly packetCount: number
  readonly octetCount: number
  /** Widened sequence number of the next packet. */
  readonly nextExtSeq: number
  /** Frame position of the last packet's first frame. */
  readonly lastPosition: number
  /**
   * Fills seq, rtpTimestamp and ssrc for the next packet and counts it. The number is taken before the packet is sent: a thread that
   * dies in between leaves a gap of one, never two packets with one number.
   * position      of the packet's first frame, frames
   * payloadBytes  without header
   */
  next(position: number, payloadBytes: number, into: RtpPacket): void
  /** 0..2^32-1 */
  rtpTimestampAt(position: number): number
  /**
   * The contents of a sender report.
   * wallUs    now, us since 1970
   * position  the frame that is being captured now
   */
  senderInfo(wallUs: number, position: number): SenderInfo
}

class Source implements SendSource {
  readonly ssrc: number
  readonly resumed: boolean
  private readonly state: Float64Array
  private readonly timestampOffset: number

  constructor(state: Float64Array, random: () => number) {
    this.state = state
    this.resumed = state[slot.live] === 1
    if (!this.resumed) {
      state.fill(0)
      // 0 is a valid SSRC, but tools take it for "not known".
      state[slot.ssrc] = 1 + Math.floor(random() * 0xffff_fffe)
      // The upper half of the circle is left out, so that the first wrap comes late: some receivers still stumble over it.
      state[slot.seq] = Math.floor(random() * 0x8000)
      state[slot.timestampOffset] = Math.floor(random() * 0x1_0000_0000)
      state[slot.live] = 1
    }
    this.ssrc = state[slot.ssrc]!
    this.timestampOffset = state[slot.timestampOffset]!
  }

  get packetCount(): number {
    return this.state[slot.packetCount]!
  }
  get octetCount(): number {
    return this.state[slot.octetCount]!
  }
  get nextExtSeq(): number {
    return this.state[slot.seq]!
  }
  get lastPosition(): number {
    return this.state[slot.position]!
  }

  next(position: number, payloadBytes: number, into: RtpPacket): void {
    const state = this.state
    const extSeq = state[slot.seq]!
    state[slot.seq] = extSeq + 1
    state[slot.packetCount] = state[slot.packetCount]! + 1
    state[slot.octetCount] = state[slot.octetCount]! + payloadBytes
    state[slot.position] = position
    into.seq = extSeq & 0xffff
    into.rtpTimestamp = (this.timestampOffset + position) >>> 0
    into.ssrc = this.ssrc
  }

  rtpTimestampAt(position: number): number {
    return (this.timestampOffset + position) >>> 0
  }

  senderInfo(wallUs: number, position: number): SenderInfo {
    return {
      ntpHi: ntpHiOfUs(wallUs),
      ntpLo: ntpLoOfUs(wallUs),
      rtpTimestamp: this.rtpTimestampAt(position),
      packetCount: this.packetCount >>> 0,
      octetCount: this.octetCount >>> 0,
    }
  }
}

/**
 * Begins a stream, or goes on with the one that `state` holds.
 * state    Float64Array[sendStateCount], all 0 for a new stream; written by this source alone
 * random   0 <= x < 1; used for a new stream only. Must differ between computers that start together
 */
export const createSendSource = (state: Float64Array, random: () => number): SendSource => new Source(state, random)
