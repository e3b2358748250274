import { describe, expect, it } from "vitest"
import {
  createRtpPacket, isRtcp, maxRtpHeaderBytes, ourExtensionIds, parseCode, parseReasons, parseRtp, rtpHeaderBytes, rtpHeaderBytesOf,
  writeRtpHeader,
} from "../../../src/runtime/rtp/header.ts"
import { maxPayloadBytes } from "../../../src/runtime/rtp/payload.ts"
import { hex } from "./seeded.ts"

const head = "8060 1234 89abcdef fedcba98"
const withExtension = (extension: string) => hex(`9060 1234 89abcdef fedcba98 ${extension} aabbccdd`)
const parse = (bytes: Uint8Array) => {
  const packet = createRtpPacket()
  return { code: parseRtp(bytes, bytes.length, packet), ...packet }
}

describe("parseRtp", () => {
  it("reads a plain packet", () => {
    expect(parse(hex(`${head} aabb`))).toMatchObject({
      code: 0, payloadType: 96, marker: false, seq: 0x1234, rtpTimestamp: 0x89ab_cdef, ssrc: 0xfedc_ba98, payloadOffset: 12, payloadBytes: 2,
      hasLevel: false, hasCapture: false,
    })
  })

  it("reads marker, CSRCs and padding", () => {
    expect(parse(hex("a2e1 0000 00000000 00000000 11111111 22222222 aabbcc 000003"))).toMatchObject({
      code: 0, payloadType: 97, marker: true, seq: 0, rtpTimestamp: 0, ssrc: 0, payloadOffset: 20, payloadBytes: 3,
    })
  })

  it("takes a packet without payload", () => {
    expect(parse(hex(head))).toMatchObject({ code: 0, payloadOffset: 12, payloadBytes: 0 })
    expect(parse(hex("a060 1234 89abcdef fedcba98 01"))).toMatchObject({ code: 0, payloadBytes: 0 })
  })

  it.each([
    ["nothing", "", parseCode.tooShort],
    ["eleven bytes", "8060123489abcdeffedcba", parseCode.tooShort],
    ["version 0", `00${head.slice(2)}`, parseCode.wrongVersion],
    ["version 1", `40${head.slice(2)}`, parseCode.wrongVersion],
    ["version 3", `c0${head.slice(2)}`, parseCode.wrongVersion],
    ["a sender report", "80c8 0006 89abcdef fedcba98", parseCode.rtcp],
    ["a CSRC too many", "8160 1234 89abcdef fedcba98 112233", parseCode.badCsrc],
    ["15 CSRCs in a short packet", "8f60 1234 89abcdef fedcba98 11223344", parseCode.badCsrc],
    ["an extension's head cut off", "9060 1234 89abcdef fedcba98 bede00", parseCode.badExtension],
    ["an extension too long", "9060 1234 89abcdef fedcba98 bede0002 10000000", parseCode.badExtension],
    ["an extension of 65535 words", "9060 1234 89abcdef fedcba98 bedeffff 10000000", parseCode.badExtension],
    ["padding of 0", "a060 1234 89abcdef fedcba98 aabb00", parseCode.badPadding],
    ["padding longer than the payload", "a060 1234 89abcdef fedcba98 aabb04", parseCode.badPadding],
    ["padding and no payload", "a060 1234 89abcdef fedcba98", parseCode.badPadding],
  ])("refuses %s", (_, text, code) => {
    expect(parse(hex(text)).code).toBe(code)
  })

  it("takes the longest payload and refuses one byte more", () => {
    const bytes = new Uint8Array(rtpHeaderBytes + maxPayloadBytes + 1)
    bytes.set(hex(head))
    const packet = createRtpPacket()
    expect(parseRtp(bytes, bytes.length - 1, packet)).toBe(0)
    expect(packet.payloadBytes).toBe(maxPayloadBytes)
    expect(parseRtp(bytes, bytes.length, packet)).toBe(parseCode.tooLong)
  })

  it.each([[13], [-1], [Number.NaN], [Infinity]])("refuses a byte count of %d for 12 bytes", (byteCount) => {
    expect(parseRtp(hex(head), byteCount, createRtpPacket())).toBe(parseCode.tooShort)
  })

  it("looks at no byte beyond the count", () => {
    // The byte behind the datagram would be a valid padding.
    expect(parseRtp(hex("a060 1234 89abcdef fedcba98 aa 01"), 13, createRtpPacket())).toBe(parseCode.badPadding)
  })

  it("has words for every code", () => {
    expect(parseReasons).toHaveLength(Object.keys(parseCode).length)
  })
})

