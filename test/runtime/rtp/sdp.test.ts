import { describe, expect, it } from "vitest"
import { formatIpv4, isMulticast, parseIpv4 } from "../../../src/runtime/rtp/address.ts"
import { ourExtensionIds } from "../../../src/runtime/rtp/header.ts"
import { formatOfType, formatToSend } from "../../../src/runtime/rtp/payload.ts"
import { captureUri, levelUri, maxSdpChars, packetFramesOf, parseSdp, writeSdp } from "../../../src/runtime/rtp/sdp.ts"
import type { SdpStream } from "../../../src/runtime/rtp/sdp.ts"

const stream: SdpStream = {
  sessionName: "Friday KTV: Ann 🎤", sessionId: 4_000_000_000, sessionVersion: 2, origin: "192.168.1.7", address: "239.255.43.2", ttl: 1,
  port: 5004, format: formatToSend("l24", 48000, 2)!, ptimeMs: 128 / 48, extensions: ourExtensionIds, ssrc: 0xdead_beef,
  cname: "ann@192.168.1.7", rtcpMux: true, direction: "recvonly",
}
const parsed = (text: string): SdpStream => {
  const result = parseSdp(text)
  if (!result.ok) throw new Error(result.reason)
  return result.stream
}
const media = (...lines: string[]) => ["v=0", "o=- 1 1 IN IP4 10.0.0.1", "s=x", "c=IN IP4 10.0.0.2", "t=0 0", ...lines, ""].join("\r\n")

describe("writeSdp", () => {
  it("writes the lines in their order", () => {
    expect(writeSdp(stream).split("\r\n")).toEqual([
      "v=0", "o=- 4000000000 2 IN IP4 192.168.1.7", "s=Friday KTV: Ann 🎤", "c=IN IP4 239.255.43.2/1", "t=0 0", "m=audio 5004 RTP/AVP 99",
      "a=rtpmap:99 L24/48000/2", "a=ptime:2.667", `a=extmap:1 ${levelUri}`, `a=extmap:2 ${captureUri}`,
      "a=ssrc:3735928559 cname:ann@192.168.1.7", "a=rtcp-mux", "a=recvonly", "",
    ])
  })

  it("is read back the same", () => {
    expect(parsed(writeSdp(stream))).toEqual({ ...stream, ptimeMs: 2.667 })
    expect(packetFramesOf(parsed(writeSdp(stream)))).toBe(128)
  })

  it("leaves out what is not there", () => {
    const bare: SdpStream = {
      sessionName: "x", sessionId: 1, sessionVersion: 1, origin: "127.0.0.1", address: "127.0.0.1", port: 5004,
      format: formatToSend("l16", 44100, 1)!, extensions: { level: 0, capture: 0 }, rtcpMux: false, direction: "sendonly",
    }
    expect(writeSdp(bare)).not.toMatch(/ptime|extmap|ssrc|mux/)
    expect(parsed(writeSdp(bare))).toEqual(bare)
    expect(packetFramesOf(bare)).toBeUndefined()
  })

  it("lets no text begin a line of its own", () => {
    const text = writeSdp({ ...stream, sessionName: "x\r\na=evil", cname: "c\nm=audio 1 RTP/AVP 0" })
    expect(text.split("\r\n")).toHaveLength(14)
    expect(parsed(text)).toMatchObject({ sessionName: "x a=evil", cname: "c m=audio 1 RTP/AVP 0", port: 5004 })
    expect(writeSdp({ ...stream, sessionName: "\u0000" })).toContain("\r\ns=-\r\n")
  })

  it("tells every packet length that we send in three places", () => {
    for (const rateHz of [44100, 48000]) {
      for (let frameCount = 32; frameCount <= 1024; frameCount += 1) {
        const text = writeSdp({ ...stream, format: formatToSend("l16", rateHz, 1)!, ptimeMs: (frameCount * 1000) / rateHz })
        if (packetFramesOf(parsed(text)) !== frameCount) expect(packetFramesOf(parsed(text))).toBe(frameCount)
      }
    }
  })
})

