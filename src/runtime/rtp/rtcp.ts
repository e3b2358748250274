/**
 * RTCP as it comes in: compound packets as plain objects. Rare (a few a second a peer), so it may allocate, but never more than
 * the datagram has bytes for. Whatever does not add up makes the whole datagram invalid: half a compound is not half true.
 *
 * Thread: any      Realtime: no
 * Source   RFC 3550 6.4..6.6, A.2; the builders are in rtcp-build.ts
 */
import { readUint16, readUint32 } from "./bytes.ts"
import { decodeLine } from "./text.ts"

export const rtcpType = { sr: 200, rr: 201, sdes: 202, bye: 203 } as const

/** One reception report block. */
export interface ReportBlock {
  /** The source that it is about. */
  readonly ssrc: number
  /** Of 256, since the last report. */
  readonly fractionLost: number
  /** Since the beginning, -2^23..2^23-1; duplicates count against it. */
  readonly lost: number
  readonly highestExtSeq: number
  readonly jitterTicks: number
  /** Middle 32 bits of the last sender report's NTP time; 0 where none came. */
  readonly lsr: number
  /** Time since then, 1/65536 s. */
  readonly dlsr: number
}

/** What a sender says about itself. */
export interface SenderInfo {
  readonly ntpHi: number
  readonly ntpLo: number
  /** The same instant on the stream's timeline. */
  readonly rtpTimestamp: number
  readonly packetCount: number
  /** Payload only. */
  readonly octetCount: number
}

export interface Description {
  readonly cname?: string
  readonly name?: string
  readonly email?: string
  readonly phone?: string
  readonly location?: string
  readonly tool?: string
  readonly note?: string
}

export type RtcpPacket =
  | { readonly kind: "sender report"; readonly ssrc: number; readonly info: SenderInfo; readonly blocks: readonly ReportBlock[] }
  | { readonly kind: "receiver report"; readonly ssrc: number; readonly blocks: readonly ReportBlock[] }
  | { readonly kind: "description"; readonly ssrc: number; readonly items: Description }
  | { readonly kind: "bye"; readonly ssrcs: readonly number[]; readonly reason?: string }

export type RtcpResult =
  | { readonly ok: true; readonly packets: readonly RtcpPacket[] }
  | { readonly ok: false; readonly reason: string }

/** Longest compound that is read; one that fits a datagram of Ethernet is a sixth of it. */
export const maxRtcpBytes = 8192

/** By SDES item type; PRIV (8) and unknown ones are passed over. */
const itemNames = [undefined, "cname", "name", "email", "phone", "location", "tool", "note"] as const

const invalid = (reason: string): RtcpResult => ({ ok: false, reason })

/**
 * Reads a compound packet. A description of several sources becomes several packets; types that are not ours are passed over.
 * bytes    the datagram is in the first `byteCount` bytes
 * Fails    never: `ok: false` with a reason
 */
export const parseRtcp = (bytes: Uint8Array, byteCount: number): RtcpResult => {
  if (!(byteCount >= 8 && byteCount <= bytes.length)) return invalid("too short")
  if (byteCount > maxRtcpBytes) return invalid("too long")
  const packets: RtcpPacket[] = []
  let at = 0
  while (at < byteCount) {
    if (at + 4 > byteCount) return invalid("a packet's header is cut off")
    const first = bytes[at]!
    const type = bytes[at + 1]!
    let end = at + 4 + readUint16(bytes, at + 2) * 4
    if (first >> 6 !== 2) return invalid("wrong version")
    if (end > byteCount) return invalid("a packet is longer than the compound")
    if (at === 0 && type !== rtcpType.sr && type !== rtcpType.rr) return invalid("does not begin with a report")
    const next = end
    if ((first & 0x20) !== 0) {
      const padding = bytes[end - 1]!
      if (next !== byteCount || at === 0) return invalid("padding before the last packet")
      if (padding === 0 || padding % 4 !== 0 || padding > end - at - 4) return invalid("wrong padding")
      end -= padding
    }
    const reason = parseOne(bytes, at, end, first & 0x1f, type, packets)
    if (reason !== undefined) return invalid(reason)
    at = next
  }
  return { ok: true, packets }
}

/** Reads the packet in at..end-1 into `packets`; returns what is wrong with it. */
const parseOne = (bytes: Uint8Array, at: number, end: number, count: number, type: number, packets: RtcpPacket[]): string | undefined => {
  switch (type) {
    case rtcpType.sr: {
      if (at + 28 + count * 24 > end) return "a sender report is too short"
      const info: SenderInfo = {
        ntpHi: readUint32(bytes, at + 8),
        ntpLo: readUint32(bytes, at + 12),
        rtpTimestamp: readUint32(bytes, at + 16),
        packetCount: readUint32(bytes, at + 20),
        octetCount: readUint32(bytes, at + 24),
      }
      packets.push({ kind: "sender report", ssrc: readUint32(bytes, at + 4), info, blocks: readBlocks(bytes, at + 28, count) })
      return undefined
    }
    case rtcpType.rr:
      if (at + 8 + count * 24 > end) return "a receiver report is too short"
      packets.push({ kind: "receiver report", ssrc: readUint32(bytes, at + 4), blocks: readBlocks(bytes, at + 8, count) })
      return undefined
    case rtcpType.sdes:
      return parseChunks(bytes, at + 4, end, count, packets)
    case rtcpType.bye: {
      const reasonAt = at + 4 + count * 4
      if (reasonAt > end) return "a BYE is too short"
      const ssrcs = Array.from({ length: count }, (_, index) => readUint32(bytes, at + 4 + index * 4))
      if (reasonAt === end) packets.push({ kind: "bye", ssrcs })
      else if (reasonAt + 1 + bytes[reasonAt]! > end) return "the reason of a BYE is cut off"
      else packets.push({ kind: "bye", ssrcs, reason: decodeLine(bytes, reasonAt + 1, bytes[reasonAt]!) })
      return undefined
    }
    default:
      return undefined
  }
}

const readBlocks = (bytes: Uint8Array, start: number, count: number): readonly ReportBlock[] =>
  Array.from({ length: count }, (_, index) => {
    const at = start + index * 24
    const lossWord = readUint32(bytes, at + 4)
    return {
      ssrc: readUint32(bytes, at),
      fractionLost: lossWord >>> 24,
      lost: (lossWord << 8) >> 8,
      highestExtSeq: readUint32(bytes, at + 8),
      jitterTicks: readUint32(bytes, at + 12),
      lsr: readUint32(bytes, at + 16),
      dlsr: readUint32(bytes, at + 20),
    }
  })

/** Each chunk: SSRC, items, at least one null, filled up to 32 bits. */
const parseChunks = (bytes: Uint8Array, start: number, end: number, count: number, packets: RtcpPacket[]): string | undefined => {
  let at = start
  for (let chunk = 0; chunk < count; chunk += 1) {
    if (at + 8 > end) return "a description is too short"
    const ssrc = readUint32(bytes, at)
    const items: { -readonly [Key in keyof Description]: Description[Key] } = {}
    at += 4
    for (;;) {
      if (at >= end) return "a description has no end"
      const type = bytes[at]!
      if (type === 0) break
      if (at + 2 > end || at + 2 + bytes[at + 1]! > end) return "an item of a description is cut off"
      const name = itemNames[type]
      if (name !== undefined) items[name] = decodeLine(bytes, at + 2, bytes[at + 1]!)
      at += 2 + bytes[at + 1]!
    }
    at = start + ((at - start) & ~3) + 4
    packets.push({ kind: "description", ssrc, items })
  }
  return at > end ? "a description is not filled up" : undefined
}
