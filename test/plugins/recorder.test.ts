import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import recorder from "../../src/plugins/recorder/recorder.ts"
import { freshPath } from "../../src/runtime/io/fresh-path.ts"
import { openWav } from "../../src/runtime/io/wav-writer.ts"
import type { SoundFile, TapContext, TapResume, TapSink } from "../../src/runtime/graph/plugin.ts"
import { noise } from "../helpers/plugin-suite.ts"
import { readSound } from "../helpers/read-wav.ts"

const startedAtMs = new Date(2025, 10, 20, 19, 30, 0).getTime()
let folder: string
let told: string[]
let resume: TapResume

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wifi-party-"))
  told = []
  resume = { path: "", startPosition: -1 }
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const contextOf = (changes: Partial<TapContext> = {}): TapContext => ({
  sampleRate: 48000, channelCount: 2, params: { path: folder, format: "wav", bits: "32" }, place: "Ann", party: "Friday",
  resume, startedAtMs,
  openSound: (options) => openWav({ ...options, sampleRate: 48000, channelCount: 2 }),
  freshPath,
  report: (kind, text) => told.push(`${kind}: ${basename(text)}`),
  ...changes,
})
const openTap = (changes?: Partial<TapContext>): TapSink => recorder.openTap!(contextOf(changes))

const signal = [noise(128 * 50, 1), noise(128 * 50, 2)]
/** Blocks number `from` to `to` of the signal, at their place after `start`. */
const feed = (sink: TapSink, from: number, to: number, start = 0): void => {
  for (let block = from; block < to; block++) {
    sink.write(signal.map((channel) => channel.subarray(block * 128, (block + 1) * 128)), 128, start + block * 128)
  }
}
const part = (from: number, to: number): Float32Array[] => signal.map((channel) => channel.subarray(from * 128, to * 128))

describe("recorder", () => {
  it("writes what it hears, bit-exact in float", async () => {
    const sink = openTap()
    feed(sink, 0, 50)
    sink.close()
    expect(await readSound(sink.status().path, 2)).toEqual(signal)
  })

  it("names its file after party, place and the time of the first block", () => {
    const sink = openTap({ place: "Ann/../Zoë" })
    feed(sink, 0, 1, 48000 * 65)
    sink.close()
    expect(readdirSync(folder)).toEqual(["Friday - Ann_.._Zoë - 2025-11-20 19.31.05.wav"])
  })

  it("makes no file before the first block", () => {
    const sink = openTap()
    sink.tick()
    expect(sink.status()).toEqual({ path: "", state: "recording", seconds: 0 })
    sink.close()
    expect(readdirSync(folder)).toEqual([])
    expect(told).toEqual([])
  })

  it("fills a gap with silence of its length", async () => {
    const sink = openTap()
    feed(sink, 0, 10, 4800)
    feed(sink, 13, 20, 4800)
    sink.close()
    const read = await readSound(sink.status().path, 2)
    expect(read[0]!.length).toBe(20 * 128)
    expect(read.map((channel) => channel.subarray(0, 1280))).toEqual(part(0, 10))
    expect(read[0]!.subarray(1280, 1664).every((value) => value === 0)).toBe(true)
    expect(read.map((channel) => channel.subarray(1664))).toEqual(part(13, 20))
  })

  it("takes only the new part of a block that overlaps", async () => {
    const sink = openTap()
    feed(sink, 0, 10)
    feed(sink, 5, 12)
    sink.write(signal.map((channel) => channel.subarray(12 * 128 - 50, 13 * 128)), 178, 12 * 128 - 50)
    sink.close()
    expect(await readSound(sink.status().path, 2)).toEqual(part(0, 13))
  })

  it("goes on in the same file after its thread was replaced, on the party's timeline", async () => {
    const first = openTap()
    feed(first, 0, 20, 96000)
    first.tick()
    // The thread dies here: what came after the tick is lost, nothing is closed.
    feed(first, 20, 22, 96000)
    const second = openTap()
    feed(second, 25, 50, 96000)
    second.close()

    expect(readdirSync(folder)).toHaveLength(1)
    const read = await readSound(join(folder, readdirSync(folder)[0]!), 2)
    expect(read[0]!.length).toBe(50 * 128)
    expect(read.map((channel) => channel.subarray(0, 20 * 128))).toEqual(part(0, 20))
    expect(read[0]!.subarray(20 * 128, 25 * 128).every((value) => value === 0)).toBe(true)
    expect(read.map((channel) => channel.subarray(25 * 128))).toEqual(part(25, 50))
  })

  it("begins a new file where the old one is gone", () => {
    const first = openTap()
    feed(first, 0, 5)
    first.tick()
    rmSync(resume.path)
    const second = openTap()
    feed(second, 5, 10)
    second.close()
    expect(second.status().seconds).toBeCloseTo((5 * 128) / 48000, 9)
  })

  it("begins a new file after a clean end", () => {
    for (let take = 0; take < 2; take++) {
      const sink = openTap()
      feed(sink, 0, 5)
      sink.close()
    }
    expect(readdirSync(folder).toSorted()).toEqual(["Friday - Ann - 2025-11-20 19.30.00 (2).wav", "Friday - Ann - 2025-11-20 19.30.00.wav"])
  })

  it("tells its state and what happened", () => {
    const sink = openTap()
    feed(sink, 0, 50)
    expect(sink.status()).toMatchObject({ state: "recording", seconds: 6400 / 48000 })
    sink.close()
    expect(sink.status().state).toBe("stopped")
    const name = "Friday - Ann - 2025-11-20 19.30.00.wav"
    expect(told).toEqual([`recording started: ${name}`, `recording stopped: ${name}`])
  })

  it("fails once, with the file's name, when the disk is full", () => {
    const full: SoundFile = { path: "x.wav", frameCount: 0, append: () => false, appendSilence: () => false, flush() {}, close() {} }
    const sink = openTap({ openSound: () => full })
    feed(sink, 0, 5)
    sink.tick()
    sink.close()
    expect(sink.status().state).toBe("failed")
    expect(told.slice(1)).toEqual(["recording failed: x.wav: the disk is full or the file was removed; what was written is kept"])
  })

  it("fails when the folder cannot be made, without throwing", () => {
    const sink = openTap({ params: { path: "/proc/nowhere", format: "wav", bits: "24" } })
    feed(sink, 0, 2)
    expect(sink.status().state).toBe("failed")
    expect(told).toHaveLength(1)
  })
})
