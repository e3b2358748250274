import { describe, expect, it } from "vitest"
import { renderScreen } from "../../../src/cli/screen/render.ts"
import { initialState } from "../../../src/cli/screen/state.ts"
import type { ScreenState } from "../../../src/cli/screen/state.ts"
import { step } from "../../../src/cli/screen/step.ts"
import { difference } from "../../../src/cli/screen/terminal.ts"
import { widthOf } from "../../../src/cli/text.ts"
import type { PartyStats } from "../../../src/runtime/report.ts"
import { event, localStrip, stats, strip } from "../helpers/reports.ts"

const escapes = /\p{Cc}\[[0-9;]*m/gu
const bare = (lines: readonly string[]): string[] => lines.map((line) => line.replace(escapes, ""))

const running = (report: PartyStats = stats(), colour = true): ScreenState => {
  let state = initialState(report.party, "239.255.43.2:5004", colour)
  for (let index = 0; index < 8; index += 1) state = step(state, { type: "event", event: event({ timeMs: index * 1000, text: `number ${index}` }) }).state
  return step(state, { type: "stats", stats: report }).state
}
const shown = (state: ScreenState, columns = 80, rows = 24): string[] => bare(renderScreen(state, columns, rows))
const sizes = [[80, 24], [160, 50], [40, 15], [40, 24], [120, 8], [20, 4], [10, 2], [1, 1], [300, 100]] as const

describe("the screen", () => {
  it("has exactly the rows and every line exactly the columns, at any size", () => {
    const strange = stats({
      party: "周末K歌 \u001b[31m very long party name that does not fit anywhere at all ".repeat(3),
      strips: Array.from({ length: 40 }, (_, index) => strip(`歌手${index} ${"x".repeat(index)}`, { lossRatio: index / 20, driftPpm: -123.4, gainDb: -Infinity, peakDb: index - 30 })),
    })
    for (const state of [running(), running(strange), { ...running(), help: true }, initialState("Friday", "", true)]) {
      for (const [columns, rows] of sizes) {
        const lines = shown(state, columns, rows)
        expect(lines).toHaveLength(rows)
        for (const line of lines) expect(widthOf(line)).toBe(columns)
      }
    }
  })
  it("shows party, time, address, processor and memory in the header", () => {
    const [header] = shown(running())
    for (const part of ["Friday KTV", "03:12", "239.255.43.2:5004", "cpu 14%", "118 MB"]) expect(header).toContain(part)
  })
  it("shows for each strip name, level, gain, pan, delay, loss and end-to-end time", () => {
    const ann = shown(running()).find((line) => line.includes("Ann  "))
    for (const part of ["-12.3", "-3.0", "L30", "8.2", "0.0%", "14.2", "█"]) expect(ann).toContain(part)
  })
  it("shows buses, the master with its clipping, each stage, restarts, recordings, events and keys at 80 by 24", () => {
    const all = shown(running()).join("\n")
    const parts = ["hall", "master", "CLIP 3", "added 5.1/6.2", "capture 2.7/2.9", "network 2.7/2.9", "device 2.7/2.9", "threads 6", "restarts 2 (mixer)",
      "03:11 Friday KTV", "number 7", "new stream", "? help", "q quit"]
    for (const part of parts) expect(all).toContain(part)
  })
  it("shows drift, jitter and state in words where there is room, and does without them where there is none", () => {
    expect(shown(running(), 160, 50).join("\n")).toMatch(/JITTER +DRIFT/)
    expect(shown(running(), 160, 50).join("\n")).toContain("live")
    expect(shown(running(), 80, 24).join("\n")).not.toContain("DRIFT")
  })
  it("shows the delay that is and, where there is room, the one that is wanted", () => {
    expect(shown(running(), 80, 24).join("\n")).toMatch(/DELAY +LOSS/)
    expect(shown(running(), 100, 24).join("\n")).toMatch(/DELAY TARGET +LOSS/)
    expect(shown(running(), 100, 24).find((line) => line.includes("Ann  "))).toMatch(/ 8\.2 +8\.0 +0\.0%/)
  })
  it("says of the chosen strip's jitter buffer a line in words, and nothing moves when another is chosen", () => {
    const ann = step(running(), { type: "key", key: { name: "down" } }).state
    const lines = shown(ann, 120, 30)
    const at = lines.findIndex((line) => line.includes("Ann  steady"))
    expect(lines[at]!.trim()).toBe("Ann  steady: 8.2 of 8.0 ms · drift +3 ppm · would lose at 4 ms 6 %, 8 ms 2.1 %, 15 ms 0.3 %, 30 ms 0 %")
    const song = shown(running(), 120, 30)
    expect(song[at]!.trim()).toBe("Song  no jitter buffer yet")
    expect(song.map((line, i) => (line === lines[i] ? [] : [i])).flat()).toEqual([
      song.findIndex((line) => line.includes("▸ ● Song")), lines.findIndex((line) => line.includes("▸ ● Ann")), at,
    ])
  })
  it("keeps name, level, gain and mute at 40 columns", () => {
    const ben = shown(running(), 40, 15).find((line) => line.includes("Ben"))
    expect(ben).toMatch(/● Ben +█.*-2\.0 +0\.0 M S/)
  })
  it("marks each state of a strip", () => {
    const states = ["live", "silent", "waiting", "gone", "ended", "failed"] as const
    const lines = shown(running(stats({ strips: states.map((state) => localStrip(`is ${state}`, { state })), buses: [] })))
    const marks = states.map((state) => lines.find((line) => line.includes(`is ${state}`))?.trim().replace("▸ ", "").slice(0, 1))
    expect(marks).toEqual(["●", "○", "◌", "×", "■", "!"])
  })
  it("scrolls to the chosen strip", () => {
    const many = running(stats({ strips: Array.from({ length: 30 }, (_, index) => localStrip(`singer ${index + 1}`)) }))
    const last = step(many, { type: "key", key: { name: "end" } }).state
    expect(shown(many).join("\n")).toContain("▸ ● singer 1 ")
    expect(shown(last).join("\n")).toContain("▸ ● singer 30")
    expect(shown(last).join("\n")).toContain("30/30")
  })
  it("colours levels by loudness, and uses no colour with NO_COLOR", () => {
    const coloured = renderScreen(running(), 80, 24).join("\n")
    for (const code of ["\u001b[32m", "\u001b[33m", "\u001b[31m"]) expect(coloured).toContain(code)
    expect(renderScreen(running(stats(), false), 80, 24).join("\n")).not.toMatch(/\p{Cc}\[[0-9;]*3[0-9]m/u)
  })
  it("lets no name from the network reach the terminal as a command", () => {
    const state = running(stats({ strips: [strip("\u001b]0;owned\u0007\u001b[2JEve\r\n")] }))
    expect(bare(renderScreen(state, 80, 24)).join("")).not.toMatch(/\p{Cc}/u)
  })
})

describe("drawing", () => {
  it("rewrites only the lines that changed, each at its own place", () => {
    expect(difference(["a", "b", "c"], ["a", "B", "c"])).toBe("\u001b[2;1HB")
    expect(difference(["a"], ["a"])).toBe("")
    expect(difference([], ["a", "b"])).toBe("\u001b[1;1Ha\u001b[2;1Hb")
  })
})
