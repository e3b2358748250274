/**
 * SDP of one audio stream. What is written, ffmpeg, GStreamer and VLC read; what is read, anyone may have written: lines that are
 * not known are passed over, and nothing is taken on trust.
 *
 * Thread: any      Realtime: no
 * Source   RFC 8866; RFC 3551 6 and 3190 5 (rtpmap); RFC 8285 5 (extmap); RFC 5576 4.1, 6.1 (ssrc, cname); RFC 5761 5.1.1 (rtcp-mux)
 */
import { isMulticast, parseIpv4 } from "./address.ts"
import type { ExtensionIds } from "./header.ts"
import { formatOfType } from "./payload.ts"
import type { PayloadFormat } from "./payload.ts"
import { cleanText } from "./text.ts"

export type Direction = "recvonly" | "sendonly" | "sendrecv" | "inactive"

export interface SdpStream {
  readonly sessionName: string
  /** Stays the same for as long as the stream lives; a whole number. */
  readonly sessionId: number
  /** Goes up when the description changes. */
  readonly sessionVersion: number
  /** IPv4 of the sender. */
  readonly origin: string
  /** IPv4 that the packets go to. */
  readonly address: string
  /** Multicast only. */
  readonly ttl?: number
  readonly port: number
  readonly format: PayloadFormat
  readonly ptimeMs?: number
  /** 0 stands for "not used". */
  readonly extensions: ExtensionIds
  readonly ssrc?: number
  readonly cname?: string
  /** RTCP comes on the same port. */
  readonly rtcpMux: boolean
  /** What the reader of the description is to do. */
  readonly direction: Direction
}

export type SdpResult =
  | { readonly ok: true; readonly stream: SdpStream }
  | { readonly ok: false; readonly reason: string }

export const levelUri = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
export const captureUri = "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time"

/** Bounds of what is read. */
export const maxSdpChars = 8192
const maxLines = 256
const maxRateHz = 192_000
const maxChannels = 8

/** Line ends are CR LF, the last one too. The caller's addresses and numbers are taken as they are; texts are made safe. */
export const writeSdp = (stream: SdpStream): string => {
  const { format, extensions } = stream
  const lines = [
    "v=0",
    `o=- ${stream.sessionId} ${stream.sessionVersion} IN IP4 ${stream.origin}`,
    `s=${cleanText(stream.sessionName) || "-"}`,
    `c=IN IP4 ${stream.address}${stream.ttl === undefined ? "" : `/${stream.ttl}`}`,
    "t=0 0",
    `m=audio ${stream.port} RTP/AVP ${format.payloadType}`,
    `a=rtpmap:${format.payloadType} ${format.codec.toUpperCase()}/${format.rateHz}/${format.channelCount}`,
  ]
  // Three places of a millisecond tell 128 frames from 127 and 129 at any rate that we know.
  if (stream.ptimeMs !== undefined) lines.push(`a=ptime:${Number(stream.ptimeMs.toFixed(3))}`)
  if (extensions.level !== 0) lines.push(`a=extmap:${extensions.level} ${levelUri}`)
  if (extensions.capture !== 0) lines.push(`a=extmap:${extensions.capture} ${captureUri}`)
  if (stream.ssrc !== undefined && stream.cname !== undefined) lines.push(`a=ssrc:${stream.ssrc} cname:${cleanText(stream.cname)}`)
  if (stream.rtcpMux) lines.push("a=rtcp-mux")
  lines.push(`a=${stream.direction}`)
  return `${lines.join("\r\n")}\r\n`
}

/**
 * Frames of a packet, from `ptimeMs`: 2.667 ms at 48 kHz are 128.
 * Returns  undefined where the description does not say
 */
export const packetFramesOf = (stream: SdpStream): number | undefined =>
  stream.ptimeMs === undefined ? undefined : Math.round((stream.ptimeMs * stream.format.rateHz) / 1000)

