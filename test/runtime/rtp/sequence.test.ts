import { describe, expect, it } from "vitest"
import {
  extendSeq, extendTimestamp, extSeqBase, extTimestampBase, isSeqAfter, isTimestampAfter, seqDistance, timestampDistance,
} from "../../../src/runtime/rtp/sequence.ts"

describe("sequence numbers", () => {
  it.each([
    [0, 0, 0], [0, 1, 1], [1, 0, -1], [65535, 0, 1], [0, 65535, -1], [65530, 5, 11], [5, 65530, -11],
    [0, 32767, 32767], [0, 32768, -32768], [32768, 0, -32768], [0, 32769, -32767],
  ])("from %i to %i is %i", (from, to, distance) => {
    expect(seqDistance(from, to)).toBe(distance)
    expect(isSeqAfter(from, to)).toBe(distance > 0)
  })

  it("widen without a break over three crossings of 2^16", () => {
    let extSeq = extSeqBase + 65000
    for (let step = 1; step <= 200_000; step += 1) {
      const next = extendSeq(extSeq, (65000 + step) & 0xffff)
      if (next !== extSeq + 1) expect(next).toBe(extSeq + 1)
      extSeq = next
    }
    expect(extSeq).toBe(extSeqBase + 265_000)
  })

  it("widen across 2^31 and 2^32", () => {
    for (const edge of [2 ** 31, 2 ** 32, 2 ** 40]) {
      expect(extendSeq(edge - 3, (edge + 2) % 65536)).toBe(edge + 2)
      expect(extendSeq(edge + 2, (edge - 3) % 65536)).toBe(edge - 3)
    }
  })

  it("do not become negative when the first packet of all was overtaken by the wrap", () => {
    expect(extendSeq(extSeqBase + 0, 65535)).toBe(65535)
  })
})

describe("timestamps", () => {
  it.each([
    [0, 0, 0], [0xffff_ffff, 0, 1], [0, 0xffff_ffff, -1], [0xffff_ff80, 0x80, 256], [0, 0x7fff_ffff, 0x7fff_ffff],
    [0, 0x8000_0000, -0x8000_0000],
  ])("from %i to %i is %i", (from, to, distance) => {
    expect(timestampDistance(from, to)).toBe(distance)
    expect(isTimestampAfter(from, to)).toBe(distance > 0)
  })

  it("widen without a break over 2^32 twice, in steps of a minute", () => {
    const minute = 48000 * 60
    let wide = extTimestampBase + 4_000_000_000
    for (let step = 0; step < 3200; step += 1) {
      const next = extendTimestamp(wide, (wide + minute) % 2 ** 32)
      expect(next).toBe(wide + minute)
      wide = next
    }
    expect(wide).toBeGreaterThan(3 * 2 ** 32)
  })

  it("widen backwards across 2^32", () => {
    expect(extendTimestamp(2 * 2 ** 32 + 100, 0xffff_ff9c)).toBe(2 * 2 ** 32 - 100)
  })
})
