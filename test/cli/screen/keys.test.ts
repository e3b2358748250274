import { describe, expect, it } from "vitest"
import type { Key, Step } from "../../../src/cli/screen/keys.ts"
import { initialState, shownStrip } from "../../../src/cli/screen/state.ts"
import type { ScreenState } from "../../../src/cli/screen/state.ts"
import { step } from "../../../src/cli/screen/step.ts"
import { jitter, localStrip, stats, strip } from "../helpers/reports.ts"

const names: Readonly<Record<string, Key>> = {
  "shift-left": { name: "left", shift: true }, "ctrl-c": { name: "c", ctrl: true, sequence: "\u0003" },
}
const key = (text: string): Key => names[text] ?? (text.length === 1 ? { sequence: text, ...(/[a-z0-9]/.test(text) && { name: text }) } : { name: text })
const press = (state: ScreenState, ...keys: readonly string[]): Step =>
  keys.reduce((before: Step, text) => step(before.state, { type: "key", key: key(text) }), { state })
const begin = (): ScreenState => step(initialState("p", "", true), { type: "stats", stats: stats() }).state

describe("keys of the screen", () => {
  it("choose a strip and stop at both ends", () => {
    expect(begin().chosen).toBe("Song")
    expect(press(begin(), "down").state.chosen).toBe("Ann")
    expect(press(begin(), "down", "j", "down", "down").state.chosen).toBe("Ben")
    expect(press(begin(), "up", "k").state.chosen).toBe("Song")
  })
  it("move the fader of the chosen strip by 1 dB and by 0.1 dB", () => {
    expect(press(begin(), "down", "right").command).toEqual({ type: "set", path: "mix.strips.Ann.gain", value: -2 })
    expect(press(begin(), "down", "left").command).toEqual({ type: "set", path: "mix.strips.Ann.gain", value: -4 })
    expect(press(begin(), "down", "shift-left").command).toEqual({ type: "set", path: "mix.strips.Ann.gain", value: -3.1 })
    expect(press(begin(), "down", "]").command).toEqual({ type: "set", path: "mix.strips.Ann.gain", value: -2.9 })
  })
  it("add up while the statistics are still old, and stay in range", () => {
    expect(press(begin(), "right", "right", "right").command).toMatchObject({ value: 3 })
    expect(press(begin(), ...Array.from({ length: 40 }, () => "right")).command).toMatchObject({ value: 24 })
    expect(press(begin(), ...Array.from({ length: 90 }, () => "left")).command).toMatchObject({ value: -60 })
  })
  it("open a closed fader from the bottom", () => {
    const closed = step(begin(), { type: "stats", stats: stats({ strips: [localStrip("Song", { gainDb: -Infinity })] }) }).state
    expect(press(closed, "right").command).toMatchObject({ value: -59 })
    expect(press(closed, "0").command).toMatchObject({ value: 0 })
  })
  it("mute, unmute, solo, reset and pan", () => {
    expect(press(begin(), "m").command).toEqual({ type: "set", path: "mix.strips.Song.mute", value: true })
    expect(press(begin(), "m", "space").command).toEqual({ type: "set", path: "mix.strips.Song.mute", value: false })
    expect(press(begin(), "down", "down", "m").command).toEqual({ type: "set", path: "mix.strips.Ben.mute", value: false })
    expect(press(begin(), "s").command).toEqual({ type: "set", path: "mix.strips.Song.solo", value: true })
    expect(press(begin(), "down", "0").command).toEqual({ type: "set", path: "mix.strips.Ann.gain", value: 0 })
    expect(press(begin(), "down", ",").command).toEqual({ type: "set", path: "mix.strips.Ann.pan", value: -0.4 })
  })
  it("quote a name that is no plain word in the path", () => {
    const state = step(begin(), { type: "stats", stats: stats({ strips: [strip("St. Ann")] }) }).state
    expect(press(state, "m").command).toMatchObject({ path: 'mix.strips["St. Ann"].mute' })
  })
  it("show what was asked for at once, and believe the statistics after a second", () => {
    const asked = press(begin(), "right").state
    const song = stats().strips[0]!
    expect(shownStrip(asked, song).gainDb).toBe(1)
    const soon = step(asked, { type: "stats", stats: stats({ timeMs: 192_100 }) }).state
    expect(shownStrip(soon, song).gainDb).toBe(1)
    const later = step(soon, { type: "stats", stats: stats({ timeMs: 193_100 }) }).state
    expect(shownStrip(later, song).gainDb).toBe(0)
  })
  it("go through the policies and back to the party's, from a kept delay to the first", () => {
    const path = "mix.strips.Ann.jitter.policy"
    const wishes = ["tight", "steady", "safe", "party", "tight"]
    wishes.forEach((value, i) => {
      expect(press(begin(), "down", ...Array.from({ length: i + 1 }, () => "p")).command).toEqual({ type: "set", path, value })
    })
    expect(press(begin(), "down", "+", "p").command).toEqual({ type: "set", path, value: "tight" })
    const own = step(begin(), { type: "stats", stats: stats({ strips: [strip("Ann", { jitter: jitter({ policy: "safe", own: true }) })] }) }).state
    expect(press(own, "p").command).toEqual({ type: "set", path, value: "party" })
  })
  it("keep a delay, a millisecond longer or shorter than the one wanted", () => {
    const path = "mix.strips.Ann.jitter.delay"
    expect(press(begin(), "down", "+").command).toEqual({ type: "set", path, value: 9 })
    expect(press(begin(), "down", "-", "-").command).toEqual({ type: "set", path, value: 6 })
    expect(press(begin(), "down", ...Array.from({ length: 20 }, () => "-")).command).toMatchObject({ value: 0 })
    const asked = press(begin(), "down", "=").state
    expect(shownStrip(asked, stats().strips[1]!).jitter).toMatchObject({ policy: "kept", own: true, minDelayMs: 9, maxDelayMs: 9 })
  })
  it("leave a strip without a jitter buffer alone", () => {
    for (const text of ["p", "+", "-"]) expect(press(begin(), text).command).toBeUndefined()
  })
  it("quit by q and by Ctrl-C, which says so", () => {
    expect(press(begin(), "q").command).toEqual({ type: "quit", by: "key" })
    expect(press(begin(), "ctrl-c").command).toEqual({ type: "quit", by: "interrupt" })
    expect(press(begin(), "q").state.stopping).toBe(true)
  })
  it("do nothing where there is no strip, or no such key", () => {
    const empty = initialState("p", "", true)
    for (const text of ["left", "m", "down", "0", "x", "escape"]) expect(press(empty, text)).toEqual({ state: empty })
  })
  it("keep a strip chosen when others come and go, and its neighbour when it goes", () => {
    const ann = press(begin(), "down").state
    expect(step(ann, { type: "stats", stats: stats({ strips: [strip("Zoe"), strip("Ann")] }) }).state.chosen).toBe("Ann")
    expect(step(ann, { type: "stats", stats: stats({ strips: [strip("Song"), strip("Ben")] }) }).state.chosen).toBe("Ben")
    expect(step(ann, { type: "stats", stats: stats({ strips: [] }) }).state.chosen).toBeUndefined()
  })
})