/** What has been read so far; the media's own lines stand over the session's. */
interface Draft {
  sessionName: string
  sessionId: number
  sessionVersion: number
  origin: string
  address: string | undefined
  ttl: number | undefined
  port: number
  payloadTypes: readonly number[]
  rateMaps: Map<number, PayloadFormat>
  ptimeMs: number | undefined
  level: number
  capture: number
  ssrc: number | undefined
  cname: string | undefined
  rtcpMux: boolean
  direction: Direction
}

const invalid = (reason: string): SdpResult => ({ ok: false, reason })

/**
 * Reads the first audio stream over RTP/AVP of a description.
 * Fails   never: `ok: false` with a reason
 */
export const parseSdp = (text: string): SdpResult => {
  if (text.length > maxSdpChars) return invalid("the description is too long")
  const lines = text.split(/\r\n|\n|\r/)
  if (lines.length > maxLines) return invalid("the description has too many lines")
  if (lines[0] !== "v=0") return invalid("the description does not begin with v=0")
  const draft: Draft = {
    sessionName: "", sessionId: 0, sessionVersion: 0, origin: "", address: undefined, ttl: undefined, port: 0, payloadTypes: [],
    rateMaps: new Map(), ptimeMs: undefined, level: 0, capture: 0, ssrc: undefined, cname: undefined, rtcpMux: false, direction: "sendrecv",
  }
  let place: "session" | "audio" | "other" = "session"
  let reason: string | undefined
  for (const line of lines) {
    const value = line.slice(2)
    if (line.startsWith("m=")) {
      // The first audio stream is the one; others are passed over.
      place = draft.port === 0 && value.startsWith("audio ") ? "audio" : "other"
      if (place === "audio") reason = readMedia(value, draft)
    } else if (place === "other") continue
    else if (line.startsWith("a=")) reason = readAttribute(value, draft)
    else if (line.startsWith("c=")) reason = readConnection(value, draft)
    else if (line.startsWith("o=")) reason = readOrigin(value, draft)
    else if (line.startsWith("s=")) draft.sessionName = cleanText(value)
    if (reason !== undefined) return invalid(reason)
  }
  return finish(draft)
}

const finish = (draft: Draft): SdpResult => {
  if (draft.port === 0) return invalid("the description has no audio stream")
  if (draft.address === undefined) return invalid("the description has no address (c=)")
  const format = draft.payloadTypes
    .map((type) => draft.rateMaps.get(type) ?? (type < 96 ? formatOfType(type, 48000) : undefined))
    .find((candidate) => candidate !== undefined)
  if (format === undefined) return invalid("the description has no format that is known here (L16, L24)")
  const { sessionName, sessionId, sessionVersion, origin, address, port, level, capture, rtcpMux, direction } = draft
  return {
    ok: true,
    stream: {
      sessionName, sessionId, sessionVersion, origin, address, port, format, extensions: { level, capture }, rtcpMux, direction,
      ...(draft.ttl === undefined ? {} : { ttl: draft.ttl }),
      ...(draft.ptimeMs === undefined ? {} : { ptimeMs: draft.ptimeMs }),
      ...(draft.ssrc === undefined ? {} : { ssrc: draft.ssrc }),
      ...(draft.cname === undefined ? {} : { cname: draft.cname }),
    },
  }
}

/** A whole number of at most 15 digits, in its bounds; undefined for anything else. */
const whole = (text: string | undefined, least: number, most: number): number | undefined => {
  if (text === undefined || !/^\d{1,15}$/.test(text)) return undefined
  const value = Number(text)
  return value >= least && value <= most ? value : undefined
}

/** `user id version IN IP4 address`; ids may be longer than a number holds, so those count as 0. */
const readOrigin = (value: string, draft: Draft): undefined => {
  const [, id, version, , , address] = value.split(" ")
  draft.sessionId = whole(id, 0, Number.MAX_SAFE_INTEGER) ?? 0
  draft.sessionVersion = whole(version, 0, Number.MAX_SAFE_INTEGER) ?? 0
  draft.origin = address === undefined ? "" : cleanText(address)
}