describe("parseSdp", () => {
  it("takes a static type without rtpmap", () => {
    expect(parsed(media("m=audio 5004 RTP/AVP 10")).format).toEqual(formatOfType(10, 48000))
  })

  it("takes the first format that is known here, any case, mono by default, plain line feeds", () => {
    const text = media("m=audio 5004 RTP/AVP 111 0 100 101", "a=rtpmap:111 opus/48000/2", "a=rtpmap:100 l24/96000", "a=rtpmap:101 L16/8000")
    expect(parsed(text.replaceAll("\r", "")).format).toEqual({ codec: "l24", rateHz: 96000, channelCount: 1, payloadType: 100 })
  })

  it("lets the media's address and direction stand over the session's, and ignores other media", () => {
    const text = media(
      "a=sendonly", "m=video 6000 RTP/AVP 96", "c=IN IP4 10.9.9.9", "a=rtpmap:96 L16/48000", "m=audio 5004 RTP/AVP 96", "c=IN IP4 239.1.2.3/7",
      "a=rtpmap:96 L16/48000", "a=inactive", "m=audio 7000 RTP/AVP 96", "c=IN IP4 10.8.8.8", "a=recvonly",
    )
    expect(parsed(text)).toMatchObject({ address: "239.1.2.3", ttl: 7, port: 5004, direction: "inactive" })
  })

  it("ignores lines that it does not know, and nonsense in those that only help", () => {
    const text = media(
      "i=hello", "z", "", "xyz", "m=audio 5004/1 RTP/AVP 96", "a=rtpmap:96 L16/48000/2", "a=ptime:-1", "a=ptime:1e9", "a=ssrc:99999999999 cname:x",
      "a=ssrc:5 msid:x", "a=extmap:0 " + levelUri, "a=extmap:7/recvonly " + captureUri, "a=extmap:9 urn:other", "a=", "b=AS:1",
    )
    const found = parsed(text)
    expect(found).toMatchObject({ extensions: { level: 0, capture: 7 }, direction: "sendrecv", rtcpMux: false })
    expect(found).not.toHaveProperty("ptimeMs")
    expect(found).not.toHaveProperty("ssrc")
  })

  it.each([
    ["nothing", "", /v=0/],
    ["another version", "v=1\r\n", /v=0/],
    ["no audio", media("m=video 1 RTP/AVP 96"), /no audio/],
    ["no address", "v=0\r\nm=audio 5004 RTP/AVP 10\r\n", /no address/],
    ["IPv6", media("m=audio 5004 RTP/AVP 10", "c=IN IP6 ::1"), /not IPv4/],
    ["a host name", media("m=audio 5004 RTP/AVP 10", "c=IN IP4 example.org"), /not dotted/],
    ["no valid address", media("m=audio 5004 RTP/AVP 10", "c=IN IP4 242.355.43.2"), /not dotted/],
    ["a range of groups", media("m=audio 5004 RTP/AVP 10", "c=IN IP4 239.1.1.1/1/3"), /range/],
    ["port 0", media("m=audio 0 RTP/AVP 10"), /switched off/],
    ["port 65536", media("m=audio 65536 RTP/AVP 10"), /one port/],
    ["port x", media("m=audio x RTP/AVP 10"), /one port/],
    ["two ports", media("m=audio 5004/2 RTP/AVP 10"), /one port/],
    ["SRTP", media("m=audio 5004 RTP/SAVP 10"), /plain RTP/],
    ["only Opus", media("m=audio 5004 RTP/AVP 111", "a=rtpmap:111 opus/48000/2"), /no format/],
    ["a dynamic type that nobody explains", media("m=audio 5004 RTP/AVP 97"), /no format/],
    ["a rate of 0", media("m=audio 5004 RTP/AVP 97", "a=rtpmap:97 L16/0/1"), /out of bounds/],
    ["a rate of 10 MHz", media("m=audio 5004 RTP/AVP 97", "a=rtpmap:97 L16/10000000/1"), /out of bounds/],
    ["100 channels", media("m=audio 5004 RTP/AVP 97", "a=rtpmap:97 L16/48000/100"), /out of bounds/],
    ["a flood of characters", `v=0\n${"x".repeat(maxSdpChars)}`, /too long/],
    ["a flood of lines", `v=0${"\n".repeat(300)}`, /too many lines/],
  ])("refuses %s", (_, text, reason) => {
    const result = parseSdp(text)
    expect(result.ok).toBe(false)
    expect(result.ok ? "" : result.reason).toMatch(reason)
  })
})

describe("IPv4 addresses", () => {
  it.each([["0.0.0.0", 0], ["255.255.255.255", 0xffff_ffff], ["239.255.43.2", 0xefff_2b02]])("%s", (text, value) => {
    expect(parseIpv4(text)).toBe(value)
    expect(formatIpv4(value)).toBe(text)
  })
  it.each(["", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.1.1.1", "1.1.1.1 ", "-1.1.1.1", "1.1.1.x", "1e1.1.1.1"])("%j is none", (text) => {
    expect(parseIpv4(text)).toBeUndefined()
  })
  it("knows groups", () => {
    expect(["223.255.255.255", "224.0.0.0", "239.255.255.255", "240.0.0.0"].map((text) => isMulticast(parseIpv4(text)!))).toEqual([false, true, true, false])
  })
})
