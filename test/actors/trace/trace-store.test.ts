/** What the trace thread keeps on the disk: one file, or the last parts; also when the disk is full or the thread before it has died. */
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { createTraceStore, type TraceStore } from "../../../src/actors/trace/trace-store.ts"
import { ResourceError } from "../../../src/runtime/errors.ts"
import { nodeDisk, type Disk } from "../../../src/runtime/io/disk.ts"
import { beginTrace, listParts, partPath, traceFiles } from "../../../src/runtime/io/trace-files.ts"
import { createTraceDecoder } from "../../../src/runtime/trace/decode.ts"
import { encodeGap, encodeHeader } from "../../../src/runtime/trace/encode.ts"
import { BodyBytes, tagOf, TraceKind, type TraceHeader } from "../../../src/runtime/trace/format.ts"
import { readName } from "../../../src/runtime/trace/read-header.ts"

let folder = ""
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), "trace-store-")) })
afterEach(() => rmSync(folder, { recursive: true }))

const header = (lastMs?: number): TraceHeader => ({
  format: 1, program: "", node: "", v8: "", party: "P", rateHz: 48_000, blockFrames: 128, threads: [[0], [1]], wallOffsetUs: 0, jitterStats: [], peerStats: [],
  ...(lastMs !== undefined && { lastMs }),
})

const record = (kind: number, thread: number, bodyBytes: number, value: number): Uint8Array => {
  const bytes = new Uint8Array(8 + bodyBytes)
  new DataView(bytes.buffer).setInt32(0, bytes.length, true)
  new DataView(bytes.buffer).setInt32(4, tagOf(kind, thread, 0), true)
  new DataView(bytes.buffer).setInt32(8, value, true)
  return bytes
}
/** A round whose first word is its number. */
const round = (thread: number, value: number): Uint8Array => record(TraceKind.round, thread, BodyBytes.round, value)
const segment = (thread: number, number: number): Uint8Array => record(TraceKind.segment, thread, BodyBytes.part, number)
const both = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]))

interface Kept {
  readonly rounds: readonly string[]
  readonly names: readonly string[]
  readonly ended: boolean
  readonly gaps: number
  readonly cut: number
}
const read = (...paths: readonly string[]): Kept => {
  const rounds: string[] = []
  const names: string[] = []
  let ended = false
  let gaps = 0
  let cut = 0
  for (const path of paths) {
    const decoder = createTraceDecoder((each) => {
      if (each.kind === TraceKind.round) rounds.push(`${each.thread}:${each.body.getInt32(0, true)}`)
      if (each.kind === TraceKind.name) names.push(readName(each).name)
      if (each.kind === TraceKind.gap) gaps++
      ended ||= each.kind === TraceKind.end
    })
    decoder.push(readFileSync(path))
    cut += decoder.end()
  }
  return { rounds, names, ended, gaps, cut }
}
const name = (slot: number, text: string) => ({ slot, ssrc: slot, name: text, address: "", format: "" })

const begin = (lastMs?: number): string => beginTrace(join(folder, "party.trace"), encodeHeader(header(lastMs)), lastMs !== undefined)
const open = (path: string, { lastMs, resume = false, nowMs = 0, disk }: { lastMs?: number; resume?: boolean; nowMs?: number; disk?: Disk } = {}): TraceStore =>
  createTraceStore({ path, header: header(lastMs), names: resume ? [name(0, "Ann")] : [], resume }, nowMs, disk)