/** `IN IP4 address[/ttl[/count]]` */
const readConnection = (value: string, draft: Draft): string | undefined => {
  const [net, kind, target] = value.split(" ")
  if (net !== "IN" || kind !== "IP4" || target === undefined) return "the address (c=) is not IPv4"
  const [address, ttl, count, ...rest] = target.split("/")
  const number = address === undefined ? undefined : parseIpv4(address)
  if (address === undefined || number === undefined || rest.length > 0) return "the address (c=) is not dotted IPv4"
  if (count !== undefined && count !== "1") return "a range of addresses (c=) is not supported"
  draft.address = address
  draft.ttl = isMulticast(number) ? whole(ttl, 0, 255) : undefined
  return undefined
}

/** `audio port[/count] RTP/AVP type...` */
const readMedia = (value: string, draft: Draft): string | undefined => {
  const [, portPart, profile, ...types] = value.split(" ")
  const [portText, count] = (portPart ?? "").split("/")
  const port = whole(portText, 0, 65535)
  if (port === undefined || (count !== undefined && count !== "1")) return "the port (m=) is not one port"
  if (port === 0) return "the stream is switched off (port 0)"
  if (profile !== "RTP/AVP" && profile !== "RTP/AVPF") return "the stream is not plain RTP (RTP/AVP)"
  draft.port = port
  draft.payloadTypes = types.slice(0, 32).map((type) => whole(type, 0, 127) ?? -1).filter((type) => type >= 0)
  return undefined
}

const readAttribute = (value: string, draft: Draft): string | undefined => {
  const colon = value.indexOf(":")
  const name = colon < 0 ? value : value.slice(0, colon)
  const rest = colon < 0 ? "" : value.slice(colon + 1)
  switch (name) {
    case "rtpmap":
      return readRateMap(rest, draft)
    case "ptime": {
      const ptimeMs = /^\d{1,4}(\.\d{1,9})?$/.test(rest) ? Number(rest) : 0
      if (ptimeMs > 0) draft.ptimeMs = ptimeMs
      return undefined
    }
    case "extmap": {
      // `id[/direction] uri`
      const [idPart, uri] = rest.split(" ")
      const id = whole(idPart?.split("/")[0], 1, 255)
      if (id !== undefined && uri === levelUri) draft.level = id
      if (id !== undefined && uri === captureUri) draft.capture = id
      return undefined
    }
    case "ssrc": {
      const match = /^(\d{1,10}) cname:(.+)$/.exec(rest)
      const ssrc = whole(match?.[1], 0, 0xffff_ffff)
      if (ssrc === undefined || match?.[2] === undefined || draft.ssrc !== undefined) return undefined
      draft.ssrc = ssrc
      draft.cname = cleanText(match[2])
      return undefined
    }
    case "rtcp-mux":
      draft.rtcpMux = true
      return undefined
    case "recvonly": case "sendonly": case "sendrecv": case "inactive":
      draft.direction = name
      return undefined
    default:
      return undefined
  }
}

/** `type encoding/rate[/channels]`; encodings that are not ours are passed over. */
const readRateMap = (value: string, draft: Draft): string | undefined => {
  const [type, encoding] = value.split(" ")
  const payloadType = whole(type, 0, 127)
  const [name, rate, channels, ...rest] = (encoding ?? "").split("/")
  const codec = name?.toLowerCase()
  if (payloadType === undefined || rest.length > 0 || (codec !== "l16" && codec !== "l24")) return undefined
  const rateHz = whole(rate, 1, maxRateHz)
  const channelCount = channels === undefined ? 1 : whole(channels, 1, maxChannels)
  if (rateHz === undefined || channelCount === undefined) return `the format ${cleanText(value)} is out of bounds`
  draft.rateMaps.set(payloadType, { codec, rateHz, channelCount, payloadType })
  return undefined
}
