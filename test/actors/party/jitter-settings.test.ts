import { describe, expect, it } from "vitest"
import { createJitterSettings, mostWaitMs } from "../../../src/actors/party/jitter-settings.ts"
import { PresetError, type Fault } from "../../../src/runtime/errors.ts"
import { decodePreset } from "../../../src/runtime/preset/decode.ts"
import { parsePath } from "../../../src/runtime/preset/path.ts"

const yaml = `
party: Friday
jitter: { policy: steady, max: 60ms }
sources: [{ name: Song, tone: 1kHz }, { name: Mic, tone: 1kHz, send: true }]
mix:
  strips:
    Ann: { jitter: { policy: safe } }
    Ben: { jitter: { delay: 15ms } }
    Cid: { gain: -3dB }
`

const open = (text = yaml) => {
  const preset = decodePreset(text, { file: "p.yaml", plugins: [] })
  const told: string[] = []
  const count = { changes: 0 }
  const settings = createJitterSettings({
    preset, strips: () => ["Song", "Dora", "peer 3"], changed: () => count.changes++, tell: (subject, said) => told.push(`${subject}: ${said}`),
  })
  return { ...settings, preset, told, count, put: (path: string, value: string | number | boolean) => settings.set(path, parsePath(path) ?? [], value) }
}
const faultOf = (run: () => unknown): Omit<Fault, "path"> => {
  try {
    run()
  } catch (error) {
    if (!(error instanceof PresetError)) throw error
    const [{ expected, found, hint } = { expected: "", found: "" }] = error.faults
    return { expected, found, ...(hint !== undefined && { hint }) }
  }
  throw new Error("it was taken")
}

describe("what holds at first", () => {
  it.each([
    ["Dora", { policy: "steady", maxMs: 60 }, false], ["Cid", { policy: "steady", maxMs: 60 }, false],
    ["Ann", { policy: "safe", maxMs: 60 }, true], ["Ben", { delayMs: 15 }, true],
    // Heard here, and not of the network.
    ["Song", { policy: "tight" }, false], ["Mic", { policy: "steady", maxMs: 60 }, false],
  ] as const)("for %s", (strip, spec, own) => {
    const { inForce, isOwn } = open()
    expect([inForce(strip), isOwn(strip)]).toEqual([spec, own])
  })

  it("is for a local source what * says, if it says something", () => {
    const { inForce } = open(`${yaml}    "*": { jitter: { policy: steady } }\n`)
    expect([inForce("Song"), inForce("Dora")]).toEqual([{ policy: "steady" }, { policy: "steady", maxMs: 60 }])
  })
})

