import { describe, expect, test } from "vitest"
import { decodePreset, decodePresetObject } from "../../../src/runtime/preset/decode.ts"
import type { PresetInput } from "../../../src/runtime/preset/schema.ts"
import { FULL_PRESET, fakePlugins as plugins } from "./fake-plugins.ts"

const decode = (text: string) => decodePreset(text, { file: "party.yaml", plugins })
const group = { address: "239.255.43.2", port: 5004, multicast: true }
const plainStrip = { gainDb: 0, pan: 0, mute: false, inserts: [], sends: {} }

describe("defaults", () => {
  test("a party's name alone is a working preset", () => {
    expect(decode("party: Friday")).toEqual({
      party: "Friday",
      audio: { rateHz: 48000, blockFrames: 128, backend: "auto" },
      network: {
        listen: group, send: [group], interface: "auto", codec: "l16", packetFrames: 128, ttl: 1, peers: 32, loopback: false, announce: true,
      },
      jitter: { setting: { policy: "steady" }, threads: "auto" },
      sources: [],
      mix: { strips: { "*": plainStrip }, buses: {}, master: { gainDb: 0, inserts: [] } },
      outputs: [{ kind: "device", device: "default" }],
    })
  })

  test("listen: none leaves no address to listen on", () => {
    expect("listen" in decode("party: x\nnetwork: { listen: none }").network).toBe(false)
  })

  test.each([
    ["[]", false], ["[127.0.0.1]", false], ["[127.0.0.1, 224.0.1.9:7000]", true],
  ])("send: %s announces: %s", (send, announce) => {
    expect(decode(`party: x\nnetwork: { send: ${send} }`).network.announce).toBe(announce)
  })

  test.each([
    ["", false, true], [", send: true", true, false], [", send: false", false, true], [", send: true, local: true", true, true], [", local: true", false, true],
  ])("a source with '%s' is sent: %s, heard here: %s", (keys, send, local) => {
    expect(decode(`party: x\nsources: [{ name: A, tone: 1kHz${keys} }]`).sources[0]).toEqual({
      name: "A", input: { kind: "tone", hz: 1000 }, gainDb: 0, send, local,
    })
  })

  test("a file does not loop unless told to", () => {
    expect(decode("party: x\nsources: [{ name: A, file: a.mp3, channels: 2 }]").sources[0]).toMatchObject({
      input: { kind: "file", path: "a.mp3", loop: false }, channelCount: 2,
    })
  })

  test("empty sections are absent, empty strips and buses are there", () => {
    const preset = decode("party: x\naudio:\nsources:\nmix:\n  strips:\n    Ann:\n  buses:\n    hall:\n  master:\noutputs:\n")
    expect(preset.mix).toEqual({
      strips: { "*": plainStrip, Ann: plainStrip }, buses: { hall: { gainDb: 0, inserts: [] } }, master: { gainDb: 0, inserts: [] },
    })
    expect(preset.outputs).toEqual([{ kind: "device", device: "default" }])
  })

  test("an empty list of outputs is the null output", () => {
    expect(decode("party: x\noutputs: []").outputs).toEqual([{ kind: "null" }])
  })

  test("a plugin's parameters are all filled in, by bare name too", () => {
    expect(decode("party: x\nmix: { master: { inserts: [reverb, { use: echo, time: 1s }] } }").mix.master.inserts).toEqual([
      { use: "reverb", params: { wet: 0.3, room: "hall", freeze: false } },
      { use: "echo", params: { time: 1000, feedback: 0.4, wet: 0.3 } },
    ])
  })
})

describe("how long streams wait", () => {
  const settingOf = (jitter: string) => decode(`party: x\njitter: ${jitter}`).jitter
  test.each([
    ["{ policy: tight }", { policy: "tight" }],
    ["{ policy: safe, min: 2ms, max: 60ms }", { policy: "safe", minMs: 2, maxMs: 60 }],
    ["{ max: 0.03s }", { policy: "steady", maxMs: 30 }],
    ["{ policy: tight, min: 60ms, max: 60ms }", { policy: "tight", minMs: 60, maxMs: 60 }],
    ["{ delay: 10ms }", { delayMs: 10 }],
    ["{ delay: 0ms, threads: 2 }", { delayMs: 0 }],
    ["{ threads: 2 }", { policy: "steady" }],
    ["", { policy: "steady" }],
  ])("jitter: %s", (text, setting) => {
    expect(settingOf(text).setting).toEqual(setting)
  })

  test("a strip's own is laid over that of *, key by key; what the party says is not in it", () => {
    const { strips } = decode(`party: x
jitter: { policy: safe, max: 100ms }
mix:
  strips:
    "*": { jitter: { min: 3ms } }
    Ann: { jitter: { policy: tight } }
    Ben: { jitter: { delay: 15ms } }
    Cid: { gain: -3dB }`).mix
    expect(Object.entries(strips).map(([name, { jitter }]) => [name, jitter])).toEqual([
      ["*", { minMs: 3 }], ["Ann", { policy: "tight", minMs: 3 }], ["Ben", { delayMs: 15 }], ["Cid", { minMs: 3 }],
    ])
  })

  test("a strip without a word of it has none of its own", () => {
    expect("jitter" in decode("party: x\nmix: { strips: { Ann: { jitter: {} } } }").mix.strips["Ann"]!).toBe(false)
  })
})

