import { describe, expect, test } from "vitest"
import type { Fault } from "../../../src/runtime/errors.ts"
import { PresetError, renderFault } from "../../../src/runtime/errors.ts"
import type { DecodeOptions } from "../../../src/runtime/preset/decode.ts"
import { decodePreset, decodePresetObject } from "../../../src/runtime/preset/decode.ts"
import type { PresetInput } from "../../../src/runtime/preset/schema.ts"
import { FULL_PRESET, fakePlugins as plugins } from "./fake-plugins.ts"

const faultsOf = (run: () => unknown): readonly Fault[] => {
  try {
    run()
  } catch (error) {
    if (error instanceof PresetError) return error.faults
    throw error
  }
  return []
}
const decode = (text: string, options: Partial<DecodeOptions> = {}) => faultsOf(() => decodePreset(text, { file: "p.yaml", plugins, ...options }))
const lines = (text: string, options: Partial<DecodeOptions> = {}) => decode(text, options).map(renderFault)

const ADDRESS = "an IPv4 address with a port, like 239.255.43.2:5004"
const GROUP = "Did you mean the multicast default 239.255.43.2:5004?"
const ROOT_KEYS = "one of the keys party, audio, network, jitter, sources, mix, outputs or log"

/** Each is put after `party: x`, so its first line is line 2. */
const table: readonly (readonly [name: string, yaml: string, ...lines: string[]])[] = [
  ["an address with a number over 255", "network:\n  listen: 242.355.43.2",
    `p.yaml:3:11 network.listen: expected ${ADDRESS}, found 242.355.43.2. 242.355.43.2 is no IPv4 address: 355 is over 255. ${GROUP}`],
  ["a reserved address", "network:\n  send:\n    - 242.1.2.3:5004",
    `p.yaml:4:7 network.send[0]: expected ${ADDRESS}, found 242.1.2.3:5004. 242.1.2.3 is reserved: nothing can be sent to 240.0.0.0 and above. ${GROUP}`],
  ["an address twice", "network: { send: [1.2.3.4, 1.2.3.4:5004] }",
    "p.yaml:2:28 network.send[1]: expected each address once, found 1.2.3.4:5004. network.send[0] has it already."],
  ["one address where a list is wanted", "network: { send: 1.2.3.4 }",
    "p.yaml:2:18 network.send: expected a list, found 1.2.3.4. Put it in brackets: [1.2.3.4]"],
  ["an unknown key", "jiter: { delay: 5ms }", `p.yaml:2:1 jiter: expected ${ROOT_KEYS}, found jiter. Did you mean 'jitter'?`],
  ["an unknown key far from any", "banana: 1", `p.yaml:2:1 banana: expected ${ROOT_KEYS}, found banana`],
  ["an unknown key in a strip", "mix:\n  strips:\n    Ann: { gian: 3dB }",
    "p.yaml:4:12 mix.strips.Ann.gian: expected one of the keys gain, pan, mute, jitter, inserts or sends, found gian. Did you mean 'gain'?"],
  ["a missing unit", "jitter: { delay: 180 }",
    "p.yaml:2:18 jitter.delay: expected a duration with its unit, like 180ms, found 180. Did you mean 180ms?"],
  ["a wrong unit", "mix: { master: { inserts: [{ use: echo, time: 3dB }] } }",
    "p.yaml:2:47 mix.master.inserts[0].time: expected a duration with its unit, like 180ms, found 3dB. 'dB' is a unit of gain."],
  ["a wrong unit for a gain", "sources: [{ name: A, tone: 1kHz, gain: 3ms }]",
    "p.yaml:2:40 sources[0].gain: expected a gain with its unit, like -3dB, found 3ms. 'ms' is a unit of duration."],
  ["a gain that is too high", "mix: { master: { gain: 60dB } }", "p.yaml:2:24 mix.master.gain: expected a gain of at most 24dB, found 60dB"],
  ["a duration out of range", "jitter: { delay: 3s }", "p.yaml:2:18 jitter.delay: expected a duration from 0ms to 400ms, found 3s"],
  ["a pan out of range", "mix: { strips: { A: { pan: -1.50 } } }", "p.yaml:2:28 mix.strips.A.pan: expected a number from -1 to 1, found -1.50"],
  ["a rate that there is not", "audio: { rate: 48 }", "p.yaml:2:16 audio.rate: expected 48000 or 44100, found 48. Did you mean 48000?"],
  ["a block that there is not", "audio: { block: 100 }",
    "p.yaml:2:17 audio.block: expected 64, 128, 192, 256, 320, 384, 448 or 512, found 100. Did you mean 128?"],
  ["a backend that there is not", "audio: { backend: pulsee }", "p.yaml:2:19 audio.backend: expected auto, naudiodon or pulse, found pulsee. Did you mean 'pulse'?"],
  ["too many peers", "network: { peers: 65 }", "p.yaml:2:19 network.peers: expected a whole number from 1 to 64, found 65"],
  ["a packet with a unit", "network: { packet: 5ms }", "p.yaml:2:20 network.packet: expected a whole number of frames from 32 to 960, found 5ms"],
  ["a packet that no datagram holds", "network: { codec: l24, packet: 480 }\nsources: [{ name: A, file: a.wav, send: true }]",
    "p.yaml:2:32 network.packet: expected at most 240 frames, which is what one datagram holds of l24 in stereo, found 480. Did you mean 240?"],
  ["a policy that there is not", "jitter: { policy: stedy }", "p.yaml:2:19 jitter.policy: expected tight, steady or safe, found stedy. Did you mean 'steady'?"],
  ["a delay beside a policy", "jitter: { policy: tight, delay: 5ms }",
    "p.yaml:2:11 jitter.policy: expected a delay alone, or a policy with min and max, found policy beside delay. Remove one of the two."],
  ["a delay beside bounds, in a strip", "mix: { strips: { A: { jitter: { delay: 5ms, min: 1ms, max: 9ms } } } }",
    "p.yaml:2:45 mix.strips.A.jitter.min: expected a delay alone, or a policy with min and max, found min beside delay. Remove one of the two.",
    "p.yaml:2:55 mix.strips.A.jitter.max: expected a delay alone, or a policy with min and max, found max beside delay. Remove one of the two."],
  ["min over max", "jitter: { min: 50ms, max: 20ms }", "p.yaml:2:16 jitter.min: expected a duration of at most 20ms, which is max, found 50ms"],
  ["min over what the policy waits", "jitter: { policy: tight, min: 50ms }",
    "p.yaml:2:31 jitter.min: expected a duration of at most 40ms, the longest that tight waits, found 50ms. Give a max as well, or another policy."],
  ["a strip's max under the party's min", "jitter: { min: 10ms }\nmix: { strips: { A: { jitter: { max: 5ms } } } }",
    "p.yaml:3:38 mix.strips.A.jitter.max: expected a duration of at least 10ms, which is min, found 5ms"],
  ["a strip's policy that cannot wait for the party's min", "jitter: { min: 100ms }\nmix: { strips: { A: { jitter: { policy: tight } } } }",
    "p.yaml:3:41 mix.strips.A.jitter.policy: expected steady or safe, found tight. tight waits 40ms at most, but min is 100ms."],
  ["a bound over a kept delay", 'jitter: { delay: 10ms }\nmix: { strips: { "*": { jitter: { min: 5ms } } } }',
    "p.yaml:3:40 mix.strips.*.jitter.min: expected no min: a delay that is kept has no bounds, found 5ms. Set a policy as well; kept are 10ms."],
  ["a local source's min over what tight waits", "sources: [{ name: A, tone: 1kHz }]\nmix: { strips: { A: { jitter: { min: 50ms } } } }",
    "p.yaml:3:38 mix.strips.A.jitter.min: expected a duration of at most 40ms, the longest that tight waits, found 50ms. Give a max as well, or another policy."],
  ["a bound that is too long", "jitter: { max: 1s }", "p.yaml:2:16 jitter.max: expected a duration from 0ms to 400ms, found 1s"],
  ["threads in a strip", "mix: { strips: { A: { jitter: { threads: 2 } } } }",
    "p.yaml:2:33 mix.strips.A.jitter.threads: expected one of the keys policy, min, max or delay, found threads"],
  ["threads as a word", "jitter: { threads: many }", "p.yaml:2:20 jitter.threads: expected auto, or a whole number from 1 to 64, found many"],
  ["a plugin that is not there", "mix: { master: { inserts: [{ use: revreb }] } }",
    "p.yaml:2:35 mix.master.inserts[0].use: expected a plugin: echo, invert, limiter, recorder or reverb, found revreb. Did you mean 'reverb'?"],
  ["a bare plugin that is not there", "mix: { buses: { b: { inserts: [ehco] } } }",
    "p.yaml:2:32 mix.buses.b.inserts[0]: expected a plugin: echo, invert, limiter, recorder or reverb, found ehco. Did you mean 'echo'?"],
  ["an insert without use", "mix: { master: { inserts: [{ wet: 1 }] } }",
    "p.yaml:2:28 mix.master.inserts[0].use: expected a plugin: echo, invert, limiter, recorder or reverb, found nothing"],
  ["a parameter that a plugin has not", "mix: { master: { inserts: [{ use: echo, tiem: 3ms }] } }",
    "p.yaml:2:41 mix.master.inserts[0].tiem: expected a parameter of echo: time, feedback or wet, found tiem. Did you mean 'time'?"],
  ["a parameter of a plugin without any", "mix: { master: { inserts: [{ use: invert, wet: 1 }] } }",
    "p.yaml:2:43 mix.master.inserts[0].wet: expected no parameter: invert has none, found wet"],
  ["a parameter by the name of something in every object", "mix: { master: { inserts: [{ use: invert, constructor: 1 }] } }",
    "p.yaml:2:43 mix.master.inserts[0].constructor: expected no parameter: invert has none, found constructor"],
  ["a parameter out of range", "mix: { master: { inserts: [limiter, { use: echo, wet: 1.5 }] } }",
    "p.yaml:2:55 mix.master.inserts[1].wet: expected a number from 0 to 1, found 1.5"],
  ["a choice that there is not", "mix: { master: { inserts: [{ use: reverb, room: plaet }] } }",
    "p.yaml:2:49 mix.master.inserts[0].room: expected hall, plate or chamber, found plaet. Did you mean 'plate'?"],
  ["a switch in words", "mix: { strips: { A: { mute: yes } } }", "p.yaml:2:29 mix.strips.A.mute: expected true or false, found yes. Did you mean true?"],
  ["a send to no bus", "mix: { strips: { A: { sends: { hal: -3dB } } }, buses: { hall: {} } }",
    "p.yaml:2:32 mix.strips.A.sends.hal: expected a bus: hall, found hal. Did you mean 'hall'?"],
  ["a send where there are no buses", "mix: { strips: { A: { sends: { hall: -3dB } } } }",
    "p.yaml:2:32 mix.strips.A.sends.hall: expected a bus (mix.buses has none), found hall"],
  ["a bus whose name would drive the terminal", 'mix: { strips: { A: { sends: { x: 0dB } } }, buses: { hall: {}, "\\e[2J": {} } }',
    'p.yaml:2:32 mix.strips.A.sends.x: expected a bus: hall or "\\u001b[2J", found x',
    'p.yaml:2:65 mix.buses["\\u001b[2J"]: expected a name, on one line and without control characters, found "\\u001b[2J"'],
  ["a bus called master", "mix: { buses: { Master: {} } }",
    "p.yaml:2:17 mix.buses.Master: expected a name of its own, found Master. 'Master' means the master bus; take another name."],
  ["a bus called *", 'mix: { buses: { "*": {} } }', "p.yaml:2:17 mix.buses.*: expected a name of its own, found *. '*' means every strip; take another name."],
  ["a bus twice", "mix:\n  buses:\n    hall: {}\n    hall: {}", "p.yaml:5:5 mix.buses.hall: expected each key once, found hall. It stands on line 4 already."],
  ["a source's name twice", "sources:\n  - { name: Ann, tone: 1kHz }\n  - { name: ann, tone: 2kHz }",
    "p.yaml:4:13 sources[1].name: expected a name that no other source has, found ann. sources[0].name has it already."],
  ["a source without a name", "sources:\n  - tone: 1kHz", "p.yaml:3:5 sources[0].name: expected a name, found nothing"],
  ["a number for a name", "sources: [{ name: 7, tone: 1kHz }]", 'p.yaml:2:19 sources[0].name: expected a name, found 7. Put it in quotes: "7"'],
  ["a source of nothing", "sources:\n  - name: A", "p.yaml:3:5 sources[0]: expected one of device, file or tone, found a map with name. For example device: default."],
  ["a source of two things", "sources: [{ name: A, device: default, tone: 1kHz }]",
    "p.yaml:2:39 sources[0].tone: expected only one of device, file or tone, found device and tone"],
  ["a source that nobody hears", "sources: [{ name: A, tone: 1kHz, local: false }]",
    "p.yaml:2:41 sources[0].local: expected true, or send: true beside it, found false. As it is, nobody hears this source."],
  ["a device that loops", "sources: [{ name: A, device: default, loop: true }]",
    "p.yaml:2:39 sources[0].loop: expected no loop: only a file can repeat, found true. Remove it."],
  ["three channels", "sources: [{ name: A, device: default, channels: 3 }]", "p.yaml:2:49 sources[0].channels: expected 1 or 2, found 3. Did you mean 2?"],
  ["a song that is none", "sources: [{ name: A, file: a.txt }]",
    "p.yaml:2:28 sources[0].file: expected a sound file: wav, flac, mp3, ogg, opus, m4a or aiff, found a.txt"],
  ["an output of nothing", "outputs: [{}]", "p.yaml:2:11 outputs[0]: expected one of device, null or file, found an empty map. For example device: default."],
  ["an output that is not null", "outputs: [{ null: false }]", "p.yaml:2:19 outputs[0].null: expected true, found false. Remove the output instead."],
  ["two outputs to one file", "outputs: [{ file: a.wav }, { file: ./a.wav }]",
    "p.yaml:2:36 outputs[1].file: expected a file that no other output writes, found ./a.wav. outputs[0].file has it already."],
  ["an output that is no WAV", "outputs: [{ file: a.mp3 }]", "p.yaml:2:19 outputs[0].file: expected a file that ends in .wav, found a.mp3. The mix is written as WAV."],
  ["an output over a source", "sources: [{ name: A, file: a.wav }]\noutputs: [{ file: a.wav }]",
    "p.yaml:3:19 outputs[0].file: expected a file that is no source of this party, found a.wav. The mix would overwrite it."],
  ["a map where a list is wanted", "outputs:\n  device: default", "p.yaml:3:3 outputs: expected a list, found a map with device. Begin each item with '- '."],
  ["a list where a map is wanted", "jitter: [1]", "p.yaml:2:9 jitter: expected a map with the keys policy, min, max, delay or threads, found a list of 1. Remove the '- '."],
  ["a value left out", "log:", "p.yaml:2:1 log: expected a file's path, found nothing. Write a value after it, or remove the key."],
  ["an alias without an anchor", "log: *nobody",
    "p.yaml:2:6 log: expected an anchor that is defined above, found *nobody. A text that begins with '*' or '&' needs quotes."],
  ["a tag", "log: !file x", "p.yaml:2:6 expected well-formed YAML, found log: !file x. A preset has no tags: a text that begins with '!' needs quotes."],
  ["a key that is a list", "? [a]\n: 1", "p.yaml:2:3 expected a plain word as key, found a list, a map or an alias"],
  ["a prototype for a key", "__proto__: { log: x }", "p.yaml:2:1 expected a plain word as key, found __proto__"],
  ["a text that would drive the terminal", 'log: "a\\e[2Jb"',
    "p.yaml:2:6 log: expected a file's path, on one line and without control characters, found \"a\\u001b[2Jb\""],
]

