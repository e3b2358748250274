import { describe, expect, it } from "vitest"
import { createRtpPacket } from "../../../src/runtime/rtp/header.ts"
import { usOfNtp } from "../../../src/runtime/rtp/ntp.ts"
import { createSendSource, sendStateCount } from "../../../src/runtime/rtp/send-source.ts"
import { seeded } from "./seeded.ts"

const fresh = () => new Float64Array(sendStateCount)

describe("send source", () => {
  it("numbers packets one by one over the wrap, and follows the frame position over 2^32", () => {
    const source = createSendSource(fresh(), () => 0.999_999_999)
    const packet = createRtpPacket()
    let seq = -1
    let timestamp = -1
    let seqWraps = 0
    let timestampWraps = 0
    for (let index = 0; index < 150_000; index += 1) {
      source.next(index * 128_000, 256, packet)
      if (seq >= 0) {
        if (packet.seq !== ((seq + 1) & 0xffff)) expect(packet.seq).toBe((seq + 1) & 0xffff)
        if (packet.rtpTimestamp !== (timestamp + 128_000) % 2 ** 32) expect(packet.rtpTimestamp).toBe((timestamp + 128_000) % 2 ** 32)
        if (packet.seq < seq) seqWraps += 1
        if (packet.rtpTimestamp < timestamp) timestampWraps += 1
      }
      seq = packet.seq
      timestamp = packet.rtpTimestamp
    }
    expect([seqWraps, timestampWraps]).toEqual([2, 5])
    expect(source).toMatchObject({ packetCount: 150_000, octetCount: 150_000 * 256, lastPosition: 149_999 * 128_000 })
  })

  it("goes on where a lost thread stopped", () => {
    const state = fresh()
    const first = createSendSource(state, seeded(1))
    const packet = createRtpPacket()
    first.next(1000, 256, packet)
    const before = { ...packet }
    const second = createSendSource(state, seeded(2))
    second.next(1128, 256, packet)
    expect(packet).toMatchObject({ ssrc: before.ssrc, seq: before.seq + 1, rtpTimestamp: (before.rtpTimestamp + 128) >>> 0 })
    expect([first.resumed, second.resumed]).toEqual([false, true])
    expect(second).toMatchObject({ ssrc: first.ssrc, packetCount: 2, octetCount: 512, nextExtSeq: before.seq + 2 })
  })

  it.each([0, 0.5, 1 - 2 ** -53])("draws valid numbers from a random %d", (value) => {
    const source = createSendSource(fresh(), () => value)
    const packet = createRtpPacket()
    source.next(0, 0, packet)
    expect(source.ssrc).toBeGreaterThan(0)
    expect(source.ssrc).toBeLessThan(2 ** 32)
    expect(packet.seq).toBeLessThan(32768)
    expect(packet.rtpTimestamp).toBeLessThan(2 ** 32)
  })

  it("tells in a sender report which frame is now", () => {
    const source = createSendSource(fresh(), seeded(3))
    const packet = createRtpPacket()
    source.next(480, 100, packet)
    const info = source.senderInfo(1_700_000_000_123_456, 528)
    expect(usOfNtp(info.ntpHi, info.ntpLo)).toBe(1_700_000_000_123_456)
    expect(info).toMatchObject({ rtpTimestamp: (packet.rtpTimestamp + 48) >>> 0, packetCount: 1, octetCount: 100 })
    expect(info.rtpTimestamp).toBe(source.rtpTimestampAt(528))
  })

  it("wraps the octet count of a report at 2^32", () => {
    const source = createSendSource(fresh(), seeded(3))
    const packet = createRtpPacket()
    for (let index = 0; index < 5; index += 1) source.next(0, 2 ** 30, packet)
    expect(source.senderInfo(0, 0).octetCount).toBe(2 ** 30)
    expect(source.octetCount).toBe(5 * 2 ** 30)
  })
})
