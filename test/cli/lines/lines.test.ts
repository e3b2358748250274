import { describe, expect, it } from "vitest"
import { eventJson, jsonLine, startLine, statsJson } from "../../../src/cli/lines/json-lines.ts"
import { eventText, summaryText } from "../../../src/cli/lines/plain-lines.ts"
import { event, localStrip, stats } from "../helpers/reports.ts"

describe("JSON lines", () => {
  it("are one object a line, with their type", () => {
    for (const line of [startLine("0.1.0", "Friday\nKTV"), eventJson(event({ text: "a\nb" })), statsJson(stats())]) {
      expect(line).not.toContain("\n")
      expect(JSON.parse(line)).toHaveProperty("type")
    }
    expect(JSON.parse(startLine("0.1.0", "Friday"))).toEqual({ type: "start", version: "0.1.0", party: "Friday" })
    expect(JSON.parse(eventJson(event()))).toEqual({ type: "event", ...event() })
  })
  it("write silence as null", () => {
    const line = statsJson(stats({ strips: [localStrip("Song", { peakDb: -Infinity })] }))
    expect((JSON.parse(line) as { strips: { peakDb: unknown }[] }).strips[0]?.peakDb).toBeNull()
  })
  it("escape what a terminal would obey, and stay the same text", () => {
    const line = jsonLine({ name: "\u009b31m\u2028\u001b[2J" })
    expect(line).not.toMatch(/[\p{Cc}\u2028]/u)
    expect(JSON.parse(line)).toEqual({ name: "\u009b31m\u2028\u001b[2J" })
  })
})

describe("plain lines", () => {
  it("give an event its time, kind, subject and text", () => {
    expect(eventText(event())).toBe("00:03.120  new stream  192.168.1.20:40000  Ann, L16 mono")
  })
  it("sum up a party in one line", () => {
    const line = summaryText(stats())
    for (const part of ["03:12", "master -4.2 dB, clipped 3", "Ann live -12.3 dB, 10.2 ms steady, 0.0% lost", "Ben live -2.0 dB, muted", "cpu 14%, 118 MB, 2 restarts"]) {
      expect(line).toContain(part)
    }
    expect(line).not.toContain("\n")
  })
})