describe("each fault says where, what was expected, what was found and what to do", () => {
  test.each(table)("%s", (_, yaml, ...expected) => {
    expect(lines(`party: x\n${yaml}\n`)).toEqual(expected)
  })

  test("a missing file, looked for from the base folder", () => {
    const asked: string[] = []
    const fileExists = (path: string) => {
      asked.push(path)
      return path.endsWith("here.mp3")
    }
    expect(lines("party: x\nsources:\n  - { name: A, file: songs/gone.wav }\n  - { name: B, file: here.mp3 }", { baseDir: "/ktv", fileExists })).toEqual([
      "p.yaml:3:22 sources[0].file: expected a file that is there, found songs/gone.wav. There is no /ktv/songs/gone.wav; relative paths start at /ktv.",
    ])
    expect(asked).toEqual(["/ktv/songs/gone.wav", "/ktv/here.mp3"])
  })

  test("the party's name is missing", () => {
    expect(decode("audio: { rate: 48000 }")).toEqual([
      { file: "p.yaml", line: 1, column: 1, path: "party", expected: "the party's name, like Friday KTV", found: "nothing" },
    ])
  })

  test("no plugin at all", () => {
    expect(lines("party: x\nmix: { master: { inserts: [gain] } }", { plugins: [] })).toEqual([
      "p.yaml:2:28 mix.master.inserts[0]: expected a plugin (there is none), found gain",
    ])
  })
})