describe("a full preset", () => {
  test("means what it says", () => {
    const limiter = { use: "limiter", params: { ceiling: -1 } }
    expect(decode(FULL_PRESET)).toEqual({
      party: "Friday KTV",
      audio: { rateHz: 48000, blockFrames: 128, backend: "pulse" },
      network: {
        listen: { address: "0.0.0.0", port: 5004, multicast: false },
        send: [group, { address: "192.168.1.7", port: 5004, multicast: false }],
        interface: "wlan0", codec: "l24", packetFrames: 96, ttl: 2, peers: 8, loopback: true, announce: false, sdp: "party.sdp",
      },
      jitter: { setting: { delayMs: 12.5 }, threads: 3 },
      sources: [
        { name: "Ann", input: { kind: "device", device: "default" }, channelCount: 1, gainDb: 0, send: true, local: true },
        { name: "Song", input: { kind: "file", path: "songs/x.wav", loop: true }, gainDb: 0, send: false, local: true },
        { name: "Beep", input: { kind: "tone", hz: 440 }, gainDb: -20, send: true, local: false },
      ],
      mix: {
        strips: {
          "*": { gainDb: -1, pan: 0.1, mute: false, inserts: [limiter], sends: { hall: -20 } },
          Ann: {
            gainDb: -3, pan: -0.3, mute: false, inserts: [{ use: "echo", params: { time: 180, feedback: 0.3, wet: 0.2 } }], sends: { hall: -12 },
          },
          Bob: { gainDb: -1, pan: 0.1, mute: true, inserts: [limiter], sends: { hall: -20 } },
        },
        buses: { hall: { gainDb: 2, inserts: [{ use: "reverb", params: { wet: 1, room: "plate", freeze: true } }] } },
        master: { gainDb: -0.5, inserts: [limiter, { use: "recorder", params: { path: "takes" } }] },
      },
      outputs: [{ kind: "device", device: "default" }, { kind: "null" }, { kind: "file", path: "out.wav" }],
      log: "party.log",
    })
  })

  test("can be cloned to another thread", () => {
    const preset = decode(FULL_PRESET)
    expect(structuredClone(preset)).toEqual(preset)
  })

  test.each([
    ["rate: 44100", 44100], ["rate: 48kHz", 48000], ["rate: 44.1kHz", 44100], ["rate: 48000 Hz", 48000],
  ])("audio: { %s } is %d Hz", (rate, hz) => {
    expect(decode(`party: x\naudio: { ${rate} }`).audio.rateHz).toBe(hz)
  })

  test("aliases repeat what their anchors hold", () => {
    const preset = decode("party: x\nmix:\n  strips:\n    A: &voice { gain: -3dB, inserts: [echo] }\n    B: *voice")
    expect(preset.mix.strips["B"]).toEqual(preset.mix.strips["A"])
  })

  test("names that objects have by nature are ordinary names", () => {
    const preset = decode("party: x\nmix: { strips: { constructor: { sends: { toString: -3dB } } }, buses: { toString: {} } }")
    expect(preset.mix.strips["constructor"]?.sends).toEqual({ toString: -3 })
  })
})

describe("a plain object", () => {
  const input: PresetInput = {
    party: "Friday",
    jitter: { delay: "5ms" },
    sources: [{ name: "Ann", tone: "440Hz", send: true }],
    mix: { strips: { Ann: { gain: "-3dB", inserts: ["echo", { use: "reverb", wet: 1 }] } } },
    outputs: [{ null: true }],
  }

  test("gives the same preset as its YAML", () => {
    const yaml = `party: Friday
jitter: { delay: 5ms }
sources: [{ name: Ann, tone: 440Hz, send: true }]
mix: { strips: { Ann: { gain: -3dB, inserts: [echo, { use: reverb, wet: 1 }] } } }
outputs: [{ null: true }]`
    expect(decodePresetObject(input, { plugins })).toEqual(decode(yaml))
  })

  test("takes --set changes and leaves the object as it was", () => {
    const before = structuredClone(input)
    expect(decodePresetObject(input, { plugins, sets: ["jitter.delay=7ms"] }).jitter.setting).toEqual({ delayMs: 7 })
    expect(input).toEqual(before)
  })
})
