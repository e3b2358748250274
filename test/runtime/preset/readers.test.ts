import { describe, expect, test } from "vitest"
import type { ParamSpec } from "../../../src/runtime/graph/plugin.ts"
import { readInterface, readListenAddress, readSendAddress } from "../../../src/runtime/preset/addresses.ts"
import { GAIN_SPEC, MUTE_SPEC, PAN_SPEC, STRIP_SPECS, parameterToText, parseParameter, parseSetting } from "../../../src/runtime/preset/describe.ts"
import { didYouMean, editDistance, nearestWord, orList } from "../../../src/runtime/preset/nearest.ts"

const GROUP = "Did you mean the multicast default 239.255.43.2:5004?"

describe("addresses", () => {
  test.each<[string, string, number, boolean]>([
    ["239.255.43.2:5004", "239.255.43.2", 5004, true], ["239.255.43.2", "239.255.43.2", 5004, true], ["224.0.0.1:1", "224.0.0.1", 1, true],
    ["192.168.1.7:65535", "192.168.1.7", 65535, false], ["127.0.0.1", "127.0.0.1", 5004, false], ["223.255.255.255", "223.255.255.255", 5004, false],
  ])("%s is understood", (text, address, port, multicast) => {
    expect(readSendAddress(text)).toEqual({ ok: true, value: { address, port, multicast } })
    expect(readListenAddress(text)).toEqual({ ok: true, value: { address, port, multicast } })
  })

  test("0.0.0.0 and none can be listened on, not sent to", () => {
    expect(readListenAddress("0.0.0.0:6000")).toEqual({ ok: true, value: { address: "0.0.0.0", port: 6000, multicast: false } })
    expect(readListenAddress("none")).toEqual({ ok: true, value: "none" })
    expect(readSendAddress("0.0.0.0:6000")).toMatchObject({ ok: false, hint: `0.0.0.0 can only be listened on. ${GROUP}` })
    expect(readSendAddress("none")).toMatchObject({ ok: false, hint: "none is no IPv4 address." })
  })

  test.each<[unknown, string | undefined]>([
    ["242.355.43.2", `242.355.43.2 is no IPv4 address: 355 is over 255. ${GROUP}`],
    ["242.35.43.2", `242.35.43.2 is reserved: nothing can be sent to 240.0.0.0 and above. ${GROUP}`],
    ["255.255.255.255", `255.255.255.255 is reserved: nothing can be sent to 240.0.0.0 and above. ${GROUP}`],
    ["192.168.1.300", "192.168.1.300 is no IPv4 address: 300 is over 255."],
    ["192.168.1", "192.168.1 is no IPv4 address: it takes four numbers with dots between them."],
    ["192.168.001.7", "Leading zeros are ambiguous. Did you mean 192.168.1.7?"],
    ["0.1.2.3", "0.1.2.3 is reserved: no address begins with 0."],
    ["1.2.3.4:0", "A port is a number from 1 to 65535. Did you mean 1.2.3.4:5004?"],
    ["1.2.3.4:65536", "A port is a number from 1 to 65535. Did you mean 1.2.3.4:5004?"],
    ["1.2.3.4:", "A port is a number from 1 to 65535. Did you mean 1.2.3.4:5004?"],
    ["1.2.3.4:rtp", "A port is a number from 1 to 65535. Did you mean 1.2.3.4:5004?"],
    ["localhost:6000", "Did you mean 127.0.0.1:5004?"],
    ["tv.local", "tv.local is no IPv4 address."],
    ["fe80::1", "IPv6 addresses cannot be used."],
    ["\u001b[2J", '"\\u001b[2J" is no IPv4 address.'],
    [5004, GROUP],
    ["", undefined],
    [null, undefined],
  ])("%j is explained", (raw, hint) => {
    const expected = "an IPv4 address with a port, like 239.255.43.2:5004"
    expect(readSendAddress(raw)).toEqual(hint === undefined ? { ok: false, expected } : { ok: false, expected, hint })
  })

  test("a port alone to listen on proposes every own address", () => {
    expect(readListenAddress(5004)).toMatchObject({ ok: false, hint: "Did you mean 0.0.0.0:5004?" })
  })

  test("an interface is a name or an address", () => {
    expect(["auto", "wlan0", "Wi-Fi 2", "192.168.1.7"].map((raw) => readInterface(raw).ok)).toEqual([true, true, true, true])
    expect(readInterface("192.168.1.777")).toMatchObject({ ok: false, hint: "192.168.1.777 is no IPv4 address: 777 is over 255." })
  })
})

