/** The presets that come along are right, and say what they are for. */
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { manifests } from "../../src/plugins/registry.ts"
import { decodePreset } from "../../src/runtime/preset/decode.ts"
import type { Preset } from "../../src/runtime/preset/preset.ts"
import { repositoryRoot } from "./source-text.ts"

const folder = join(repositoryRoot, "examples")
const plugins = await manifests()
const read = (name: string, sets: readonly string[] = []): Preset =>
  decodePreset(readFileSync(join(folder, name), "utf8"), { file: name, plugins, baseDir: folder, fileExists: existsSync, sets })

const names = ["demo.yaml", "ktv-host.yaml", "mic-only.yaml", "headphones.yaml", "broadcast.yaml"]

describe.each(names)("%s", (name) => {
  test("is a preset without faults", () => {
    expect(read(name).party).not.toBe("")
  })

  test("begins with what it is for and explains its keys", () => {
    const lines = readFileSync(join(folder, name), "utf8").split("\n")
    expect(lines[0]).toMatch(/^# \S/)
    expect(lines.filter((line) => line.includes("#")).length).toBeGreaterThan(6)
  })
})

test("the demo sends four sources on this computer only, and hears them again", () => {
  const { network, sources, mix, outputs } = read("demo.yaml")
  expect(network.listen).toEqual({ address: "127.0.0.1", port: 5004, multicast: false })
  expect(network.send).toEqual([network.listen])
  expect(network.loopback).toBe(true)
  expect(sources.map(({ name, send, local }) => [name, send, local])).toEqual(["Song", "Ann", "Ben", "Cleo"].map((name) => [name, true, false]))
  expect(mix.strips["Ann"]?.inserts.map(({ use }) => use)).toEqual(["echo"])
  expect(mix.buses["hall"]?.inserts.map(({ use }) => use)).toEqual(["reverb"])
  expect(mix.master.inserts.map(({ use }) => use)).toEqual(["limiter", "recorder"])
  expect(outputs).toEqual([{ kind: "device", device: "default" }])
})

test("the host sends nothing, the singer hears nothing and plays nothing", () => {
  expect(read("ktv-host.yaml").network.send).toEqual([])
  const singer = read("mic-only.yaml", ["network.send=[127.0.0.1:5004]"])
  expect(singer.network.listen).toBeUndefined()
  expect(singer.network.send).toEqual([{ address: "127.0.0.1", port: 5004, multicast: false }])
  expect(singer.outputs).toEqual([{ kind: "null" }])
})

test("in the headphone group the own voice is local and all others come over the group", () => {
  const { network, sources } = read("headphones.yaml")
  expect(network.listen).toEqual(network.send[0])
  expect(network.listen?.multicast).toBe(true)
  expect(network.loopback).toBe(false)
  expect(sources.map(({ send, local }) => [send, local])).toEqual([[true, true]])
})

test("the broadcast goes to a group, is announced and described", () => {
  const { network } = read("broadcast.yaml")
  expect(network.send.map(({ multicast }) => multicast)).toEqual([true])
  expect([network.announce, network.sdp, network.listen]).toEqual([true, "party.sdp", undefined])
})
