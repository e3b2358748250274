import { describe, expect, it } from "vitest"
import { buildSap, maxSapBytes, parseSap, sapAddressFor, sapHash, sapPort } from "../../../src/runtime/rtp/sap.ts"
import type { SapMessage } from "../../../src/runtime/rtp/sap.ts"
import { hex } from "./seeded.ts"

const text = (value: string) => Buffer.from(value).toString("hex")
const parse = (bytes: Uint8Array) => parseSap(bytes, bytes.length)
const message: SapMessage = { kind: "announce", hash: 0x1234, origin: "192.168.1.7", sdp: "v=0\r\ns=x\r\n" }

describe("SAP", () => {
  it("is built as the standard draws it", () => {
    expect(buildSap(message)).toEqual(hex(`20001234 c0a80107 ${text("application/sdp\0v=0\r\ns=x\r\n")}`))
    expect(buildSap({ ...message, kind: "delete" })![0]).toBe(0x24)
  })

  it.each(["announce", "delete"] as const)("is read back: %s", (kind) => {
    expect(parse(buildSap({ ...message, kind })!)).toEqual({ ok: true, message: { ...message, kind } })
  })

  it.each([
    ["without a type", `20001234 c0a80107 ${text("v=0\r\n")}`, { sdp: "v=0\r\n" }],
    ["with authentication", `20021234 c0a80107 0011223344556677 ${text("v=0\r\n")}`, { sdp: "v=0\r\n" }],
    ["with a type in capitals", `20001234 c0a80107 ${text("Application/SDP\0v=0\r\n")}`, { sdp: "v=0\r\n" }],
    ["a deletion of one line", `24001234 c0a80107 ${text("o=- 1 1 IN IP4 1.2.3.4\r\n")}`, { kind: "delete", sdp: "o=- 1 1 IN IP4 1.2.3.4\r\n" }],
  ])("is read %s", (_, bytes, expected) => {
    expect(parse(hex(bytes))).toMatchObject({ ok: true, message: { hash: 0x1234, origin: "192.168.1.7", ...expected } })
  })

  it.each([
    ["seven bytes", "20001234 c0a801", "too short"],
    ["version 0", "00001234 c0a80107", "wrong version"],
    ["version 2", "40001234 c0a80107", "wrong version"],
    ["IPv6", `30001234 ${"00".repeat(16)}`, "announced from IPv6"],
    ["encryption", "22001234 c0a80107", "encrypted or compressed"],
    ["compression", "21001234 c0a80107", "encrypted or compressed"],
    ["authentication too long", "20011234 c0a80107 000000", "authentication longer than the packet"],
    ["no payload", "20001234 c0a80107", "the payload's type has no end"],
    ["a type without end", `20001234 c0a80107 ${text("application/sdp")}`, "the payload's type has no end"],
    ["another type", `20001234 c0a80107 ${text("text/plain\0v=0")}`, "not a description (SDP)"],
  ])("is refused with %s", (_, bytes, reason) => {
    expect(parse(hex(bytes))).toEqual({ ok: false, reason })
  })

  it("looks at no byte beyond the count", () => {
    expect(parseSap(hex(`20001234 c0a80107 ${text("application/sdp\0")}`), 8 + 15)).toEqual({ ok: false, reason: "the payload's type has no end" })
    expect(parseSap(hex("20001234 c0a80107 763d"), 8)).toEqual({ ok: false, reason: "the payload's type has no end" })
  })

  it("is neither built nor read beyond its bound", () => {
    expect(buildSap({ ...message, sdp: "x".repeat(maxSapBytes) })).toBeUndefined()
    expect(buildSap({ ...message, origin: "nobody" })).toBeUndefined()
    expect(parse(new Uint8Array(maxSapBytes + 1))).toEqual({ ok: false, reason: "too long" })
  })

  it("is sent to the highest address of the group's scope", () => {
    expect(["239.255.43.2", "239.195.1.1", "239.192.0.1", "224.0.0.56", "233.1.2.3"].map(sapAddressFor)).toEqual([
      "239.255.255.255", "239.195.255.255", "239.195.255.255", "224.0.0.255", "224.2.127.254",
    ])
    expect(sapPort).toBe(9875)
  })

  it("has a hash of 16 bits, never 0, that changes with the text", () => {
    const hashes = Array.from({ length: 70_000 }, (_, index) => sapHash(`v=0 ${index}`))
    expect(Math.min(...hashes.slice(0, 1000))).toBeGreaterThan(0)
    expect(hashes.every((hash) => hash > 0 && hash <= 65535)).toBe(true)
    expect(new Set(hashes).size).toBeGreaterThan(40_000)
  })
})
