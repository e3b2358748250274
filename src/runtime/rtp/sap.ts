/**
 * SAP: a stream's SDP, told to a whole network every few seconds, or taken back.
 *
 *     byte 0: V=1 A R T E C | 1: words of authentication | 2..3: hash | 4..7: origin | authentication | "application/sdp" 0 | SDP
 *
 * Thread: any      Realtime: no
 * Source   RFC 2974 3, 6; RFC 2365 for the scopes
 */
import { formatIpv4, parseIpv4 } from "./address.ts"
import { readUint16, readUint32, writeUint16, writeUint32 } from "./bytes.ts"
import { decodeText, encodeText } from "./text.ts"

export const sapPort = 9875
/** Longest that is read, and that is built. RFC 2974 asks for 1 kB. */
export const maxSapBytes = 8192

export interface SapMessage {
  readonly kind: "announce" | "delete"
  /** With `origin`, names one version of one description. 1..65535; 0 from very old senders, who mean "always look inside". */
  readonly hash: number
  /** IPv4 of who announces. */
  readonly origin: string
  /** SDP; a deletion may carry no more than its o= line. */
  readonly sdp: string
}

export type SapResult =
  | { readonly ok: true; readonly message: SapMessage }
  | { readonly ok: false; readonly reason: string }

const payloadType = "application/sdp"
const deletion = 0x04

/** 16 bits of a text, never 0 (FNV-1a, folded). */
export const sapHash = (sdp: string): number => {
  let hash = 0x811c_9dc5
  for (const byte of encodeText(sdp)) hash = Math.imul(hash ^ byte, 0x0100_0193)
  const folded = ((hash >>> 16) ^ hash) & 0xffff
  return folded === 0 ? 1 : folded
}

/**
 * Where to announce a group: the highest address of its scope.
 * group    IPv4 multicast address
 */
export const sapAddressFor = (group: string): string => {
  const value = parseIpv4(group) ?? 0
  if (value >>> 16 === 0xefff) return "239.255.255.255"
  if (value >>> 18 === 0xefc0 >>> 2) return "239.195.255.255"
  if (value >>> 8 === 0xe0_0000) return "224.0.0.255"
  return "224.2.127.254"
}

/**
 * Builds a datagram.
 * Returns  undefined when the origin is no IPv4 address or the description is too long
 */
export const buildSap = (message: SapMessage): Uint8Array | undefined => {
  const origin = parseIpv4(message.origin)
  const body = encodeText(`${payloadType}\0${message.sdp}`)
  if (origin === undefined || 8 + body.length > maxSapBytes) return undefined
  const bytes = new Uint8Array(8 + body.length)
  bytes[0] = 0x20 | (message.kind === "delete" ? deletion : 0)
  writeUint16(bytes, 2, message.hash)
  writeUint32(bytes, 4, origin)
  bytes.set(body, 8)
  return bytes
}

const invalid = (reason: string): SapResult => ({ ok: false, reason })

/**
 * Reads a datagram.
 * bytes    the datagram is in the first `byteCount` bytes
 * Fails    never: `ok: false` with a reason
 */
export const parseSap = (bytes: Uint8Array, byteCount: number): SapResult => {
  if (!(byteCount >= 8 && byteCount <= bytes.length)) return invalid("too short")
  if (byteCount > maxSapBytes) return invalid("too long")
  const flags = bytes[0]!
  if (flags >> 5 !== 1) return invalid("wrong version")
  if ((flags & 0x10) !== 0) return invalid("announced from IPv6")
  if ((flags & 0x03) !== 0) return invalid("encrypted or compressed")
  let at = 8 + bytes[1]! * 4
  if (at > byteCount) return invalid("authentication longer than the packet")
  const isDeletion = (flags & deletion) !== 0
  // The type may be left out before a description, and before the o= line of a deletion; it is ASCII and ends with a null.
  if (!startsLine(bytes, at, byteCount, 0x76) && !(isDeletion && startsLine(bytes, at, byteCount, 0x6f))) {
    const end = bytes.indexOf(0, at)
    if (end < 0 || end >= byteCount) return invalid("the payload's type has no end")
    if (decodeText(bytes, at, Math.min(end - at, 64)).toLowerCase() !== payloadType) return invalid("not a description (SDP)")
    at = end + 1
  }
  return {
    ok: true,
    message: {
      kind: isDeletion ? "delete" : "announce",
      hash: readUint16(bytes, 2),
      origin: formatIpv4(readUint32(bytes, 4)),
      sdp: decodeText(bytes, at, byteCount - at),
    },
  }
}

/** Whether a line of SDP of that kind begins here: its letter and an equals sign. */
const startsLine = (bytes: Uint8Array, at: number, byteCount: number, letter: number): boolean =>
  at + 2 <= byteCount && bytes[at] === letter && bytes[at + 1] === 0x3d
