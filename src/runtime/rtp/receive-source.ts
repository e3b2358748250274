/**
 * What a receiver knows of one SSRC: is it a real stream, which packets came, what is missing, how unsteady they arrive.
 *
 * RFC 3550's appendix, with five deliberate differences, argued in README.md: a duplicate is known by a bitmap and counted apart;
 * a packet behind the highest is believed only as far as the bitmap reaches and its timestamp is behind too; one ahead only if its
 * timestamp is ahead as well and keeps to the time that has passed; numbers go on upwards over a restart; a pause is not jitter.
 *
 * Thread: any, one at a time      Realtime: `update` is wait-free, allocates nothing
 * Source   RFC 3550 A.1 (validity), A.3 (loss), A.8 (jitter), 6.4.1 (report block)
 */
import { createArrivalJitter } from "./arrival-jitter.ts"
import { createDuplicateWindow, seen } from "./duplicate-window.ts"
import type { DuplicateWindow } from "./duplicate-window.ts"
import { ntpMiddle, shortOfUs } from "./ntp.ts"
import { createRestartProof, keepsTime } from "./restart-proof.ts"
import type { ReportBlock } from "./rtcp.ts"
import { extSeqBase, extTimestampBase, seqDistance } from "./sequence.ts"

/** What a packet turned out to be. Those up to `lastToUse` carry audio to use. */
export const arrival = {
  /** The next one. */
  inOrder: 0,
  /** Ahead, with `gapPackets` missing before it. */
  gap: 1,
  /** Behind the highest, not seen before. */
  reordered: 2,
  /** The second of two that follow on each other after a large jump: the sender began anew, and so did the counting. */
  restart: 3,
  /** Seen before. */
  duplicate: 4,
  /** The source is not yet trusted. */
  probation: 5,
  /** A large jump away; forgotten unless the next one follows on it. */
  stray: 6,
} as const
export type Arrival = (typeof arrival)[keyof typeof arrival]

/** `code <= lastToUse`: insert the packet. */
export const lastToUse = arrival.restart

export interface ReceiveSourceOptions {
  readonly rateHz: number
  /** Packets in sequence before the source is trusted; 1 trusts the first. Default 2. */
  readonly minSequential?: number
  /** Longest jump ahead that is still a gap, packets. Default 3000. */
  readonly maxDropout?: number
  /** How far back duplicates are known and reordered packets taken; a power of two. Default 1024. */
  readonly windowPackets?: number
}

export interface ReceiveSource {
  /** Of the packet last updated; meaningful for codes up to `lastToUse` and for duplicates. Goes up for ever, over restarts too. */
  readonly extSeq: number
  /** Its timestamp, widened, ticks. */
  readonly extTimestamp: number
  /** Missing packets before it; 0 unless the code was `gap`. */
  readonly gapPackets: number
  readonly highestExtSeq: number
  readonly lastArrivalUs: number

  /** Packets of use, each once. */
  readonly received: number
  /** From the first to the highest. */
  readonly expected: number
  /** expected - received; falls again when a missing one turns up late. */
  readonly lost: number
  readonly duplicate: number
  readonly reordered: number
  /** Probation and strays, and what `discard` added. */
  readonly discarded: number
  readonly restarts: number
  /** Interarrival jitter, timestamp ticks. */
  readonly jitterTicks: number

  /**
   * Takes note of one packet.
   * seq           0..65535
   * rtpTimestamp  0..2^32-1
   * arrivalUs     any steady clock
   */
  update(seq: number, rtpTimestamp: number, arrivalUs: number): Arrival
  /** Counts a packet that was thrown away after `update`, by whoever had no room for it. */
  discard(): void
  /** Remembers a sender report for the next report block. */
  noteSenderReport(ntpHi: number, ntpLo: number, arrivalUs: number): void
  /** The block about this source, and the start of the next interval. nowUs on the clock of `arrivalUs`. May allocate. */
  reportBlock(ssrc: number, nowUs: number): ReportBlock
  /** Makes it new, for another SSRC in the same slot. */
  reset(rateHz: number): void
}

/** How far behind the highest a late packet's timestamp may be: more than any window of packets lasts. */
const behindSeconds = 60

