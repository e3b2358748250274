/** Files that were cut off, changed, or are of something else: a clear error, the whole records before it, and always an end. */
import { describe, expect, it } from "vitest"
import { ResourceError } from "../../../src/runtime/errors.ts"
import { createTraceDecoder } from "../../../src/runtime/trace/decode.ts"
import { encodeEnd, encodeHeader, encodeName } from "../../../src/runtime/trace/encode.ts"
import { MOST_RECORD_BYTES, tagOf, TRACE_FORMAT, TraceKind, type TraceHeader } from "../../../src/runtime/trace/format.ts"
import { createOverview } from "../../../src/runtime/trace/overview.ts"
import { createReplay } from "../../../src/runtime/trace/replay.ts"
import { hashState } from "../../../src/runtime/trace/words-hash.ts"
import { createRandom } from "../dsp/kernels.ts"
import { createTraceRig, dspModule, headerOf, joined, recordsOf, replayOf } from "./rig.ts"

/** Reads all that can be read, as the command line does; returns what it fails with, if anything. */
const attempt = (bytes: Uint8Array): { readonly error: unknown; readonly pulls: number; readonly differing: number; readonly cut: number } => {
  const overview = createOverview()
  let error: unknown
  let cut = 0
  const read = (take: Parameters<typeof createTraceDecoder>[0]): void => {
    const decoder = createTraceDecoder(take)
    try {
      decoder.push(bytes)
      cut = decoder.end()
    } catch (thrown) {
      error ??= thrown
    }
  }
  read((record) => overview.take(record))
  if (!overview.begun()) return { error: error ?? new ResourceError("no header", ""), pulls: 0, differing: 0, cut }
  const { header } = overview.end()
  const replay = createReplay({ dspModule, header })
  read((record) => replay.take(record))
  const { pulls, differing } = replay.end()
  return { error, pulls, differing, cut }
}

const record = (tag: number, body: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array((8 + body.length + 7) & ~7)
  const view = new DataView(bytes.buffer)
  view.setInt32(0, bytes.length, true)
  view.setInt32(4, tag, true)
  bytes.set(body, 8)
  return bytes
}

const rig = createTraceRig({ slotCount: 1 })
rig.run(30)
const whole = joined(rig.bytes(), encodeName({ slot: 0, ssrc: 1000, name: "Änn", address: "x", format: "L16" }), encodeEnd(5))
const all = recordsOf(whole)

describe("a trace that was cut off", () => {
  it("gives its whole records, wherever that was", () => {
    const ends = all.map(({ at, body }) => at + 8 + body.byteLength)
    // Every byte of the beginning, and of the end; in between around every record.
    const around = ends.flatMap((end) => [end - 1, end, end + 1, end + 5])
    const places = new Set([...Array(800).keys(), ...Array.from({ length: 700 }, (_, i) => whole.length - i), ...around])
    for (const length of places) {
      if (length > whole.length) continue
      const records: number[] = []
      const decoder = createTraceDecoder(({ at }) => records.push(at))
      decoder.push(whole.subarray(0, length))
      const expected = all.filter((_, i) => ends[i]! <= length).map(({ at }) => at)
      expect(records).toEqual(expected)
      if (length < 8) expect(() => decoder.end()).toThrow(/no trace/)
      else expect(decoder.end()).toBe(length - Math.max(8, ...ends.filter((end) => end <= length)))
    }
  })

  it("replays up to there", () => {
    for (let length = whole.length; length > all[0]!.at + 600; length -= 1371) {
      const { error, differing } = attempt(whole.subarray(0, length))
      expect([error, differing]).toEqual([undefined, 0])
    }
  })
})

