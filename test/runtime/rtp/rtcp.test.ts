import { describe, expect, it } from "vitest"
import { buildBye, buildReceiverReport, buildSenderReport } from "../../../src/runtime/rtp/rtcp-build.ts"
import { maxRtcpBytes, parseRtcp, rtcpType } from "../../../src/runtime/rtp/rtcp.ts"
import type { ReportBlock } from "../../../src/runtime/rtp/rtcp.ts"
import { hex } from "./seeded.ts"

const parse = (bytes: Uint8Array) => parseRtcp(bytes, bytes.length)
const parsed = (bytes: Uint8Array) => {
  const result = parse(bytes)
  if (!result.ok) throw new Error(result.reason)
  return result.packets
}
const block = (ssrc: number): ReportBlock => ({
  ssrc, fractionLost: 255, lost: -3, highestExtSeq: 0xffff_fffe, jitterTicks: 17, lsr: 0xb705_2000, dlsr: 0x0005_4000,
})
const info = { ntpHi: 0xe800_0000, ntpLo: 0x8000_0000, rtpTimestamp: 0xffff_ffff, packetCount: 12, octetCount: 0x8000_0000 }
const rr = "80c9 0001 00000007"

describe("RTCP that we build", () => {
  it("is a sender report with its description", () => {
    const bytes = buildSenderReport(0xdead_beef, info, [block(1), block(0xffff_ffff)], { cname: "ann@party", name: "Ann 🎤", tool: "wifi-party" })
    expect(bytes.length % 4).toBe(0)
    expect(parsed(bytes)).toEqual([
      { kind: "sender report", ssrc: 0xdead_beef, info, blocks: [block(1), block(0xffff_ffff)] },
      { kind: "description", ssrc: 0xdead_beef, items: { cname: "ann@party", name: "Ann 🎤", tool: "wifi-party" } },
    ])
  })

  it("is a receiver report byte for byte", () => {
    expect(buildReceiverReport(7, [], { cname: "ab" })).toEqual(hex(`${rr} 81ca 0003 00000007 0102 6162 00000000`))
  })

  it.each([1, 2, 3, 4, 5, 6, 7, 8, 254, 255, 256, 300])("fills a CNAME of %i bytes up to whole words with at least one null", (length) => {
    const bytes = buildReceiverReport(7, [], { cname: "x".repeat(length) })
    expect(bytes.length % 4).toBe(0)
    expect(bytes.at(-1)).toBe(0)
    expect(parsed(bytes)[1]).toEqual({ kind: "description", ssrc: 7, items: { cname: "x".repeat(Math.min(255, length)) } })
  })

  it("cuts a long name between characters", () => {
    const packet = parsed(buildReceiverReport(7, [], { cname: "c", name: "é".repeat(200) }))[1]
    expect(packet).toEqual({ kind: "description", ssrc: 7, items: { cname: "c", name: "é".repeat(127) } })
  })

  it("spreads more than 31 blocks over several reports", () => {
    const blocks = Array.from({ length: 70 }, (_, index) => block(index))
    const packets = parsed(buildSenderReport(7, info, blocks, { cname: "c" }))
    expect(packets.map((packet) => packet.kind)).toEqual(["sender report", "receiver report", "receiver report", "description"])
    expect(packets.flatMap((packet) => ("blocks" in packet ? packet.blocks : []))).toEqual(blocks)
  })

  it("says goodbye with and without a reason", () => {
    expect(parsed(buildBye([5, 6], "c", "going home"))).toEqual([
      { kind: "receiver report", ssrc: 5, blocks: [] },
      { kind: "description", ssrc: 5, items: { cname: "c" } },
      { kind: "bye", ssrcs: [5, 6], reason: "going home" },
    ])
    expect(parsed(buildBye([5], "c")).at(-1)).toEqual({ kind: "bye", ssrcs: [5] })
  })

  it.each([-0x80_0000 - 1, -0x80_0000, -1, 0, 1, 0x7f_ffff, 0x80_0000])("keeps a loss of %i within 24 bits", (lost) => {
    const packet = parsed(buildReceiverReport(7, [{ ...block(1), lost }], { cname: "c" }))[0]
    expect(packet).toMatchObject({ blocks: [{ lost: Math.min(0x7f_ffff, Math.max(-0x80_0000, lost)), fractionLost: 255 }] })
  })

  it("carries no control characters in either direction", () => {
    const bytes = buildReceiverReport(7, [], { cname: "c", name: "a\u001b[31mb\r\nc\u202ed" })
    expect(parsed(bytes)[1]).toMatchObject({ items: { name: "a [31mb c d" } })
    expect(parsed(hex(`${rr} 81ca 0004 00000007 0206 41 1b 42 0d 0a 43 00000000`))[1]).toMatchObject({ items: { name: "A B C" } })
  })
})

