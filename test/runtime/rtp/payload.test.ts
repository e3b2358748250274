import { describe, expect, it } from "vitest"
import {
  adviceUdpBytes, bytesPerFrame, bytesPerSample, formatOfType, formatToSend, framesOfPayload, maxFramesOfPacket, maxPayloadBytes,
} from "../../../src/runtime/rtp/payload.ts"
import { maxRtpHeaderBytes } from "../../../src/runtime/rtp/header.ts"

describe("payload formats", () => {
  it.each([
    [96, "l16", 48000, 1], [97, "l16", 48000, 2], [98, "l24", 48000, 1], [99, "l24", 48000, 2],
    [10, "l16", 44100, 2], [11, "l16", 44100, 1],
  ])("type %i of a 48 kHz session is %s/%i/%i", (payloadType, codec, rateHz, channelCount) => {
    expect(formatOfType(payloadType, 48000)).toEqual({ codec, rateHz, channelCount, payloadType })
  })

  it("gives the dynamic types the session's rate", () => {
    expect(formatOfType(97, 44100)).toEqual({ codec: "l16", rateHz: 44100, channelCount: 2, payloadType: 97 })
  })

  it.each([0, 8, 9, 12, 95, 100, 127, -1, 128])("knows no type %i", (payloadType) => {
    expect(formatOfType(payloadType, 48000)).toBeUndefined()
  })

  it("has no dynamic types at another rate", () => {
    expect(formatOfType(96, 96000)).toBeUndefined()
  })

  it("finds the type to send in, and it is always the same object", () => {
    for (const [codec, channelCount, payloadType] of [["l16", 1, 96], ["l16", 2, 97], ["l24", 1, 98], ["l24", 2, 99]] as const) {
      expect(formatToSend(codec, 48000, channelCount)).toBe(formatOfType(payloadType, 48000))
      expect(formatToSend(codec, 44100, channelCount)?.payloadType).toBe(payloadType)
    }
    expect(formatToSend("l16", 48000, 3)).toBeUndefined()
    expect(formatToSend("l16", 48000, 0)).toBeUndefined()
    expect(formatToSend("l16", 32000, 1)).toBeUndefined()
  })

  it("counts frames, and refuses half ones", () => {
    const stereo24 = formatToSend("l24", 48000, 2)!
    expect(bytesPerSample("l24")).toBe(3)
    expect(bytesPerFrame(stereo24)).toBe(6)
    expect(framesOfPayload(stereo24, 768)).toBe(128)
    expect(framesOfPayload(stereo24, 0)).toBe(0)
    expect(framesOfPayload(stereo24, 769)).toBe(-1)
    expect(framesOfPayload(stereo24, 771)).toBe(-1)
  })

  it("fits 240 stereo frames of L24 with both extensions into one Ethernet frame", () => {
    expect(maxFramesOfPacket(formatToSend("l24", 48000, 2)!, adviceUdpBytes - maxRtpHeaderBytes)).toBe(240)
    expect(maxFramesOfPacket(formatToSend("l24", 48000, 2)!, maxPayloadBytes)).toBe(1024)
  })
})