describe("a trace that is none", () => {
  it.each([
    ["nothing", new Uint8Array(0), /no trace/],
    ["a text", new TextEncoder().encode("party: Friday\n"), /no trace/],
    ["only the mark", encodeHeader(headerOf(1)).subarray(0, 8), /header/],
    ["no header", joined(encodeHeader(headerOf(1)).subarray(0, 8), encodeEnd(1)), /no header comes first/],
    ["a record of no length", joined(encodeHeader(headerOf(1)), new Uint8Array(16)), /a record of 0 bytes/],
    ["a record without an end", joined(encodeHeader(headerOf(1)), Uint8Array.of(0, 0, 0, 0x70, 7, 0, 0, 0)), /a record of \d+ bytes/],
    ["a record beyond all bounds", joined(encodeHeader(headerOf(1)), record(7, new Uint8Array(MOST_RECORD_BYTES))), /a record of \d+ bytes/],
    ["a round without a time", joined(encodeHeader(headerOf(1)), record(TraceKind.round, new Uint8Array(new Float64Array([NaN, 0]).buffer))), /at no time/],
    ["a packet that is too short", joined(encodeHeader(headerOf(1)), record(TraceKind.packet, new Uint8Array(8))), /kind 6/],
    ["a slot of another thread", joined(encodeHeader(headerOf(1)), record(tagOf(TraceKind.wish, 0, 3), new Uint8Array(24))), /slot 3 is not of thread 0/],
  ])("%s", (_, bytes, said) => {
    const { error } = attempt(bytes)
    if (!(error instanceof ResourceError)) expect.fail(`${String(error)}`)
    expect(error.message === "no header" ? "header" : error.message).toMatch(said)
  })

  it.each<[string, Partial<Record<keyof TraceHeader, unknown>>, RegExp]>([
    ["of a newer format", { format: TRACE_FORMAT + 1, program: "9.0.0" }, /format 2, of wifi-party 9\.0\.0/],
    ["without threads", { threads: undefined }, /header/],
    ["with a slot twice", { threads: [[0], [0]] }, /header/],
    ["with a slot beyond all bounds", { threads: [[100_000]] }, /header/],
    ["with a rate that nobody has", { rateHz: 1e9 }, /header/],
    ["with half a frame a block", { blockFrames: 0.5 }, /header/],
  ])("a header %s", (_, change, said) => {
    const header = { ...headerOf(1), ...change } as unknown as TraceHeader
    expect(() => recordsOf(encodeHeader(header)).forEach((each) => createOverview().take(each))).toThrow(said)
  })
})

describe("a trace of a newer program", () => {
  it("is read without the kinds that nobody here knows", () => {
    const at = all[1]!.at
    const strange = joined(whole.subarray(0, at), record(tagOf(99, 0, 0), new Uint8Array(20)), record(tagOf(200, 7, 900), new Uint8Array(0)), whole.subarray(at))
    expect(attempt(strange)).toMatchObject({ error: undefined, differing: 0, pulls: 30 })
  })

  it("with other figures is replayed, and not compared", () => {
    const { streams, pulls, differing } = replayOf(whole, { ...headerOf(1), jitterStats: ["pulls", "somethingNew"] })
    expect([pulls, differing, streams[0]!.foreign]).toEqual([30, 0, true])
  })

  const withState = (hash: number): Uint8Array => {
    const state = all.find(({ kind }) => kind === TraceKind.state)!
    const end = all.find(({ kind }) => kind === TraceKind.stateEnd)!
    const ints = (...values: number[]): Uint8Array => new Uint8Array(Int32Array.from(values).buffer)
    return joined(whole.subarray(0, state.at), record(tagOf(TraceKind.state, 0, 0), ints(16, 1000, 0, 0)),
      record(tagOf(TraceKind.stateEnd, 0, 0), ints(hash, 0)), whole.subarray(end.at + 16))
  }

  it("with a state of another shape begins with an empty buffer, and is not compared", () => {
    const { streams, pulls, differing } = replayOf(withState(hashState(new Int32Array(4), 2048)), headerOf(1))
    expect([pulls, differing, streams[0]!.foreign]).toEqual([30, 0, true])
  })

  it("with a state that is not what was saved is not believed", () => {
    expect(String(attempt(withState(12345)).error)).toMatch(/not what was saved/)
  })
})

describe("any bytes", () => {
  const isFine = (error: unknown): boolean => error === undefined || error instanceof ResourceError

  it("that were changed here and there give an end and at most a clear error", () => {
    const random = createRandom(7)
    for (let run = 0; run < 150; run++) {
      const bytes = whole.slice()
      for (let i = 0; i < 1 + random() * 6; i++) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256)
      const { error } = attempt(bytes)
      if (!isFine(error)) throw error
    }
  })

  it("whose heads and numbers were changed too", () => {
    const random = createRandom(8)
    for (let run = 0; run < 250; run++) {
      const bytes = whole.slice()
      const view = new DataView(bytes.buffer)
      const { at, body } = all[Math.floor(random() * all.length)]!
      const place = at + 4 * Math.floor(random() * Math.min(14, (8 + body.byteLength) / 4))
      view.setInt32(place, random() < 0.5 ? Math.floor((random() - 0.5) * 2 ** 32) : Math.floor(random() * 40) - 4, true)
      const { error } = attempt(bytes)
      if (!isFine(error)) throw error
    }
  })

  it("that are noise behind a header", () => {
    const random = createRandom(9)
    for (let run = 0; run < 200; run++) {
      const noise = Uint8Array.from({ length: 4000 }, () => Math.floor(random() * 256))
      const view = new DataView(noise.buffer)
      for (let at = 0; at + 8 < noise.length; at += 8 * (2 + Math.floor(random() * 12))) {
        view.setInt32(at, 8 * (1 + Math.floor(random() * 12)), true)
        view.setInt32(at + 4, tagOf(Math.floor(random() * 17), 0, 0), true)
      }
      const { error } = attempt(joined(encodeHeader(headerOf(1)), noise))
      if (!isFine(error)) throw error
    }
  })
})
