/**
 * When to send RTCP, and when someone who says nothing has left. The standard's rule, so that reports never take more than their
 * share of the network however many join, with two freedoms it grants: a smaller minimum interval, and a first report at once, so that
 * a singer's name is known with the first second of sound.
 *
 * Thread: any, one at a time      Realtime: no
 * Source   RFC 3550 6.2, 6.3, A.7
 */

/** Who is in the session, ourselves included. */
export interface Membership {
  readonly members: number
  readonly senders: number
  readonly weSend: boolean
}

export interface RtcpScheduleOptions {
  /** All audio of the session, bytes a second; RTCP may take 5 % of it. */
  readonly sessionBytesPerSecond: number
  /** 0 <= x < 1 */
  readonly random: () => number
  /** Smallest mean interval. Default 1 s. */
  readonly minimumUs?: number
}

export interface RtcpSchedule {
  /** When to look again, on the clock of `nowUs`. Changes with every call below. */
  readonly dueUs: number
  /** Whether to send now. Where the session has grown meanwhile it puts the time off and says no. */
  due(nowUs: number, who: Membership): boolean
  /** Sent a compound of that many bytes. */
  sent(nowUs: number, byteCount: number, who: Membership): void
  /** Received one. */
  received(byteCount: number): void
  /** Someone left: the rest may speak sooner. */
  left(nowUs: number, who: Membership): void
  /** We leave: in a session of fewer than 50 the BYE is due at once, in a larger one it takes its turn. */
  leave(nowUs: number, byteCount: number, who: Membership): void
}

const rtcpShare = 0.05
const senderShare = 0.25
/** e - 3/2: makes up for the reconsideration, which tends to send too seldom. */
const compensation = Math.E - 1.5
/** IPv4 and UDP headers count too. */
const datagramOverheadBytes = 28
const standardMinimumUs = 5e6
const smallSession = 50

/**
 * Mean interval between our reports, without the random factor.
 * rtcpBytesPerSecond   5 % of the session
 * averageBytes         of a compound, with IP and UDP headers
 */
export const meanIntervalUs = (who: Membership, rtcpBytesPerSecond: number, averageBytes: number, minimumUs: number): number => {
  let sharers = who.members
  let bytesPerSecond = rtcpBytesPerSecond
  if (who.senders <= who.members * senderShare) {
    bytesPerSecond *= who.weSend ? senderShare : 1 - senderShare
    sharers = who.weSend ? who.senders : who.members - who.senders
  }
  return Math.max(minimumUs, (averageBytes * sharers * 1e6) / bytesPerSecond)
}

/**
 * How long a member may be silent before it counts as gone: five intervals, never counted with less than the standard's 5 s, since
 * others may not use our smaller minimum.
 */
export const memberTimeoutUs = (who: Membership, rtcpBytesPerSecond: number, averageBytes: number): number =>
  5 * meanIntervalUs({ ...who, weSend: false }, rtcpBytesPerSecond, averageBytes, standardMinimumUs)

class Schedule implements RtcpSchedule {
  dueUs = -Infinity
  private readonly options: Required<RtcpScheduleOptions>
  private lastUs = 0
  private membersBefore = 1
  private averageBytes = 128 + datagramOverheadBytes
  /** Nothing sent yet, so the first report is due whatever the number of members. */
  private initial = true
  private leaving = false

  constructor(options: Required<RtcpScheduleOptions>) {
    this.options = options
  }

  due(nowUs: number, who: Membership): boolean {
    if (nowUs < this.dueUs) return false
    this.membersBefore = who.members
    if (this.initial) return true
    const dueUs = this.lastUs + this.intervalUs(who)
    if (dueUs <= nowUs) return true
    this.dueUs = dueUs
    return false
  }

  sent(nowUs: number, byteCount: number, who: Membership): void {
    this.average(byteCount)
    this.initial = false
    this.lastUs = nowUs
    this.membersBefore = who.members
    this.dueUs = this.leaving ? Infinity : nowUs + this.intervalUs(who)
  }

  received(byteCount: number): void {
    this.average(byteCount)
  }

  left(nowUs: number, who: Membership): void {
    if (this.initial || this.leaving || who.members >= this.membersBefore) return
    const share = who.members / this.membersBefore
    this.dueUs = nowUs + share * (this.dueUs - nowUs)
    this.lastUs = nowUs - share * (nowUs - this.lastUs)
    this.membersBefore = who.members
  }

  leave(nowUs: number, byteCount: number, who: Membership): void {
    this.leaving = true
    this.lastUs = nowUs
    this.averageBytes = byteCount + datagramOverheadBytes
    this.initial = who.members < smallSession
    // Only those count from here on who leave too; the caller's `who` says how many BYEs it has heard.
    this.membersBefore = 1
    this.dueUs = this.initial ? nowUs : nowUs + this.intervalUs({ members: 1, senders: 0, weSend: false })
  }

  private intervalUs(who: Membership): number {
    const { sessionBytesPerSecond, minimumUs, random } = this.options
    const meanUs = meanIntervalUs(who, sessionBytesPerSecond * rtcpShare, this.averageBytes, minimumUs)
    return (meanUs * (random() + 0.5)) / compensation
  }

  private average(byteCount: number): void {
    this.averageBytes += (byteCount + datagramOverheadBytes - this.averageBytes) / 16
  }
}

/** The first report is due at once. */
export const createRtcpSchedule = (options: RtcpScheduleOptions): RtcpSchedule =>
  new Schedule({ minimumUs: 1e6, ...options })
