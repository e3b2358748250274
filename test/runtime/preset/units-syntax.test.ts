import { describe, expect, test } from "vitest"
import type { ParamUnit } from "../../../src/runtime/graph/plugin.ts"
import { quantityToText, readQuantity, readRate } from "../../../src/runtime/preset/units-syntax.ts"

const read = (unit: ParamUnit, raw: unknown) => readQuantity({ unit, min: -Infinity, max: Infinity }, raw)

describe("readQuantity", () => {
  test.each<[ParamUnit, unknown, number]>([
    ["ms", "180ms", 180], ["ms", "1.5s", 1500], ["ms", "10us", 0.01], ["ms", "10µs", 0.01], ["ms", "10μs", 0.01], ["ms", "2min", 120_000],
    ["ms", "0.3s", 300], ["ms", ".5ms", 0.5], ["ms", "180 ms", 180], ["ms", " 180MS ", 180], ["ms", "+3ms", 3],
    ["s", "1.5s", 1.5], ["s", "180ms", 0.18], ["s", "10us", 0.00001], ["s", "1min", 60],
    ["dB", "-3dB", -3], ["dB", "-3db", -3], ["dB", "0dB", 0], ["dB", "-0dB", 0], ["dB", "off", -Infinity], ["dB", "-inf", -Infinity], ["dB", "-inf dB", -Infinity],
    ["Hz", "440Hz", 440], ["Hz", "1.2kHz", 1200], ["Hz", "4.1 khz", 4100],
    ["percent", "30%", 30], ["ratio", "30%", 0.3], ["ratio", 0.3, 0.3], ["ratio", "0.3", 0.3], ["none", -0.3, -0.3], ["none", "-0.3", -0.3],
    ["semitones", "2st", 2], ["semitones", "-50ct", -0.5], ["semitones", "50cents", 0.5],
    ["cents", "50ct", 50], ["cents", "50cents", 50], ["cents", "2st", 200],
    ["bpm", "120bpm", 120], ["bpm", "120.5 BPM", 120.5],
  ])("%s: %j is %d", (unit, raw, value) => {
    expect(read(unit, raw)).toEqual({ ok: true, value })
  })

  test.each<[ParamUnit, unknown, string, string | undefined]>([
    ["ms", 180, "a duration with its unit, like 180ms", "Did you mean 180ms?"],
    ["ms", "180", "a duration with its unit, like 180ms", "Did you mean 180ms?"],
    ["s", 2, "a duration with its unit, like 1.5s", "Did you mean 2s?"],
    ["ms", "1,5 sec", "a duration with its unit, like 180ms", "Did you mean 1.5s?"],
    ["ms", "3dB", "a duration with its unit, like 180ms", "'dB' is a unit of gain."],
    ["ms", "3parsec", "a duration with its unit, like 180ms", "There is no unit 'parsec'."],
    ["ms", "3constructor", "a duration with its unit, like 180ms", "There is no unit 'constructor'."],
    ["ms", "soon", "a duration with its unit, like 180ms", undefined],
    ["ms", "1e3ms", "a duration with its unit, like 180ms", undefined],
    ["ms", true, "a duration with its unit, like 180ms", undefined],
    ["ms", null, "a duration with its unit, like 180ms", undefined],
    ["ms", [1], "a duration with its unit, like 180ms", undefined],
    ["ms", NaN, "a duration with its unit, like 180ms", undefined],
    ["dB", -3, "a gain with its unit, like -3dB", "Did you mean -3dB?"],
    ["dB", "−3dB", "a gain with its unit, like -3dB", "Did you mean -3dB?"],
    ["dB", "3decibel", "a gain with its unit, like -3dB", "Did you mean 3dB?"],
    ["dB", -Infinity, "a gain with its unit, like -3dB", "Did you mean -inf?"],
    ["Hz", 440, "a frequency with its unit, like 440Hz", "Did you mean 440Hz?"],
    ["Hz", "1k", "a frequency with its unit, like 440Hz", "Did you mean 1kHz?"],
    ["Hz", "3ms", "a frequency with its unit, like 440Hz", "'ms' is a unit of duration."],
    ["percent", 30, "a percentage with its unit, like 30%", "Did you mean 30%?"],
    ["semitones", "2semitones", "an interval with its unit, like 2st", "Did you mean 2st?"],
    ["cents", 50, "an interval with its unit, like 50ct", "Did you mean 50ct?"],
    ["bpm", 120, "a tempo with its unit, like 120bpm", "Did you mean 120bpm?"],
    ["none", "30%", "a number, like 0.3", "'%' is a unit of percentage."],
    ["none", "0,3", "a number, like 0.3", "Did you mean 0.3?"],
    ["ratio", "3ms", "a number, like 0.3", "'ms' is a unit of duration."],
  ])("%s: %j is refused", (unit, raw, expected, hint) => {
    expect(read(unit, raw)).toEqual(hint === undefined ? { ok: false, expected } : { ok: false, expected, hint })
  })

  test("both ends of a range are in it", () => {
    const range = { unit: "ms", min: 1, max: 2000 } as const
    expect(["0.999ms", "1ms", "2s", "2.001s"].map((raw) => readQuantity(range, raw).ok)).toEqual([false, true, true, false])
    expect(readQuantity(range, "3s")).toEqual({ ok: false, expected: "a duration from 1ms to 2s" })
    expect(readQuantity({ unit: "dB", min: -24, max: 0 }, "off")).toEqual({ ok: false, expected: "a gain from -24dB to 0dB" })
    expect(readQuantity({ unit: "Hz", min: 20, max: Infinity }, "1Hz")).toEqual({ ok: false, expected: "a frequency of at least 20Hz" })
  })

  test("in a quantity's own unit plain numbers may be allowed", () => {
    expect(readQuantity({ unit: "ms", min: 1, max: 2000 }, 180, "own unit")).toEqual({ ok: true, value: 180 })
    expect(readQuantity({ unit: "dB", min: -Infinity, max: 24 }, -Infinity, "own unit")).toEqual({ ok: true, value: -Infinity })
  })
})