describe("what is set", () => {
  it.each([
    [[["jitter.policy", "tight"]], { Dora: { policy: "tight", maxMs: 60 }, Ann: { policy: "safe", maxMs: 60 }, Ben: { delayMs: 15 }, Song: { policy: "tight" } }],
    [[["jitter.delay", "12ms"]], { Dora: { delayMs: 12 }, Cid: { delayMs: 12 }, Ben: { delayMs: 15 }, Ann: { policy: "safe" } }],
    [[["jitter.delay", 12], ["jitter.policy", "safe"]], { Dora: { policy: "safe" } }],
    [[["jitter.min", "5ms"], ["jitter.max", 20]], { Dora: { policy: "steady", minMs: 5, maxMs: 20 }, Ann: { policy: "safe", minMs: 5, maxMs: 20 } }],
    [[["mix.strips.Dora.jitter.policy", "safe"]], { Dora: { policy: "safe", maxMs: 60 }, "peer 3": { policy: "steady", maxMs: 60 } }],
    [[["mix.strips.Ben.jitter.policy", "tight"], ["mix.strips.Ben.jitter.min", 3]], { Ben: { policy: "tight", minMs: 3, maxMs: 60 } }],
    [[["mix.strips.Ann.jitter.delay", 8]], { Ann: { delayMs: 8 } }],
    [[["mix.strips.Ann.jitter.policy", "party"], ["mix.strips.Ben.jitter.policy", "party"]], { Ann: { policy: "steady", maxMs: 60 }, Ben: { policy: "steady", maxMs: 60 } }],
    [[["mix.strips.Song.jitter.delay", 5]], { Song: { delayMs: 5 } }],
    [[["mix.strips.*.jitter.delay", 5]], { Dora: { delayMs: 5 }, Song: { delayMs: 5 }, Ann: { policy: "safe", maxMs: 60 } }],
    [[['mix.strips["peer 3"].jitter.max', 30]], { "peer 3": { policy: "steady", maxMs: 30 } }],
  ] as const)("%j", (sets, expected) => {
    const { put, inForce, count } = open()
    for (const [path, value] of sets) expect(put(path, value)).toBe(true)
    expect(Object.fromEntries(Object.keys(expected).map((strip) => [strip, inForce(strip)]))).toEqual(expected)
    expect(count.changes).toBe(sets.length)
  })

  it("is told, with what it was", () => {
    const { put, told } = open()
    put("jitter.policy", "tight")
    put("mix.strips.Ann.jitter.delay", "8ms")
    put("mix.strips.Ann.jitter.policy", "party")
    expect(told).toEqual([
      "Friday: jitter tight from 0ms to 60ms, was steady from 0ms to 60ms", "Ann: jitter kept at 8ms, was safe from 0ms to 60ms",
      "Ann: jitter tight from 0ms to 60ms, was kept at 8ms",
    ])
  })

  it.each([
    ["jitter.policy", "stedy", "tight, steady or safe", "stedy", "Did you mean 'steady'?"],
    ["mix.strips.Ann.jitter.policy", "loose", "tight, steady, safe or party", "loose", undefined],
    ["jitter.policy", "party", "tight, steady or safe", "party", undefined],
    ["jitter.delay", "5s", "a duration from 0ms to 400ms", "5s", undefined],
    ["jitter.delay", "5dB", "a duration with its unit, like 180ms", "5dB", "'dB' is a unit of gain."],
    ["jitter.min", 70, "a duration of at most 60ms, which is max", "70", undefined],
    ["mix.strips.Ben.jitter.min", 5, "no min: a delay that is kept has no bounds", "5", "Set a policy as well; kept are 15ms."],
    ["jitter.delai", 5, "policy, min, max or delay", '"delai"', "Did you mean 'delay'?"],
    ["jitter", 5, "policy, min, max or delay", "nothing", undefined],
    ["jitter.threads", 2, "policy, min, max or delay", '"threads"', "Threads are fixed at the start: change them in the preset."],
    ["jitter.policy.more", "safe", "policy, min, max or delay", '"more"', undefined],
    ["mix.strips.An.jitter.delay", 5, "a strip: Song, Dora, peer 3, *, Ann, Ben or Cid", '"An"', "Did you mean 'Ann'?"],
  ] as const)("refuses %s = %s, and changes nothing", (path, value, expected, found, hint) => {
    const { put, inForce, preset, count } = open()
    const names = ["Dora", "Ann", "Ben", "Song"]
    const before = names.map(inForce)
    expect(faultOf(() => put(path, value))).toEqual({ expected, found, ...(hint !== undefined && { hint }) })
    expect([names.map(inForce), count.changes]).toEqual([before, 0])
    expect(preset.jitter.setting).toEqual({ policy: "steady", maxMs: 60 })
  })

  it("leaves other paths to others", () => {
    const { put } = open()
    expect(["mix.strips.Ann.gain", "mix.master.gain", "audio.rate", "mix.strips", "not a [path"].map((path) => put(path, 1))).toEqual([false, false, false, false, false])
  })
})

describe("the longest wait", () => {
  it.each([
    ["", 250], ["jitter: { delay: 10ms }", 250], ["jitter: { delay: 400ms }", 400], ["mix: { strips: { A: { jitter: { policy: tight, max: 300ms } } } }", 300],
  ])("of %j is %d ms", (text, expected) => {
    expect(mostWaitMs(decodePreset(`party: x\n${text}`, { file: "p.yaml", plugins: [] }))).toBe(expected)
  })
})
