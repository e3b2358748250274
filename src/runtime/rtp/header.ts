/**
 * The RTP header, in and out, with the two header extensions that we use. Works in place on bytes that someone else owns.
 *
 *     byte 0: V=2 P X CC | 1: M PT | 2..3 seq | 4..7 timestamp | 8..11 SSRC | CSRC * CC | extension | payload | padding
 *
 * Thread: any      Realtime: wait-free, allocates nothing
 * Source   RFC 3550 5.1, 5.3.1; RFC 8285 (extension elements); RFC 6464 (level); abs-capture-time of webrtc.org; RFC 5761 4
 */
import { readUint16, readUint32, writeUint16, writeUint32 } from "./bytes.ts"
import { maxPayloadBytes } from "./payload.ts"

/** Why a datagram is not a packet of ours; the words are for logs and statistics. */
export const parseCode = {
  ok: 0,
  tooShort: 1,
  wrongVersion: 2,
  rtcp: 3,
  badCsrc: 4,
  badExtension: 5,
  badPadding: 6,
  tooLong: 7,
} as const
export type ParseCode = (typeof parseCode)[keyof typeof parseCode]

/** Words of the codes: `parseReasons[code]`. */
export const parseReasons = [
  "ok", "too short", "wrong version", "RTCP, not RTP", "CSRC list longer than the packet", "header extension longer than the packet",
  "wrong padding", "payload too long",
] as const satisfies readonly string[]

/** Which element number means what; 1..14. Other numbers come from a stream's SDP. */
export interface ExtensionIds {
  readonly level: number
  readonly capture: number
}
export const ourExtensionIds: ExtensionIds = { level: 1, capture: 2 }

/** What goes into a header. */
export interface RtpFields {
  /** 0..127 */
  readonly payloadType: number
  readonly marker: boolean
  /** Modulo 2^16. */
  readonly seq: number
  /** Modulo 2^32. */
  readonly rtpTimestamp: number
  readonly ssrc: number
  readonly hasLevel: boolean
  /** Of the payload, -127..0 dBov; -127 is digital silence. */
  readonly levelDb: number
  /** The sender thinks that someone is singing or speaking. */
  readonly voice: boolean
  readonly hasCapture: boolean
  /** When the payload's first frame was captured, NTP. */
  readonly captureNtpHi: number
  readonly captureNtpLo: number
}

/** A parsed packet: one record, filled again and again. The fields of a group mean something only where its `has…` is true. */
export interface RtpPacket extends RtpFields {
  payloadType: number
  marker: boolean
  seq: number
  rtpTimestamp: number
  ssrc: number
  /** Where the payload starts in the datagram. */
  payloadOffset: number
  /** Without padding; 0 is allowed (a keep-alive). */
  payloadBytes: number
  hasLevel: boolean
  levelDb: number
  voice: boolean
  hasCapture: boolean
  captureNtpHi: number
  captureNtpLo: number
}

export const rtpHeaderBytes = 12
/** With both extensions of ours. */
export const maxRtpHeaderBytes = 28

const oneByteProfile = 0xbede
const twoByteProfile = 0x1000

/** Allocates a record for `parseRtp` and `writeRtpHeader`. */
export const createRtpPacket = (): RtpPacket => ({
  payloadType: 0, marker: false, seq: 0, rtpTimestamp: 0, ssrc: 0, payloadOffset: 0, payloadBytes: 0,
  hasLevel: false, levelDb: -127, voice: false, hasCapture: false, captureNtpHi: 0, captureNtpLo: 0,
})

/**
 * Whether a datagram on a port shared by both is RTCP rather than RTP: version 2, second byte 192..223.
 * RTP's payload types 64..95 with a marker would look the same and may not be used there.
 */
export const isRtcp = (bytes: Uint8Array, byteCount: number): boolean =>
  byteCount >= 2 && byteCount <= bytes.length && bytes[0]! >> 6 === 2 && bytes[1]! >= 192 && bytes[1]! <= 223

/**
 * Reads a datagram.
 * bytes      Uint8Array; the datagram is in its first `byteCount` bytes
 * into       filled; means nothing when the result is not 0
 * ids        element numbers of the extensions. Default: ours
 * Returns    0, or the reason (`parseReasons`)
 * Fails      never
 */
