import { describe, expect, it } from "vitest"
import { createRtpPacket, isRtcp, parseReasons, parseRtp, writeRtpHeader } from "../../src/runtime/rtp/header.ts"
import { formatToSend } from "../../src/runtime/rtp/payload.ts"
import { arrival, createReceiveSource } from "../../src/runtime/rtp/receive-source.ts"
import { buildBye, buildReceiverReport, buildSenderReport } from "../../src/runtime/rtp/rtcp-build.ts"
import { parseRtcp } from "../../src/runtime/rtp/rtcp.ts"
import { buildSap, parseSap } from "../../src/runtime/rtp/sap.ts"
import { parseSdp, writeSdp } from "../../src/runtime/rtp/sdp.ts"
import { seeded } from "../runtime/rtp/seeded.ts"

const caseCount = 10_000

/** An array that fails the test at a read beyond its datagram: one that is longer than its count, filled with what would be believed. */
const guarded = (datagram: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(datagram.length + 64).fill(0x01)
  bytes.set(datagram)
  return bytes
}

/** Random bytes, or a good datagram cut off, with bits turned, with a length grown, or two of them mixed. */
const hostile = (random: () => number, good: readonly Uint8Array[]): Uint8Array => {
  const below = (limit: number) => Math.floor(random() * limit)
  const pick = () => good[below(good.length)]!.slice()
  switch (below(5)) {
    case 0: return Uint8Array.from({ length: below(200) }, () => below(256))
    case 1: {
      const bytes = pick()
      return bytes.slice(0, below(bytes.length + 1))
    }
    case 2: {
      const bytes = pick()
      for (let flips = 1 + below(8); flips > 0; flips -= 1) bytes[below(bytes.length)]! ^= 1 << below(8)
      return bytes
    }
    case 3: {
      const bytes = pick()
      bytes[below(Math.min(24, bytes.length))] = [0, 1, 0x7f, 0x80, 0xbe, 0xde, 0xff][below(7)]!
      return bytes
    }
    default: return Uint8Array.from([...pick().slice(0, below(40)), ...pick()])
  }
}

const fields = { ...createRtpPacket(), payloadType: 97, seq: 65535, rtpTimestamp: 0xffff_ff00, ssrc: 5, levelDb: -9, captureNtpHi: 0xe800_0000 }
const rtpPackets = [[false, false], [true, false], [true, true]].map(([hasLevel, hasCapture]) => {
  const bytes = new Uint8Array(80).fill(0x55)
  writeRtpHeader(bytes, 0, { ...fields, hasLevel: hasLevel!, hasCapture: hasCapture! })
  return bytes
})
const info = { ntpHi: 1, ntpLo: 2, rtpTimestamp: 3, packetCount: 4, octetCount: 5 }
const block = { ssrc: 1, fractionLost: 2, lost: 3, highestExtSeq: 4, jitterTicks: 5, lsr: 6, dlsr: 7 }
const rtcpPackets = [
  buildSenderReport(5, info, [block, block], { cname: "ann@party", name: "Ann" }), buildReceiverReport(6, [block], { cname: "bob@party" }),
  buildBye([5, 6], "ann@party", "bye"),
]
const sdp = writeSdp({
  sessionName: "x", sessionId: 1, sessionVersion: 1, origin: "10.0.0.1", address: "239.1.2.3", ttl: 1, port: 5004, format: formatToSend("l16", 48000, 2)!,
  ptimeMs: 2.667, extensions: { level: 1, capture: 2 }, ssrc: 5, cname: "ann@party", rtcpMux: true, direction: "recvonly",
})
const sdpBytes = new TextEncoder().encode(sdp)
const sapPackets = [buildSap({ kind: "announce", hash: 1, origin: "10.0.0.1", sdp })!, buildSap({ kind: "delete", hash: 1, origin: "10.0.0.1", sdp })!]