describe("what is no YAML, or no preset", () => {
  const EXAMPLE = "For example party: Friday KTV."
  test.each([
    ["", `p.yaml:1:1 expected a preset: keys with values, at least party, found nothing. ${EXAMPLE}`],
    ["dear diary", `p.yaml:1:1 expected a preset: keys with values, at least party, found dear diary. ${EXAMPLE}`],
    ["- a\n- b", `p.yaml:1:1 expected a preset: keys with values, at least party, found a list of 2. ${EXAMPLE}`],
    ["RIFF\0\0\0\0WAVE", "p.yaml:1:1 expected a YAML text, found a binary file. Is this the right file? A song goes into the preset: sources: [{ name: Song, file: song.wav }]."],
    ["\tparty: x", "p.yaml:1:1 expected well-formed YAML, found party: x. Indent with spaces, not with tabs."],
    ["party: @x", "p.yaml:1:8 expected well-formed YAML, found party: @x. A text that begins with this sign needs quotes."],
    ["party: a: b", "p.yaml:1:8 expected well-formed YAML, found party: a: b. One key a line; a text with ': ' in it needs quotes."],
    ["party: 'x", "p.yaml:1:10 expected well-formed YAML, found party: 'x. Missing closing 'quote."],
    ["party: a\n---\nparty: b", "p.yaml:2:1 expected well-formed YAML, found ---. A preset is one document: remove the line with '---'."],
  ])("%j", (text, line) => {
    expect(lines(text)).toEqual([line])
  })

  test("brackets without end are one fault, not a crash", () => {
    expect(decode("[".repeat(50_000))[0]).toMatchObject({ line: 1, expected: "a YAML text", found: "brackets nested too deep" })
  })

  test("a bomb of aliases is one fault, at once", () => {
    const bomb = ["a: &a [1,1,1,1,1,1,1,1,1]", ..."bcdefghi".split("").map((name, index) => `${name}: &${name} [${`*${"abcdefgh"[index]},`.repeat(9)}]`)]
    expect(decode(bomb.join("\n"))).toMatchObject([{ expected: "a preset", found: "more than a preset can hold" }])
  })

  test("an anchor within itself is one fault", () => {
    expect(decode("party: x\nsources: &a [*a]")).toMatchObject([{ found: "more than a preset can hold" }])
  })

  test("a text beyond all measure is refused unread", () => {
    expect(decode("#".repeat(1_000_001))).toMatchObject([{ expected: "a YAML text", hint: "A preset has at most 1000000." }])
  })
})

