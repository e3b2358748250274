import { describe, expect, it } from "vitest"
import { describe as describeParty } from "../../../src/cli/graph/describe.ts"
import { latenciesOf } from "../../../src/cli/graph/plugin-latency.ts"
import { describeGraph } from "../../../src/cli/graph/text.ts"
import { manifests } from "../../../src/plugins/registry.ts"
import { decodePreset } from "../../../src/runtime/preset/decode.ts"

const plugins = await manifests()
const yaml = `
party: Friday KTV
network: { listen: 127.0.0.1:5004, send: [127.0.0.1:6004], packet: 240 }
jitter: { delay: 10ms }
sources:
  - { name: Ann, tone: 440Hz, send: true, local: true }
  - { name: Song, device: default, channels: 2 }
mix:
  strips:
    Ann: { gain: -3dB, pan: -0.3, inserts: [{ use: echo, time: 200ms }], sends: { hall: -12dB } }
  buses:
    hall: { inserts: [{ use: reverb, wet: 1 }] }
  master: { inserts: [{ use: limiter, ceiling: -2dB }, { use: recorder, path: takes }] }
outputs: [{ null: true }]
`
const preset = decodePreset(yaml, { file: "test.yaml", plugins })
const graph = describeParty(preset, plugins, (insert) => (insert.use === "limiter" ? 48 : insert.use === "echo" ? 0 : undefined))

describe("the graph of a preset", () => {
  it("says where each source comes from and goes", () => {
    expect(graph.sources).toEqual([
      { name: "Ann", from: "tone 440Hz", channels: 1, gain: "0dB", sentTo: ["127.0.0.1:6004"], local: true },
      { name: "Song", from: "device default", channels: 2, gain: "0dB", sentTo: [], local: true },
    ])
  })
  it("names inserts with what differs from their defaults", () => {
    expect(graph.strips.find((strip) => strip.name === "Ann")).toMatchObject({ gain: "-3dB", pan: -0.3, sends: { hall: "-12dB" }, inserts: [{ use: "echo", params: { time: "200ms" } }] })
    expect(graph.master.inserts).toEqual([{ use: "limiter", kind: "insert", params: { ceiling: "-2dB" } }, { use: "recorder", kind: "tap", params: { path: "takes" } }])
  })
  it("adds up the latency of each path: block, what a packet is longer, jitter delay, block, plugins", () => {
    const totals = new Map(graph.paths.map((path) => [path.path, path.totalMs]))
    const block = 128 / 48
    expect(totals.get("Ann, heard here")).toBeCloseTo(block + block / 2 + 1)
    expect(totals.get("Ann, sent, heard by one with this preset")).toBeCloseTo(240 / 48 + 10 + block / 2 + 1)
    expect(totals.get("a peer, from its packet's arrival")).toBeCloseTo(10 + block / 2 + 1)
  })
  it("gives the range of a policy's delay, and a path to each strip that has a setting of its own", () => {
    const adaptive = decodePreset(yaml.replace("{ delay: 10ms }", "{ policy: steady, min: 2ms }").replace("Ann: {", "Ben: { jitter: { delay: 7ms } }\n    Ann: {"), { file: "test.yaml", plugins })
    const { paths, jitter, strips } = describeParty(adaptive, plugins, () => 0)
    const block = 128 / 48
    const path = (name: string) => paths.find((each) => each.path.startsWith(name))!
    expect(path("a peer").totalMs).toBeCloseTo(2 + block / 2)
    expect(path("a peer").mostMs).toBeCloseTo(120 + block / 2)
    expect(path("Ben").totalMs).toBeCloseTo(7 + block / 2)
    expect(path("Ben").mostMs).toBeUndefined()
    expect(path("Ann, heard here")).toMatchObject({ totalMs: expect.closeTo(block * 1.5) as number, mostMs: expect.closeTo(40 + block * 1.5) as number })
    expect([jitter, strips.find((strip) => strip.name === "Ben")?.jitter]).toEqual(["steady from 2ms to 120ms", "kept at 7ms"])
    expect(describeGraph(adaptive, plugins, () => 0)).toContain("jitter (steady from 2ms to 120ms) 2.0 to 120.0 + next block 1.3 = 3.3 to 121.3 ms")
  })
  it("names plugins whose latency is not known, and never a tap", () => {
    const unknown = describeParty(preset, plugins).paths.find((path) => path.path === "Ann, heard here")
    expect(unknown?.unknown).toEqual(["echo", "limiter"])
  })
  it("asks plugins themselves, where they can be activated", async () => {
    const latencyOf = await latenciesOf(preset)
    expect(latencyOf(preset.mix.strips["Ann"]!.inserts[0]!)).toBe(0)
    expect(latencyOf(preset.mix.master.inserts[1]!)).toBe(0)
  })
  it("is printed whole, without control characters from the preset", () => {
    const text = describeGraph(preset, plugins)
    for (const part of ["Friday KTV: 48000 Hz", "127.0.0.1:5004", "echo (time 200ms)", "hall -12dB", "limiter (ceiling -2dB)", "recorder (path takes)", "null (a virtual clock"]) {
      expect(text).toContain(part)
    }
    expect(text.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u)
  })
})