class Source implements ReceiveSource {
  extSeq = 0
  extTimestamp = extTimestampBase
  gapPackets = 0
  highestExtSeq = 0
  lastArrivalUs = 0
  received = 0
  duplicate = 0
  reordered = 0
  discarded = 0
  restarts = 0

  private rateHz: number
  private readonly minSequential: number
  private readonly maxDropout: number
  private readonly window: DuplicateWindow

  private started = false
  /** Packets still to come in sequence; 0: trusted. */
  private probation = 0
  private highestExtTimestamp = extTimestampBase
  private highestArrivalUs = 0
  private baseExtSeq = 0
  /** What the wire's extended number is less than ours. */
  private cycleBase = extSeqBase
  /** Of the runs before the last restart. */
  private expectedBefore = 0
  private readonly restartProof = createRestartProof()
  private readonly jitter = createArrivalJitter()
  private expectedPrior = 0
  private receivedPrior = 0
  private lsr = 0
  private lastReportUs = 0

  constructor(rateHz: number, minSequential: number, maxDropout: number, windowPackets: number) {
    this.rateHz = rateHz
    this.minSequential = minSequential
    this.maxDropout = maxDropout
    this.window = createDuplicateWindow(windowPackets)
  }

  get expected(): number {
    return this.started && this.probation === 0 ? this.expectedBefore + this.highestExtSeq - this.baseExtSeq + 1 : this.expectedBefore
  }

  get lost(): number {
    return this.expected - this.received
  }

  get jitterTicks(): number {
    return this.jitter.ticks
  }

  update(seq: number, rtpTimestamp: number, arrivalUs: number): Arrival {
    this.gapPackets = 0
    this.lastArrivalUs = arrivalUs
    if (!this.started) {
      this.started = true
      this.highestExtSeq = extSeqBase + seq - 1
      this.highestExtTimestamp = extTimestampBase + rtpTimestamp
      this.probation = this.minSequential
    }
    if (this.probation > 0) return this.prove(seq, rtpTimestamp, arrivalUs)

    const ahead = seqDistance(this.highestExtSeq, seq)
    const ticksAhead = (rtpTimestamp - this.highestExtTimestamp) | 0
    const isOfTheRun = ahead > 0 ? this.isAhead(ahead, ticksAhead, arrivalUs) : this.isBehind(ahead, ticksAhead)
    if (!isOfTheRun) return this.jump(seq, rtpTimestamp, arrivalUs)

    this.extSeq = this.highestExtSeq + ahead
    this.extTimestamp = this.highestExtTimestamp + ticksAhead
    if (this.window.mark(this.extSeq) === seen.already) {
      this.duplicate += 1
      return arrival.duplicate
    }
    this.received += 1
    this.jitter.note(arrivalUs, this.extTimestamp, this.rateHz)
    if (ahead < 0) {
      this.reordered += 1
      if (this.extSeq < this.baseExtSeq) this.baseExtSeq = this.extSeq
      return arrival.reordered
    }
    this.restartProof.clear()
    this.highestExtSeq = this.extSeq
    this.highestExtTimestamp = this.extTimestamp
    this.highestArrivalUs = arrivalUs
    this.gapPackets = ahead - 1
    return ahead === 1 ? arrival.inOrder : arrival.gap
  }

  discard(): void {
    this.discarded += 1
  }

  noteSenderReport(ntpHi: number, ntpLo: number, arrivalUs: number): void {
    this.lsr = ntpMiddle(ntpHi, ntpLo)
    this.lastReportUs = arrivalUs
  }

  reportBlock(ssrc: number, nowUs: number): ReportBlock {
    const expected = this.expected
    // The standard's own count takes duplicates in.
    const received = this.received + this.duplicate
    const expectedNow = expected - this.expectedPrior
    const lostNow = expectedNow - (received - this.receivedPrior)
    this.expectedPrior = expected
    this.receivedPrior = received
    return {
      ssrc,
      fractionLost: expectedNow <= 0 || lostNow <= 0 ? 0 : Math.min(255, Math.floor((lostNow * 256) / expectedNow)),
      lost: Math.min(0x7f_ffff, Math.max(-0x80_0000, expected - received)),
      highestExtSeq: this.started ? (this.highestExtSeq - this.cycleBase) >>> 0 : 0,
      jitterTicks: Math.floor(this.jitterTicks) >>> 0,
      lsr: this.lsr,
      dlsr: this.lsr === 0 ? 0 : shortOfUs(nowUs - this.lastReportUs),
    }
  }