export const parseRtp = (bytes: Uint8Array, byteCount: number, into: RtpPacket, ids: ExtensionIds = ourExtensionIds): ParseCode => {
  if (!(byteCount >= rtpHeaderBytes && byteCount <= bytes.length)) return parseCode.tooShort
  const first = bytes[0]!
  if (first >> 6 !== 2) return parseCode.wrongVersion
  const second = bytes[1]!
  if (second >= 192 && second <= 223) return parseCode.rtcp

  let at = rtpHeaderBytes + (first & 0x0f) * 4
  if (at > byteCount) return parseCode.badCsrc

  into.hasLevel = false
  into.hasCapture = false
  if ((first & 0x10) !== 0) {
    if (at + 4 > byteCount) return parseCode.badExtension
    const profile = readUint16(bytes, at)
    const end = at + 4 + readUint16(bytes, at + 2) * 4
    if (end > byteCount) return parseCode.badExtension
    if (profile === oneByteProfile) readElements(bytes, at + 4, end, 1, into, ids)
    else if ((profile & 0xfff0) === twoByteProfile) readElements(bytes, at + 4, end, 2, into, ids)
    at = end
  }

  let payloadBytes = byteCount - at
  if ((first & 0x20) !== 0) {
    const padding = bytes[byteCount - 1]!
    if (padding === 0 || padding > payloadBytes) return parseCode.badPadding
    payloadBytes -= padding
  }
  if (payloadBytes > maxPayloadBytes) return parseCode.tooLong

  into.payloadType = second & 0x7f
  into.marker = second >= 0x80
  into.seq = readUint16(bytes, 2)
  into.rtpTimestamp = readUint32(bytes, 4)
  into.ssrc = readUint32(bytes, 8)
  into.payloadOffset = at
  into.payloadBytes = payloadBytes
  return parseCode.ok
}

/**
 * Reads the elements of an extension in at..end-1; stops at the first that makes no sense, since the audio behind it is whole.
 * headBytes  1 (number and length in one byte) or 2
 */
const readElements = (bytes: Uint8Array, start: number, end: number, headBytes: 1 | 2, into: RtpPacket, ids: ExtensionIds): void => {
  let at = start
  while (at < end) {
    const head = bytes[at]!
    if (head === 0) {
      at += 1
      continue
    }
    if (at + headBytes > end) return
    const id = headBytes === 1 ? head >> 4 : head
    const elementBytes = headBytes === 1 ? (head & 0x0f) + 1 : bytes[at + 1]!
    // In the one-byte form, 0 with a length and 15 end the reading.
    if (headBytes === 1 && (id === 0 || id === 15)) return
    at += headBytes
    if (at + elementBytes > end) return
    if (id === ids.level && elementBytes === 1) {
      into.hasLevel = true
      into.voice = bytes[at]! >= 0x80
      into.levelDb = 0 - (bytes[at]! & 0x7f)
    } else if (id === ids.capture && (elementBytes === 8 || elementBytes === 16)) {
      // The long form adds the offset between capture and sender clock, which a sender that captures itself does not have.
      into.hasCapture = true
      into.captureNtpHi = readUint32(bytes, at)
      into.captureNtpLo = readUint32(bytes, at + 4)
    }
    at += elementBytes
  }
}

/** Bytes that `writeRtpHeader` will write for these fields. */
export const rtpHeaderBytesOf = (fields: RtpFields): number => {
  if (fields.hasCapture) return 28
  return fields.hasLevel ? 20 : 12
}

/**
 * Writes a header, with the extensions (one-byte form, our numbers) whose `has…` is true. Payload goes right behind it.
 * Returns  bytes written: 12, 20 or 28; 0 when there is no room
 */
export const writeRtpHeader = (into: Uint8Array, at: number, fields: RtpFields): number => {
  const headerBytes = rtpHeaderBytesOf(fields)
  if (!(at >= 0 && at + headerBytes <= into.length)) return 0
  into[at] = headerBytes > rtpHeaderBytes ? 0x90 : 0x80
  into[at + 1] = (fields.marker ? 0x80 : 0) | (fields.payloadType & 0x7f)
  writeUint16(into, at + 2, fields.seq)
  writeUint32(into, at + 4, fields.rtpTimestamp)
  writeUint32(into, at + 8, fields.ssrc)
  if (headerBytes === rtpHeaderBytes) return headerBytes

  writeUint16(into, at + 12, oneByteProfile)
  writeUint16(into, at + 14, (headerBytes - 16) >> 2)
  let element = at + 16
  if (fields.hasLevel) {
    into[element] = ourExtensionIds.level << 4
    into[element + 1] = (fields.voice ? 0x80 : 0) | Math.min(127, Math.max(0, Math.round(0 - fields.levelDb)))
    element += 2
  }
  if (fields.hasCapture) {
    into[element] = (ourExtensionIds.capture << 4) | 7
    writeUint32(into, element + 1, fields.captureNtpHi)
    writeUint32(into, element + 5, fields.captureNtpLo)
    element += 9
  }
  while (element < at + headerBytes) {
    into[element] = 0
    element += 1
  }
  return headerBytes
}