describe("header extensions", () => {
  const capture = "0102030405060708"
  it.each([
    ["level, one byte form", "bede0001 10 85 0000", { hasLevel: true, voice: true, levelDb: -5, hasCapture: false }],
    ["level of silence without voice", "bede0001 10 7f 0000", { hasLevel: true, voice: false, levelDb: -127 }],
    ["level of full scale", "bede0001 10 00 0000", { hasLevel: true, voice: false, levelDb: 0 }],
    ["capture, then level", `bede0003 27${capture} 1003 00`, { hasLevel: true, levelDb: -3, hasCapture: true, captureNtpHi: 0x0102_0304, captureNtpLo: 0x0506_0708 }],
    ["long capture", `bede0005 2f${capture}0000000000000000 000000`, { hasCapture: true, captureNtpHi: 0x0102_0304 }],
    ["level behind padding and an unknown element", "bede0002 00 52aabbcc 00 1005", { hasLevel: true, levelDb: -5 }],
    ["two byte form", `10000004 0201 ff 0208${capture} 0101 09`, { hasLevel: true, levelDb: -9, hasCapture: true }],
    ["two byte form with application bits", "100f0001 0101 09 00", { hasLevel: true, levelDb: -9 }],
    ["two byte form with an empty element first", "10000002 0700 0101 09 000000", { hasLevel: true, levelDb: -9 }],
    ["a level of the wrong length", "bede0001 11 0505 00", { hasLevel: false }],
    ["a capture of the wrong length", "bede0001 22 050505", { hasCapture: false }],
    ["element 15 ends the reading", "bede0001 f0 00 1005", { hasLevel: false }],
    ["element 0 with a length ends the reading", "bede0001 01 00 1005", { hasLevel: false }],
    ["an element longer than the extension", "bede0001 1005 2711", { hasLevel: true, hasCapture: false }],
    ["a two byte head cut off", "10000001 000000 01", { hasLevel: false }],
    ["another profile", "12340001 1005 0000", { hasLevel: false }],
    ["an empty extension", "bede0000", { hasLevel: false }],
  ])("%s", (_, extension, expected) => {
    const parsed = parse(withExtension(extension))
    expect(parsed).toMatchObject({ code: 0, payloadBytes: 4, ...expected })
    expect(parsed.payloadOffset).toBe(withExtension(extension).length - 4)
  })

  it("follows other element numbers where the stream's SDP gives them", () => {
    const packet = createRtpPacket()
    const bytes = withExtension("bede0001 5006 1009")
    expect(parseRtp(bytes, bytes.length, packet, { level: 5, capture: 0 })).toBe(0)
    expect(packet.levelDb).toBe(-6)
  })

  it("are forgotten with the next packet", () => {
    const packet = createRtpPacket()
    const first = withExtension(`bede0003 1005 27${capture} 00`)
    parseRtp(first, first.length, packet)
    expect(packet).toMatchObject({ hasLevel: true, hasCapture: true })
    parseRtp(hex(head), 12, packet)
    expect(packet).toMatchObject({ hasLevel: false, hasCapture: false })
  })
})

describe("isRtcp", () => {
  it.each([
    ["80c8", true], ["81c9", true], ["80c0", true], ["80df", true], ["80bf", false], ["80e0", false], ["8060", false], ["80e1", false],
    ["40c8", false], ["80", false], ["", false],
  ])("%s: %s", (text, expected) => {
    expect(isRtcp(hex(text), hex(text).length)).toBe(expected)
  })
})

describe("writeRtpHeader", () => {
  const fields = {
    ...createRtpPacket(), payloadType: 99, marker: true, seq: 65535, rtpTimestamp: 0xffff_fffe, ssrc: 0x8000_0001, levelDb: -12, voice: true,
    captureNtpHi: 0xe800_0001, captureNtpLo: 0xffff_ffff,
  }
  it.each([
    [false, false, 12], [true, false, 20], [false, true, 28], [true, true, 28],
  ])("with level %s and capture %s it takes %s bytes and is read back", (hasLevel, hasCapture, byteCount) => {
    const bytes = new Uint8Array(64).fill(0xee)
    const sent = { ...fields, hasLevel, hasCapture }
    expect(rtpHeaderBytesOf(sent)).toBe(byteCount)
    expect(writeRtpHeader(bytes, 5, sent)).toBe(byteCount)
    expect(bytes[4]).toBe(0xee)
    expect(bytes[5 + byteCount]).toBe(0xee)
    const datagram = bytes.slice(5, 5 + byteCount + 10)
    const packet = createRtpPacket()
    expect(parseRtp(datagram, datagram.length, packet)).toBe(0)
    expect(packet).toMatchObject({ payloadType: 99, marker: true, seq: 65535, rtpTimestamp: 0xffff_fffe, ssrc: 0x8000_0001, payloadOffset: byteCount, payloadBytes: 10, hasLevel, hasCapture })
    if (hasLevel) expect(packet).toMatchObject({ levelDb: -12, voice: true })
    if (hasCapture) expect(packet).toMatchObject({ captureNtpHi: 0xe800_0001, captureNtpLo: 0xffff_ffff })
  })

  it("writes the bytes that the standards draw", () => {
    const bytes = new Uint8Array(maxRtpHeaderBytes)
    writeRtpHeader(bytes, 0, { ...fields, hasLevel: true, hasCapture: true })
    expect(bytes).toEqual(hex("90e3ffff fffffffe 80000001 bede0003 108c 27e8000001ffffffff 00"))
    expect(ourExtensionIds).toEqual({ level: 1, capture: 2 })
  })

  it.each([[0, -0], [-Infinity, -127], [-300, -127], [6, 0], [-12.4, -12]])("writes a level of %d dB as %d", (levelDb, read) => {
    const bytes = new Uint8Array(20)
    const packet = createRtpPacket()
    writeRtpHeader(bytes, 0, { ...fields, hasLevel: true, levelDb })
    parseRtp(bytes, 20, packet)
    expect(packet.levelDb + 0).toBe(read + 0)
  })

  it("returns 0 and writes nothing when there is no room", () => {
    const bytes = new Uint8Array(27)
    expect(writeRtpHeader(bytes, 0, { ...fields, hasCapture: true })).toBe(0)
    expect(writeRtpHeader(bytes, 16, fields)).toBe(0)
    expect(writeRtpHeader(bytes, -1, fields)).toBe(0)
    expect(bytes.every((byte) => byte === 0)).toBe(true)
  })

  it("takes widened numbers modulo their size", () => {
    const bytes = new Uint8Array(12)
    writeRtpHeader(bytes, 0, { ...fields, seq: 2 ** 33 + 0x12345, rtpTimestamp: 2 ** 33 + 7 })
    expect(bytes.slice(2, 8)).toEqual(hex("2345 00000007"))
  })
})