describe("a trace that keeps everything", () => {
  it("can be read after every write", () => {
    const path = begin()
    const store = open(path)
    for (let i = 0; i < 5; i++) {
      store.write(i % 2, round(i % 2, i))
      expect(read(path).rounds).toHaveLength(i + 1)
    }
    store.name(name(1, "Ben"))
    store.close(7)
    expect(read(path)).toEqual({ rounds: ["0:0", "1:1", "0:2", "1:3", "0:4"], names: ["Ben"], ended: true, gaps: 0, cut: 0 })
    expect(readdirSync(folder)).toEqual(["party.trace"])
  })

  it("never takes a name that is there", () => {
    expect([begin(), begin(), begin()].map((path) => path.slice(folder.length + 1))).toEqual(["party.trace", "party (2).trace", "party (3).trace"])
    expect(beginTrace(join(folder, "bare"), encodeHeader(header()), false)).toBe(join(folder, "bare.trace"))
  })

  it("cannot be begun where nothing can be written", () => {
    expect(() => beginTrace("/proc/none/party.trace", encodeHeader(header()), false)).toThrow(ResourceError)
  })

  it("goes on after its thread has died in the middle of a record, behind a gap", () => {
    const path = begin()
    open(path).write(0, both(round(0, 1), round(0, 2)))
    appendFileSync(path, round(0, 3).subarray(0, 13))
    expect(read(path).cut).toBe(13)
    const next = open(path, { resume: true })
    next.write(1, round(1, 4))
    next.close(0)
    expect(read(path)).toMatchObject({ rounds: ["0:1", "0:2", "1:4"], gaps: 1, ended: true, cut: 0 })
  })

  it("counts what was left out", () => {
    const store = open(begin())
    store.write(0, both(encodeGap(0, 12), round(0, 1), encodeGap(1, 30)))
    expect([store.takeLost(), store.takeLost()]).toEqual([42, 0])
    store.abandon()
  })

  it("fails when the disk is full, and what is there can be read", () => {
    const path = begin()
    let left = 200
    const disk: Disk = { ...nodeDisk, write: (file, bytes, length, at) => {
      const count = Math.min(length, left)
      left -= count
      return count === 0 ? 0 : nodeDisk.write(file, bytes, count, at)
    } }
    const store = open(path, { disk })
    expect(() => { for (let i = 0; i < 100; i++) store.write(0, round(0, i)) }).toThrow(/no space/)
    store.abandon()
    expect(read(path).rounds).toHaveLength(Math.floor(200 / 24))
  })

  it("notices that the file was removed", () => {
    const path = begin()
    const store = open(path)
    rmSync(path)
    expect(() => store.tick(0)).toThrow(/removed/)
    store.abandon()
  })
})

describe("a trace of the last while", () => {
  /** Rounds once a second; thread 1 reaches each segment a second later. */
  const runFor = (store: TraceStore, seconds: number, from = 0): void => {
    let asked = [-1, -1]
    let before: number | undefined
    for (let second = from; second < from + seconds; second++) {
      const wanted = store.tick(second * 1000) ?? 0
      for (const thread of [0, 1]) {
        const due = thread === 0 ? wanted : before ?? wanted
        if (due !== asked[thread]) store.write(thread, both(segment(thread, due), round(thread, second)))
        else store.write(thread, round(thread, second))
        asked = asked.with(thread, due)
      }
      before = wanted
    }
  }
  const secondsOf = (rounds: readonly string[], thread: number): number[] =>
    rounds.filter((text) => text.startsWith(`${thread}:`)).map((text) => Number(text.slice(2)))

  it("drops what is too old, part by part, and is one file in the end", () => {
    const path = begin(20_000)
    const store = open(path, { lastMs: 20_000 })
    store.name(name(0, "Ann"))
    runFor(store, 100)
    expect(listParts(path).length).toBeLessThanOrEqual(6)
    store.close(0)
    expect(readdirSync(folder)).toEqual(["party.trace"])
    const { rounds, names, ended, cut } = read(path)
    expect([ended, cut]).toEqual([true, 0])
    expect(new Set(names)).toEqual(new Set(["Ann"]))
    for (const thread of [0, 1]) {
      const seconds = secondsOf(rounds, thread)
      expect(seconds).toEqual(Array.from({ length: seconds.length }, (_, i) => 100 - seconds.length + i))
      expect(seconds.length).toBeGreaterThanOrEqual(20)
      expect(seconds.length).toBeLessThanOrEqual(27)
    }
  })

  it("is read from its parts where it was killed", () => {
    const path = begin(20_000)
    const store = open(path, { lastMs: 20_000 })
    runFor(store, 60)
    store.abandon()
    const files = traceFiles(path)
    expect(files).toEqual(listParts(path).map((number) => partPath(path, number)))
    const seconds = secondsOf(read(...files).rounds, 0)
    expect(seconds.at(-1)).toBe(59)
    expect(seconds.length).toBeGreaterThanOrEqual(20)
  })

  it("goes on in a new part after its thread has died", () => {
    const path = begin(20_000)
    const store = open(path, { lastMs: 20_000 })
    runFor(store, 30)
    store.abandon()
    const last = listParts(path).at(-1)!
    appendFileSync(partPath(path, last), round(0, 3).subarray(0, 13))
    const next = open(path, { lastMs: 20_000, resume: true, nowMs: 31_000 })
    expect(next.tick(31_000)).toBe(last + 1)
    runFor(next, 8, 31)
    next.close(0)
    const { rounds, gaps, cut, names } = read(path)
    expect([gaps, cut]).toEqual([1, 0])
    expect(names).toContain("Ann")
    expect(secondsOf(rounds, 0).at(-1)).toBe(38)
    expect(secondsOf(rounds, 0)).toContain(20)
    expect(existsSync(`${path}.parts`)).toBe(false)
  })
})