describe("quantityToText", () => {
  test.each<[ParamUnit, number, string]>([
    ["dB", -3, "-3dB"], ["dB", -0, "0dB"], ["dB", -Infinity, "off"], ["ms", 180, "180ms"], ["ms", 1500, "1.5s"], ["ms", 1234.5, "1234.5ms"],
    ["s", 1.5, "1.5s"], ["Hz", 440, "440Hz"], ["Hz", 1200, "1.2kHz"], ["Hz", 1234.5, "1234.5Hz"], ["percent", 30, "30%"], ["ratio", 0.30000000000000004, "0.3"],
    ["none", -0.3, "-0.3"], ["semitones", 2, "2st"], ["cents", 50, "50ct"], ["bpm", 120, "120bpm"],
  ])("%s %d is %s, and reads back", (unit, value, text) => {
    expect(quantityToText(unit, value)).toBe(text)
    const reading = read(unit, text)
    expect(reading.ok && Math.abs(reading.value - value) < 1e-9 || (reading.ok && reading.value === value)).toBe(true)
  })
})

describe("readRate", () => {
  test.each([[48000, 48000], [44100, 44100], ["48kHz", 48000], ["44.1 kHz", 44100], ["48000Hz", 48000]])("%j is %d Hz", (raw, value) => {
    expect(readRate(raw)).toEqual({ ok: true, value })
  })
  test.each([[48, "48000"], [44, "44100"], [96000, "48000"], ["22050Hz", "44100"], ["44k", "44100"]])("%j is refused, proposing %s", (raw, rate) => {
    expect(readRate(raw)).toEqual({ ok: false, expected: "48000 or 44100", hint: `Did you mean ${rate}?` })
  })
  test.each([["fast"], [null], [true], ["constructor"]])("%j is refused", (raw) => {
    expect(readRate(raw)).toEqual({ ok: false, expected: "48000 or 44100" })
  })
})
