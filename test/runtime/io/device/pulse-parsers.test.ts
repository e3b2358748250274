import { describe, expect, it } from "vitest"
import { defaultSourceOf, parseDevices, parseInfo } from "../../../../src/runtime/io/device/pulse-devices.ts"
import { createLineCutter, parseTalk } from "../../../../src/runtime/io/device/pulse-talk.ts"

const escape = String.fromCharCode(27)

describe("what parec and pacat say", () => {
  it.each([
    ["Time: 1.234 sec; Latency: 3210 usec.        ", { kind: "level", latencyMs: 3.21 }],
    ["Time: 0.000 sec; Latency: -1989 usec.", { kind: "level", latencyMs: -1.989 }],
    ["Stream successfully created.", { kind: "ready" }],
    [`Stream started.${escape}[K`, { kind: "started" }],
    [`Stream underrun.${escape}[K `, { kind: "xrun" }],
    [`Stream overrun.${escape}[K`, { kind: "xrun" }],
    [`Stream moved to device mic (1, not suspended).${escape}[K`, { kind: "moved", device: "mic" }],
    ["Stream error: No such entity", { kind: "other", text: "Stream error: No such entity" }],
  ])("%s", (line, talk) => {
    expect(parseTalk(line)).toEqual(talk)
  })

  it("comes in pieces, and lines end with either return", () => {
    const lines: string[] = []
    const cut = createLineCutter((line) => void lines.push(line))
    for (const piece of ["Stream sta", "rted.\nTime: 0.1 sec", "; Latency: 5 usec.  \rTime", ": 0.2"]) cut(piece)
    expect(lines).toEqual(["Stream started.", "Time: 0.1 sec; Latency: 5 usec.  "])
  })
})

describe("the server's devices", () => {
  const json = JSON.stringify([
    { name: "alsa_output.usb", description: "USB \"Audio\"", sample_specification: "s16le 2ch 44100Hz", properties: {} },
    { name: "odd", sample_specification: "float32le 6ch 96000Hz", properties: { "device.description": "Odd one" } },
    { name: "broken" }, 7, null,
  ])

  it("are read from JSON, and what is broken is left out", () => {
    expect(parseDevices(json, "output", "odd")).toEqual([
      { backend: "pulse", id: "alsa_output.usb", name: "USB \"Audio\"", direction: "output", channelCount: 2, rateHz: 44100, isDefault: false },
      { backend: "pulse", id: "odd", name: "Odd one", direction: "output", channelCount: 6, rateHz: 96000, isDefault: true },
    ])
  })

  it("are read from the short list of an older pactl", () => {
    const short = "0\tparty\tmodule-null-sink.c\tfloat32le 2ch 48000Hz\tIDLE\n1\tmic\tx\ts16le 1ch 16000Hz\tRUNNING\n"
    expect(parseDevices(short, "input", "mic").map(({ id, name, rateHz, isDefault }) => [id, name, rateHz, isDefault]))
      .toEqual([["party", "party", 48000, false], ["mic", "mic", 16000, true]])
  })

  it.each(["", "Connection failure", "[", "{}", "[1,2"])("are none in %j", (text) => {
    expect(parseDevices(text, "output", "")).toEqual([])
  })

  it("have a default microphone only if it is not what the speakers play", () => {
    const info = parseInfo("Server Name: pulseaudio\nServer Version: 16.1\nDefault Sink: party\nDefault Source: party.monitor\n")
    expect(info).toEqual({ server: "pulseaudio", version: "16.1", defaultSink: "party", defaultSource: "party.monitor" })
    expect(defaultSourceOf(info)).toBe("")
    expect(defaultSourceOf({ ...info, defaultSource: "mic.monitor" })).toBe("mic.monitor")
  })
})
