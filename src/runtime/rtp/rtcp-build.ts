/**
 * RTCP as it goes out: compounds that begin with a report and always carry the CNAME, as the standard wants them.
 *
 * Thread: any      Realtime: no
 * Source   RFC 3550 6.1, 6.4..6.6
 */
import { writeUint16, writeUint32 } from "./bytes.ts"
import { rtcpType } from "./rtcp.ts"
import type { Description, ReportBlock, SenderInfo } from "./rtcp.ts"
import { encodeLine } from "./text.ts"

const blockBytes = 24
const blocksOfReport = 31
/** Bytes that one text may take: its length stands in one byte. */
const textBytes = 255

/** What we say about ourselves; `cname` stays the same for as long as the party runs. */
export interface OwnDescription extends Description {
  readonly cname: string
}

/** SR, further RRs where there are more than 31 blocks, SDES. */
export const buildSenderReport = (
  ssrc: number, info: SenderInfo, blocks: readonly ReportBlock[], description: OwnDescription,
): Uint8Array => join([...reports(ssrc, info, blocks), sdes(ssrc, description)])

/** RR (several where there are more than 31 blocks), SDES. */
export const buildReceiverReport = (ssrc: number, blocks: readonly ReportBlock[], description: OwnDescription): Uint8Array =>
  join([...reports(ssrc, undefined, blocks), sdes(ssrc, description)])

/**
 * An empty RR, SDES with the CNAME, BYE.
 * ssrcs   1..31 that leave together; the first signs the report
 */
export const buildBye = (ssrcs: readonly [number, ...number[]], cname: string, reason?: string): Uint8Array =>
  join([report(ssrcs[0], undefined, []), sdes(ssrcs[0], { cname }), bye(ssrcs.slice(0, 31), reason)])

const join = (parts: readonly Uint8Array[]): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** A packet of `byteCount` bytes (a multiple of 4) with its first word written. */
const packet = (count: number, type: number, byteCount: number): Uint8Array => {
  const bytes = new Uint8Array(byteCount)
  bytes[0] = 0x80 | count
  bytes[1] = type
  writeUint16(bytes, 2, byteCount / 4 - 1)
  return bytes
}

const reports = (ssrc: number, info: SenderInfo | undefined, blocks: readonly ReportBlock[]): Uint8Array[] => {
  const parts = [report(ssrc, info, blocks.slice(0, blocksOfReport))]
  for (let from = blocksOfReport; from < blocks.length; from += blocksOfReport) {
    parts.push(report(ssrc, undefined, blocks.slice(from, from + blocksOfReport)))
  }
  return parts
}

const report = (ssrc: number, info: SenderInfo | undefined, blocks: readonly ReportBlock[]): Uint8Array => {
  const headBytes = info === undefined ? 8 : 28
  const bytes = packet(blocks.length, info === undefined ? rtcpType.rr : rtcpType.sr, headBytes + blocks.length * blockBytes)
  writeUint32(bytes, 4, ssrc)
  if (info !== undefined) {
    writeUint32(bytes, 8, info.ntpHi)
    writeUint32(bytes, 12, info.ntpLo)
    writeUint32(bytes, 16, info.rtpTimestamp)
    writeUint32(bytes, 20, info.packetCount)
    writeUint32(bytes, 24, info.octetCount)
  }
  for (const [index, block] of blocks.entries()) {
    const at = headBytes + index * blockBytes
    const lost = Math.min(0x7f_ffff, Math.max(-0x80_0000, block.lost))
    writeUint32(bytes, at, block.ssrc)
    writeUint32(bytes, at + 4, (block.fractionLost << 24) | (lost & 0xff_ffff))
    writeUint32(bytes, at + 8, block.highestExtSeq)
    writeUint32(bytes, at + 12, block.jitterTicks)
    writeUint32(bytes, at + 16, block.lsr)
    writeUint32(bytes, at + 20, block.dlsr)
  }
  return bytes
}

/** One chunk; an absent item is left out, a text too long is cut between characters. */
const sdes = (ssrc: number, description: OwnDescription): Uint8Array => {
  const texts = [
    description.cname, description.name, description.email, description.phone, description.location, description.tool, description.note,
  ]
  const items: (readonly [type: number, text: Uint8Array])[] = []
  for (const [index, text] of texts.entries()) {
    if (text !== undefined) items.push([index + 1, encodeLine(text, textBytes)])
  }
  const itemBytes = items.reduce((sum, [, text]) => sum + 2 + text.length, 0)
  // At least one null ends the items.
  const bytes = packet(1, rtcpType.sdes, 8 + ((itemBytes + 4) & ~3))
  writeUint32(bytes, 4, ssrc)
  let at = 8
  for (const [type, text] of items) {
    bytes[at] = type
    bytes[at + 1] = text.length
    bytes.set(text, at + 2)
    at += 2 + text.length
  }
  return bytes
}

const bye = (ssrcs: readonly number[], reason: string | undefined): Uint8Array => {
  const text = reason === undefined ? undefined : encodeLine(reason, textBytes)
  const textPart = text === undefined ? 0 : (1 + text.length + 3) & ~3
  const bytes = packet(ssrcs.length, rtcpType.bye, 4 + ssrcs.length * 4 + textPart)
  for (const [index, ssrc] of ssrcs.entries()) writeUint32(bytes, 4 + index * 4, ssrc)
  if (text !== undefined) {
    bytes[4 + ssrcs.length * 4] = text.length
    bytes.set(text, 5 + ssrcs.length * 4)
  }
  return bytes
}