  reset(rateHz: number): void {
    this.rateHz = rateHz
    this.started = false
    this.probation = 0
    this.extSeq = 0
    this.extTimestamp = extTimestampBase
    this.gapPackets = 0
    this.highestExtSeq = 0
    this.highestExtTimestamp = extTimestampBase
    this.highestArrivalUs = 0
    this.baseExtSeq = 0
    this.cycleBase = extSeqBase
    this.expectedBefore = 0
    this.restartProof.clear()
    this.lastArrivalUs = 0
    this.received = 0
    this.duplicate = 0
    this.reordered = 0
    this.discarded = 0
    this.restarts = 0
    this.jitter.reset()
    this.expectedPrior = 0
    this.receivedPrior = 0
    this.lsr = 0
    this.lastReportUs = 0
  }

  /** Probation: only an unbroken run makes a source; anything else begins the run again. */
  private prove(seq: number, rtpTimestamp: number, arrivalUs: number): Arrival {
    this.probation = seqDistance(this.highestExtSeq, seq) === 1 ? this.probation - 1 : this.minSequential - 1
    this.highestExtSeq = extSeqBase + seq
    this.highestExtTimestamp = extTimestampBase + rtpTimestamp
    if (this.probation > 0) {
      this.discarded += 1
      return arrival.probation
    }
    this.begin(arrivalUs)
    return arrival.inOrder
  }

  /** Starts a run at the highest packet, which has just come. */
  private begin(arrivalUs: number): void {
    this.extSeq = this.highestExtSeq
    this.extTimestamp = this.highestExtTimestamp
    this.baseExtSeq = this.highestExtSeq
    this.highestArrivalUs = arrivalUs
    this.restartProof.clear()
    this.window.reset(this.highestExtSeq)
    this.window.mark(this.highestExtSeq)
    this.jitter.restart()
    this.received += 1
    this.jitter.note(arrivalUs, this.extTimestamp, this.rateHz)
  }

  /** A packet that cannot belong to the run: the first is let go, a second that follows on it begins a new run. */
  private jump(seq: number, rtpTimestamp: number, arrivalUs: number): Arrival {
    if (!this.restartProof.follows(seq, rtpTimestamp, arrivalUs, this.rateHz)) {
      this.discarded += 1
      return arrival.stray
    }
    this.expectedBefore = this.expected
    // Two cycles on: above everything before, with room for what the new run's first packet overtook.
    this.cycleBase = (Math.floor(this.highestExtSeq / extSeqBase) + 2) * extSeqBase
    this.highestExtSeq = this.cycleBase + seq
    this.highestExtTimestamp += (rtpTimestamp - this.highestExtTimestamp) >>> 0
    this.restarts += 1
    this.begin(arrivalUs)
    return arrival.restart
  }

  /** Whether a packet ahead of the highest is of the same timeline. */
  private isAhead(ahead: number, ticksAhead: number, arrivalUs: number): boolean {
    return ahead < this.maxDropout && keepsTime(ticksAhead, arrivalUs - this.highestArrivalUs, this.rateHz)
  }

  /** Whether a packet at or behind the highest is of the same timeline. */
  private isBehind(ahead: number, ticksAhead: number): boolean {
    if (ahead === 0) return ticksAhead === 0
    return ahead > -this.window.packetCount && ticksAhead <= 0 && ticksAhead >= -behindSeconds * this.rateHz
  }
}

/** Allocates the state of one source; it stays untouched until the first `update`. */
export const createReceiveSource = (options: ReceiveSourceOptions): ReceiveSource =>
  new Source(options.rateHz, Math.max(1, options.minSequential ?? 2), options.maxDropout ?? 3000, options.windowPackets ?? 1024)