describe("settings", () => {
  const delay: ParamSpec = { type: "number", unit: "ms", min: 0, max: 100, default: 1, doc: "" }
  const room: ParamSpec = { type: "choice", choices: ["hall", "plate", "2"], default: "hall", doc: "" }
  const path: ParamSpec = { type: "text", default: "", doc: "" }

  test.each<[string, ParamSpec, string | number | boolean, string | number | boolean]>([
    ["a gain", GAIN_SPEC, "-3dB", -3], ["a gain in its own unit", GAIN_SPEC, -3, -3], ["off", GAIN_SPEC, "off", -Infinity],
    ["a pan", PAN_SPEC, -0.5, -0.5], ["a pan as text", PAN_SPEC, "-0.5", -0.5], ["a mute", MUTE_SPEC, true, true], ["a mute as text", MUTE_SPEC, "false", false],
    ["a duration", delay, "0.05s", 50], ["a duration in its own unit", delay, 50, 50], ["a choice", room, "plate", "plate"], ["a choice as number", room, 2, "2"],
  ])("%s can be set", (_, spec, raw, value) => {
    expect(parseSetting(spec, raw)).toEqual({ ok: true, value })
  })

  test.each<[string, ParamSpec, string | number | boolean, string, string | undefined]>([
    ["a gain with a wrong unit", GAIN_SPEC, "3ms", "a gain with its unit, like -3dB", "'ms' is a unit of duration."],
    ["a gain out of range", GAIN_SPEC, 25, "a gain of at most 24dB", undefined],
    ["no number", PAN_SPEC, NaN, "a number, like 0.3", undefined],
    ["a mute in other words", STRIP_SPECS.mute, "on", "true or false", "Did you mean true?"],
    ["a text", path, "x", "a parameter that can change while the party runs", "This one is fixed at the start: change it in the preset."],
    ["a choice misspelled", room, "plat", "hall, plate or 2", "Did you mean 'plate'?"],
  ])("%s is refused", (_, spec, raw, expected, hint) => {
    expect(parseSetting(spec, raw)).toEqual(hint === undefined ? { ok: false, expected } : { ok: false, expected, hint })
  })

  test("in a preset a plain number is not enough where there is a unit", () => {
    expect(parseParameter(delay, 50)).toMatchObject({ ok: false, hint: "Did you mean 50ms?" })
    expect(parseParameter(path, "")).toEqual({ ok: true, value: "" })
    expect(parseParameter(path, 7)).toEqual({ ok: false, expected: "a text", hint: 'Put it in quotes: "7"' })
  })

  test.each<[ParamSpec, string | number | boolean, string]>([[GAIN_SPEC, -3, "-3dB"], [delay, 50, "50ms"], [MUTE_SPEC, true, "true"], [room, "plate", "plate"]])(
    "a value is written as in a preset", (spec, value, text) => {
      expect(parameterToText(spec, value)).toBe(text)
    })
})

describe("the nearest word", () => {
  test.each([["gain", "gain", 0], ["gian", "gain", 1], ["gai", "gain", 1], ["gains", "gain", 1], ["gaim", "gain", 1], ["", "gain", 4], ["kitten", "sitting", 3]])(
    "from %j to %j it is %d edits", (from, to, edits) => {
      expect(editDistance(from, to)).toBe(edits)
    })

  test("is found across cases and by its beginning, and not at any price", () => {
    expect(nearestWord("REVREB", ["echo", "reverb"])).toBe("reverb")
    expect(nearestWord("freq", ["wet", "frequency"])).toBe("frequency")
    expect(nearestWord("banana", ["gain", "pan"])).toBeUndefined()
    expect(nearestWord("x".repeat(100_000), ["gain"])).toBeUndefined()
    expect(didYouMean("gain", ["gain"])).toBeUndefined()
  })

  test("lists read like a sentence", () => {
    expect([[], ["a"], ["a", "b"], ["a", "b", "c"]].map(orList)).toEqual(["", "a", "a or b", "a, b or c"])
  })
})