describe("parseRtcp", () => {
  it.each([
    ["two chunks", "82ca 0005 00000001 0101 41 00 00000002 0101 42 0101 43 00 00", ["description", "description"]],
    ["an item of length 0", "81ca 0002 00000001 01000000", undefined],
    ["a description of nobody", "80ca 0000", []],
    ["an unknown item and PRIV", "81ca 0004 00000001 0803 026162 0901 43 00000000", undefined],
    ["a BYE of nobody", "80cb 0000", ["bye"]],
    ["feedback, XR and APP between", "81cd 0002 00000001 00000002 80cf 0001 00000001 80cc 0002 00000001 41424344", []],
    ["padding at the end", "a0cc 0003 00000001 41424344 00000004", []],
  ])("takes %s", (_, text, kinds) => {
    const packets = parsed(hex(`${rr} ${text}`)).slice(1)
    if (kinds !== undefined) expect(packets.map((packet) => packet.kind)).toEqual(kinds)
  })

  it.each([
    ["nothing", "", "too short"],
    ["four bytes", "80c90000", "too short"],
    ["a report without a source", "80c9 0000 80ca 0000", "a receiver report is too short"],
    ["version 1", "40c9 0001 00000007", "wrong version"],
    ["version 1 further on", `${rr} 40ca 0000`, "wrong version"],
    ["a description first", "81ca 0002 00000001 01000000", "does not begin with a report"],
    ["a BYE first", "81cb 0001 00000001", "does not begin with a report"],
    ["a length beyond the datagram", "80c9 0002 00000007", "a packet is longer than the compound"],
    ["a rest of two bytes", `${rr} 80cb`, "a packet's header is cut off"],
    ["padding in the first packet", "a0c9 0002 00000007 00000004", "padding before the last packet"],
    ["padding in the middle", `${rr} a0cc 0002 00000001 00000004 80cb 0000`, "padding before the last packet"],
    ["padding of 0", `${rr} a0cc 0002 00000001 00000000`, "wrong padding"],
    ["padding of half a word", `${rr} a0cc 0002 00000001 00000002`, "wrong padding"],
    ["padding over the head", `${rr} a0cc 0002 00000001 0000000c`, "wrong padding"],
    ["a sender report too short", "80c8 0005 00000001 00000000 00000000 00000000 00000000", "a sender report is too short"],
    ["blocks that are not there", "81c9 0001 00000007", "a receiver report is too short"],
    ["a chunk that is not there", `${rr} 82ca 0002 00000001 01000000`, "a description is too short"],
    ["a chunk without end", `${rr} 81ca 0002 00000001 01024142`, "a description has no end"],
    ["an item beyond its packet", `${rr} 81ca 0002 00000001 01034142 80cb 0000`, "an item of a description is cut off"],
    ["a BYE too short", `${rr} 82cb 0001 00000001`, "a BYE is too short"],
    ["a reason cut off", `${rr} 81cb 0002 00000001 04414243`, "the reason of a BYE is cut off"],
  ])("refuses %s", (_, text, reason) => {
    expect(parse(hex(text))).toEqual({ ok: false, reason })
  })

  it("refuses a count beyond the array, and a datagram beyond the bound", () => {
    expect(parseRtcp(hex(rr), 12)).toEqual({ ok: false, reason: "too short" })
    expect(parse(new Uint8Array(maxRtcpBytes + 4))).toEqual({ ok: false, reason: "too long" })
  })

  it("knows the types by RFC 3550's numbers", () => {
    expect(rtcpType).toEqual({ sr: 200, rr: 201, sdes: 202, bye: 203 })
  })
})