describe(`${caseCount} hostile datagrams`, () => {
  it("never get more than their own bytes from parseRtp", () => {
    const random = seeded(1)
    const packet = createRtpPacket()
    const codes = new Set<number>()
    for (let index = 0; index < caseCount; index += 1) {
      const datagram = hostile(random, [...rtpPackets, ...rtcpPackets])
      const code = parseRtp(datagram, datagram.length, packet)
      codes.add(code)
      const { payloadOffset, payloadBytes } = packet
      if (code === 0 && (payloadOffset < 12 || payloadBytes < 0 || payloadOffset + payloadBytes > datagram.length)) {
        expect({ index, payloadOffset, payloadBytes, byteCount: datagram.length }).toBe("in bounds")
      }
      const alone = { ...packet }
      // What lies behind the datagram changes nothing.
      if (parseRtp(guarded(datagram), datagram.length, packet) !== code) expect({ index, code }).toBe("the same")
      if (code === 0) expect(packet).toEqual(alone)
      if (isRtcp(datagram, datagram.length)) expect(code).not.toBe(0)
    }
    // All reasons were met but "too long", which takes more bytes.
    expect([...codes].toSorted((one, other) => one - other)).toEqual([0, 1, 2, 3, 4, 5, 6])
    expect(parseReasons).toHaveLength(8)
  })

  it("never upset parseRtcp", () => {
    const random = seeded(2)
    const reasons = new Map<string, number>()
    for (let index = 0; index < caseCount; index += 1) {
      const datagram = hostile(random, rtcpPackets)
      const result = parseRtcp(datagram, datagram.length)
      expect(parseRtcp(guarded(datagram), datagram.length)).toEqual(result)
      const word = result.ok ? "ok" : result.reason
      reasons.set(word, (reasons.get(word) ?? 0) + 1)
      if (result.ok) expect(result.packets.length).toBeLessThanOrEqual(datagram.length / 4)
    }
    expect(reasons.get("ok")).toBeGreaterThan(100)
    expect(reasons.size).toBeGreaterThan(8)
  })

  it("never upset parseSdp", () => {
    const random = seeded(3)
    let good = 0
    for (let index = 0; index < caseCount; index += 1) {
      const result = parseSdp(new TextDecoder().decode(hostile(random, [sdpBytes])))
      if (!result.ok) continue
      good += 1
      const { port, format, ttl, sessionName } = result.stream
      expect(port > 0 && port < 65536 && format.rateHz > 0 && format.channelCount > 0 && format.channelCount <= 8).toBe(true)
      expect(ttl === undefined || ttl <= 255).toBe(true)
      expect(sessionName).not.toMatch(/\p{Cc}/u)
    }
    expect(good).toBeGreaterThan(100)
  })

  it("never upset parseSap", () => {
    const random = seeded(4)
    let good = 0
    for (let index = 0; index < caseCount; index += 1) {
      const datagram = hostile(random, sapPackets)
      const result = parseSap(datagram, datagram.length)
      expect(parseSap(guarded(datagram), datagram.length)).toEqual(result)
      if (!result.ok) continue
      good += 1
      parseSdp(result.message.sdp)
    }
    expect(good).toBeGreaterThan(100)
  })

  it("never make a receive source count nonsense", () => {
    const random = seeded(5)
    const codes = new Set<number>()
    for (let stream = 0; stream < 20; stream += 1) {
      const source = createReceiveSource({ rateHz: 48000 })
      let seq = Math.floor(random() * 65536)
      let timestamp = Math.floor(random() * 2 ** 32)
      let highest = 0
      for (let index = 0; index < caseCount / 10; index += 1) {
        if (random() < 0.05) seq = Math.floor(random() * 65536)
        if (random() < 0.02) timestamp = Math.floor(random() * 2 ** 32)
        const step = Math.floor(random() * 4) - (random() < 0.1 ? 5 : 0)
        seq = (seq + step) & 0xffff
        timestamp = (timestamp + step * 128) >>> 0
        codes.add(source.update(seq, timestamp, index * 2667 + random() * 5000))
        const { received, expected, lost, duplicate, discarded, highestExtSeq, jitterTicks } = source
        const sound = lost === expected - received && lost >= 0 && received + duplicate + discarded === index + 1 && jitterTicks >= 0
        if (!sound) expect({ stream, index, received, expected, lost, duplicate, discarded, jitterTicks }).toBe("sound")
        if (received > 0) {
          expect(highestExtSeq).toBeGreaterThanOrEqual(highest)
          highest = highestExtSeq
        }
        const { fractionLost } = source.reportBlock(1, index * 2667)
        expect(fractionLost >= 0 && fractionLost <= 255).toBe(true)
      }
    }
    expect(codes.size).toBe(Object.keys(arrival).length)
  })
})
