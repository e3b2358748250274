import { describe, expect, test } from "vitest"
import { PresetError, renderFault } from "../../../src/runtime/errors.ts"
import { decodePreset } from "../../../src/runtime/preset/decode.ts"
import { parsePath, pathToText } from "../../../src/runtime/preset/path.ts"
import { FULL_PRESET, fakePlugins as plugins } from "./fake-plugins.ts"

const decode = (sets: readonly string[], text = FULL_PRESET) => decodePreset(text, { file: "p.yaml", plugins, sets })
const lines = (sets: readonly string[], text = "party: x\nsources: [{ name: A, tone: 1kHz }]") => {
  try {
    decode(sets, text)
  } catch (error) {
    if (error instanceof PresetError) return error.faults.map(renderFault)
    throw error
  }
  return []
}

describe("--set", () => {
  test("changes what is written and adds what is not", () => {
    const preset = decode([
      "mix.strips.Ann.gain=-6dB", "sources[0].gain=-3dB", "jitter.delay=5ms", "outputs=[{ null: true }]", "mix.strips.Cid.mute=true",
      'mix.strips["St. Ann"].pan=0.5', "mix.master.inserts[0].ceiling=-2dB", "sources[3]={ name: New, tone: 1kHz }", "network.listen=none",
      "mix.strips.Ann.sends.hall=off", "party=a=b",
    ])
    expect(preset.mix.strips["Ann"]).toMatchObject({ gainDb: -6, sends: { hall: -Infinity } })
    expect(preset.mix.strips["Cid"]?.mute).toBe(true)
    expect(preset.mix.strips["St. Ann"]?.pan).toBe(0.5)
    expect(preset.mix.master.inserts[0]?.params).toEqual({ ceiling: -2 })
    expect(preset.sources.map((source) => [source.name, source.gainDb])).toEqual([["Ann", -3], ["Song", 0], ["Beep", -20], ["New", 0]])
    expect(preset.jitter.setting).toEqual({ delayMs: 5 })
    expect(preset.outputs).toEqual([{ kind: "null" }])
    expect("listen" in preset.network).toBe(false)
    expect(preset.party).toBe("a=b")
  })

  test("makes the sections on the way where there are none, or empty ones", () => {
    expect(decode(["mix.buses.hall.gain=-1dB", "outputs[0].file=o.wav"], "party: x\nmix:\noutputs:").outputs).toEqual([{ kind: "file", path: "o.wav" }])
  })

  test("makes a policy of the party and of a strip", () => {
    const preset = decode(["jitter.policy=tight", "mix.strips.Ann.jitter.policy=safe", "mix.strips.Ann.jitter.max=80ms"], "party: x")
    expect([preset.jitter.setting, preset.mix.strips["Ann"]?.jitter]).toEqual([{ policy: "tight" }, { policy: "safe", maxMs: 80 }])
  })

  test("goes over from a kept delay to a policy, and back", () => {
    const jitter = (sets: readonly string[], text: string) => decode(sets, text).jitter.setting
    expect(jitter(["jitter.policy=tight"], "party: x\njitter: { delay: 5ms }")).toEqual({ policy: "tight" })
    expect(jitter(["jitter.delay=5ms"], "party: x\njitter: { policy: tight, min: 1ms, max: 9ms }")).toEqual({ delayMs: 5 })
    expect(lines(["jitter.min=1ms"], "party: x\njitter: { delay: 5ms }")).toHaveLength(1)
  })

  test("the last one wins", () => {
    expect(decode(["jitter.delay=5ms", "jitter.delay=6ms"]).jitter.setting).toEqual({ delayMs: 6 })
  })

  test("a change of what an alias repeats changes it in that place alone", () => {
    const strips = decode(["mix.strips.B.gain=-9dB"], "party: x\nmix: { strips: { A: &v { gain: -3dB }, B: *v } }").mix.strips
    expect([strips["A"]?.gainDb, strips["B"]?.gainDb]).toEqual([-3, -9])
  })

  test("mends what is wrong in the file", () => {
    expect(lines(["jitter.delay=5ms"], "party: x\njitter: { delay: 5 }")).toEqual([])
  })

  test.each([
    ["jitter.delay=5", "--set jitter.delay=5 jitter.delay: expected a duration with its unit, like 180ms, found 5. Did you mean 5ms?"],
    ["jiter.delay=5ms", "--set jiter.delay=5ms jiter: expected one of the keys party, audio, network, jitter, sources, mix, outputs or log, found jiter. Did you mean 'jitter'?"],
    ["mix.strips.A.gian=1dB", "--set mix.strips.A.gian=1dB mix.strips.A.gian: expected one of the keys gain, pan, mute, jitter, inserts or sends, found gian. Did you mean 'gain'?"],
    ["sources[1].tone=1kHz", "--set sources[1].tone=1kHz sources[1].name: expected a name, found nothing"],
    ["sources[5].gain=1dB", "--set sources[5].gain=1dB sources[5].gain: expected an index from 0 to 1, found 5"],
    ["sources.A.gain=1dB", "--set sources.A.gain=1dB sources.A.gain: expected a map at sources, found a list of 1"],
    ["party[0]=1", "--set party[0]=1 party[0]: expected a list at party, found x"],
    ["log=[", "--set log=[ log: expected well-formed YAML, found [. Flow sequence must end with a ]."],
    ["log=", "--set log= log: expected a file's path, found nothing. Write a value after it, or remove the key."],
    ["log", "--set log expected path=value, like mix.strips.Ann.gain=-6dB, found log"],
    ["", '--set "" expected path=value, like mix.strips.Ann.gain=-6dB, found nothing'],
    ["=3", "--set =3 expected path=value, like mix.strips.Ann.gain=-6dB, found =3"],
    ["a..b=3", "--set a..b=3 expected path=value, like mix.strips.Ann.gain=-6dB, found a..b=3"],
    ["__proto__.x=3", "--set __proto__.x=3 expected path=value, like mix.strips.Ann.gain=-6dB, found __proto__.x=3"],
  ])("%s is refused, naming itself", (set, line) => {
    expect(lines([set])).toEqual([line])
  })
})

describe("paths", () => {
  test.each([
    ["mix.master.inserts[1].wet", ["mix", "master", "inserts", 1, "wet"]],
    ["mix.strips.Little Ann.gain", ["mix", "strips", "Little Ann", "gain"]],
    ["mix.strips.*.gain", ["mix", "strips", "*", "gain"]],
    ['mix.strips["St. \\"A\\" [x]=1"].pan', ["mix", "strips", 'St. "A" [x]=1', "pan"]],
    ["sources[0]", ["sources", 0]],
  ])("%s is read and written alike", (text, path) => {
    expect(parsePath(text)).toEqual(path)
    expect(pathToText(path)).toBe(text)
  })

  test.each(["", ".", "a.", ".a", "a[", "a[x]", "a[-1]", 'a["x]', "a b..c", "a]b", 'a["\\q"]'])("%j is no path", (text) => {
    expect(parsePath(text)).toBeUndefined()
  })

  test("control characters in a key are spelled out", () => {
    expect(pathToText(["a", "x\u001b[2J\u009b"])).toBe('a["x\\u001b[2J\\u009b"]')
  })
})