describe("all at once", () => {
  const text = `audio: { rate: 22050 }
network: { listen: 242.355.43.2 }
jitter: { delay: 3dB, dealy: 3ms }
sources:
  - { name: A, file: gone.wav }
  - { name: a, tone: 440 }
mix:
  strips: { A: { inserts: [nothing], sends: { hall: loud } } }
  strips: {}
`
  test("shape, units, names, files and plugins together, by line", () => {
    const faults = decode(text, { fileExists: () => false, sets: ["jitter.threads=0", "log", "mix.master.gain=3"] })
    expect(faults.map((fault) => [fault.file, fault.line, fault.path])).toEqual([
      ["p.yaml", 1, "party"],
      ["p.yaml", 1, "audio.rate"],
      ["p.yaml", 2, "network.listen"],
      ["p.yaml", 3, "jitter.delay"],
      ["p.yaml", 3, "jitter.dealy"],
      ["p.yaml", 5, "sources[0].file"],
      ["p.yaml", 6, "sources[1].name"],
      ["p.yaml", 6, "sources[1].tone"],
      ["p.yaml", 8, "mix.strips.A.inserts[0]"],
      ["p.yaml", 8, "mix.strips.A.sends.hall"],
      ["p.yaml", 8, "mix.strips.A.sends.hall"],
      ["p.yaml", 9, "mix.strips"],
      ["--set log", undefined, ""],
      ["--set jitter.threads=0", undefined, "jitter.threads"],
      ["--set mix.master.gain=3", undefined, "mix.master.gain"],
    ])
  })

  test("the error's message is one line a fault and no more", () => {
    const error = new PresetError(decode(text))
    expect(error.message.split("\n")).toHaveLength(error.faults.length)
  })

  test("of a plain object, without lines", () => {
    const input = { party: "x", jitter: { delay: 10 }, sources: [{ name: "A", tone: "1kHz", pan: 0 }], outputs: undefined } as unknown as PresetInput
    expect(faultsOf(() => decodePresetObject(input, { plugins })).map(renderFault)).toEqual([
      "jitter.delay: expected a duration with its unit, like 180ms, found 10. Did you mean 10ms?",
      "sources[0].pan: expected one of the keys name, device, file, tone, loop, channels, gain, send or local, found pan",
    ])
  })

  test("of a plain object that holds itself", () => {
    const input: { party: string; mix?: unknown } = { party: "x" }
    input.mix = input
    expect(faultsOf(() => decodePresetObject(input as PresetInput, { plugins })).map(renderFault)).toEqual([
      "expected a preset, found an object nested too deep, or within itself",
    ])
  })

  test("of the full preset: none", () => {
    expect(decode(FULL_PRESET, { fileExists: () => true })).toEqual([])
  })
})
