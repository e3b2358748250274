/** A buffer's state, saved at any moment, goes on in another buffer bit by bit. */
import { getHeapStatistics } from "node:v8"
import { describe, expect, it } from "vitest"
import { modelNamed } from "../../../bench/jitter/models/models.ts"
import { makeTrace } from "../../../bench/jitter/network.ts"
import { ARENA_BASE_BYTES } from "../../../src/runtime/dsp/dsp.ts"
import { DELAY_CURVE_BYTES } from "../../../src/runtime/jitter/delay-curve.ts"
import type { JitterBuffer, JitterDelay } from "../../../src/runtime/jitter/jitter-buffer.ts"
import { JitterStats } from "../../../src/runtime/jitter/jitter-stats.ts"
import { STORE_FRAMES, type PayloadLayout } from "../../../src/runtime/jitter/sample-store.ts"
import { createStateLoader, createStateSaver, measureState, type StateIo } from "../../../src/runtime/jitter/state-io.ts"
import { createRandom } from "../dsp/kernels.ts"
import { BLOCK, createRig, numbered, RATE_HZ, steady, tone, type Block, type Packet, type Rig, type Signal } from "./rig.ts"

const FIELDS = Object.keys(JitterStats) as (keyof typeof JitterStats)[]
/** Pulls that are compared after a state was loaded. */
const COMPARED = 2 * 375

interface Scenario {
  readonly name: string
  readonly policy: JitterDelay
  readonly layout: PayloadLayout
  readonly signal: Signal
  readonly packets: readonly Packet[]
  readonly pulls: number
  /** Pulls before which it is saved, beside those that are chosen by what goes on. */
  readonly moments?: readonly number[]
  /** What is done before which pull. */
  readonly actions?: Readonly<Record<number, (buffer: JitterBuffer) => void>>
}

/** Everything that a pull shows, as bytes. */
const showBlock = (rig: Rig, { flags, left, right, captureUs, waitedUs, segments }: Block): Buffer => {
  const numbers = [flags, captureUs, waitedUs, ...segments.flatMap(({ kind, from, media, output }) => [kind.length, from, media, output]), ...FIELDS.map(rig.stat)]
  return Buffer.concat([Buffer.from(left.buffer), Buffer.from(right.buffer), Buffer.from(Float64Array.from(numbers).buffer)])
}

const CURVE_EVERY = 250
/** What others read of the curve of delays. */
const showCurve = ({ memory }: Rig): Buffer => Buffer.from(new Uint8Array(memory.buffer, ARENA_BASE_BYTES, DELAY_CURVE_BYTES).slice())

const show = (rig: Rig, block: Block, pull: number): Buffer =>
  pull % CURVE_EVERY === 0 ? Buffer.concat([showBlock(rig, block), showCurve(rig)]) : showBlock(rig, block)

/** Runs pulls `from` to `to`, telling of each. */
const run = ({ packets, actions }: Scenario, rig: Rig, from: number, to: number, tell: (pull: number, block: Block) => void): void => {
  let next = packets.findIndex(({ at }) => at > (from - 1) * BLOCK)
  if (next < 0) next = packets.length
  for (let pull = from; pull < to; pull++) {
    for (let packet = packets[next]; packet !== undefined && packet.at <= pull * BLOCK; packet = packets[++next]) rig.insert(packet)
    actions?.[pull]?.(rig.buffer)
    tell(pull, rig.pull(pull * BLOCK))
  }
}

const createFor = ({ policy, layout, signal }: Scenario): Rig => createRig({ policy, layout, signal })

const MERGE_FRAMES = 96
/** What a buffer is in the midst of between two pulls; names of what the two blocks have in common. */
const between = (before: Block, after: Block): string => {
  const last = before.segments.at(-1)!
  const first = after.segments[0]!
  if (before.segments.some(({ kind }) => kind === "jump")) return "leap"
  if (last.kind === "conceal" && first.kind === "conceal") return after.segments.length > 1 ? "bridge" : "gap"
  if (last.kind === first.kind && last.kind !== "play") return last.kind
  const filled = before.segments.findLastIndex(({ kind }) => kind === "conceal" || kind === "hold")
  const since = before.segments.slice(filled + 1).reduce((sum, { output }) => sum + output, 0)
  if (filled >= 0 && since < MERGE_FRAMES) return "merge"
  return Number.isInteger(last.from) && last.media === last.output ? "play" : "bent"
}

const PER_KIND = 2

const trace = (model: string, packetFrames: number, seconds: number, seed = 1): Pick<Scenario, "packets" | "pulls"> => {
  const { deliveries, endUs } = makeTrace(modelNamed(model), packetFrames, seed, seconds)
  const frames = (us: number): number => (us * RATE_HZ) / 1e6
  return {
    packets: deliveries.map(({ packet, arrivalUs }) =>
      ({ at: frames(arrivalUs), frame: packet.mediaIndex, frames: packetFrames, timestamp: packet.rtpTimestamp | 0 })),
    pulls: Math.floor(frames(endUs) / BLOCK),
  }
}

const mono16 = { bytesPerSample: 2, channelCount: 1 } as const
const stereo24 = { bytesPerSample: 3, channelCount: 2 } as const
const mono24 = { bytesPerSample: 3, channelCount: 1 } as const
const song = tone(330)
const SECOND = 375

/** After ten seconds everything takes 50 ms longer, after twenty the sender's timestamps stand still for a second. */
const moved = (): Pick<Scenario, "packets" | "pulls" | "moments"> => ({
  packets: steady(6000, 240).map((packet) => {
    const later = packet.at >= 10 * RATE_HZ ? 2400 : 0
    return packet.at < 20 * RATE_HZ ? { ...packet, at: packet.at + later } : { ...packet, at: packet.at + later + RATE_HZ }
  }),
  pulls: 24 * SECOND,
  // While all that comes is late, before it is decided what that means.
  moments: [10.1, 10.15, 10.2, 10.25, 21.07, 21.09, 21.1].map((second) => Math.floor(second * SECOND)),
})

/** Packets whose length changes thrice; the grid of all lengths counts for the first two hundred of each. */
const changing = (): Pick<Scenario, "packets" | "pulls" | "moments"> => {
  const random = createRandom(8)
  const late = (packets: readonly Packet[]): Packet[] => packets.map((packet) => ({ ...packet, at: packet.at + 60 * random() }))
  return {
    packets: [...late(steady(800, 240)), ...late(steady(480, 100, 192_000)), ...late(steady(600, 128, 240_000)), ...late(steady(800, 240, 316_800))],
    pulls: 10 * SECOND,
    moments: [4.1, 4.3, 4.9, 5.1, 5.3, 5.5, 6].map((second) => Math.floor(second * SECOND)),
  }
}

const scenarios: readonly Scenario[] = [
  {
    name: "everything at once, steady, then safe", policy: "steady", layout: stereo24, signal: song, ...trace("all", 240, 22),
    actions: { [18 * SECOND]: (buffer) => buffer.setPolicy("safe") },
  },
  { name: "bad Wi-Fi, tight", policy: "tight", layout: mono16, signal: song, ...trace("wifi-bad", 128, 8) },
  { name: "bad Wi-Fi, safe, long packets", policy: "safe", layout: stereo24, signal: numbered, ...trace("wifi-bad", 480, 8) },
  { name: "bursts of loss, a kept delay", policy: { delayMs: 15 }, layout: mono24, signal: song, ...trace("ge-loss", 480, 8) },
  { name: "bursts of loss, a kept delay, what does not repeat", policy: { delayMs: 15 }, layout: stereo24, signal: numbered, ...trace("ge-loss", 240, 8) },
  { name: "reorder and duplicates", policy: "steady", layout: mono16, signal: song, ...trace("reorder-dup", 120, 8) },
  { name: "a fast clock", policy: "steady", layout: stereo24, signal: song, ...trace("drift+300", 240, 24) },
  { name: "a slow clock, a kept delay", policy: { delayMs: 10 }, layout: mono24, signal: song, ...trace("drift-300", 128, 24) },
  { name: "pauses", policy: "steady", layout: mono24, signal: song, ...trace("pause-resume", 240, 14) },
  { name: "multicast while a station dozes", policy: "steady", layout: mono24, signal: song, ...trace("mcast-dtim", 240, 10) },
  {
    name: "settings that change", policy: "tight", layout: mono24, signal: song, ...trace("wifi-good", 240, 14),
    actions: {
      [3 * SECOND]: (buffer) => buffer.setDelay(60), [5 * SECOND]: (buffer) => buffer.setPolicy("steady"),
      [7 * SECOND]: (buffer) => buffer.setPolicy("safe", 30, 80), [9 * SECOND]: (buffer) => buffer.skip(7),
      [10 * SECOND]: (buffer) => buffer.setDelay(5), [12 * SECOND]: (buffer) => buffer.reset(),
    },
  },
  { name: "packets of changing length", policy: "steady", layout: mono24, signal: song, ...changing() },
  { name: "packets of changing length, a kept delay", policy: { delayMs: 7 }, layout: mono16, signal: numbered, ...changing() },
  { name: "a path that moves, timestamps that stand still", policy: { delayMs: 5 }, layout: mono24, signal: song, ...moved() },
  {
    name: "delays that change", policy: { delayMs: 10 }, layout: stereo24, signal: song, ...trace("wifi-good", 240, 10),
    actions: Object.fromEntries([2, 3, 4, 5, 6, 7].map((second) => [second * SECOND, (buffer: JitterBuffer) => buffer.setDelay(second % 2 === 0 ? 90 : 20)])),
  },
]

const saveOf = ({ buffer }: Rig): Uint8Array => {
  const bytes = new Uint8Array(measureState(buffer))
  const saver = createStateSaver(bytes)
  saver.begin()
  buffer.state(saver)
  expect([saver.bytes(), saver.overflowed()]).toEqual([bytes.length, false])
  return bytes
}

const load = (rig: Rig, bytes: Uint8Array): boolean => {
  const loader = createStateLoader(bytes)
  loader.begin()
  rig.buffer.state(loader)
  return !loader.faulty()
}

/** What all scenarios together have been in the midst of when they were saved. */
const seen = new Map<string, number>()

describe("a state goes on as if nothing had been", () => {
  it.each(scenarios)("$name", (scenario) => {
    const { pulls } = scenario
    const shown: Buffer[] = []
    const moments = new Map<number, string>()
    const rig = createFor(scenario)
    const kinds = new Map<string, number>()
    let before: Block | undefined
    run(scenario, rig, 0, pulls, (pull, block) => {
      shown.push(show(rig, block, pull))
      const kind = before === undefined ? "beginning" : between(before, block)
      before = block
      const many = kinds.get(kind) ?? 0
      kinds.set(kind, many + 1)
      // The first of a kind, and a few of the later ones.
      const chosen = many < PER_KIND || many === 150 || pull % (8 * SECOND) === 77 || scenario.moments?.includes(pull) === true
      if (chosen && pull < pulls - COMPARED) moments.set(pull, kind)
    })
    const again = createFor(scenario)
    const states: (readonly [number, Uint8Array])[] = []
    if (moments.has(0)) states.push([0, saveOf(again)])
    run(scenario, again, 0, pulls, (pull, block) => {
      if (!show(again, block, pull).equals(shown[pull]!)) expect.fail(`pull ${pull} is not what it was`)
      if (moments.has(pull + 1)) states.push([pull + 1, saveOf(again)])
    })
    expect(states.length).toBe(moments.size)
    // The first finds a new buffer, the others one that has other things in mind: what comes later.
    const other = createFor(scenario)
    for (const [from, bytes] of states.toReversed()) {
      expect(load(other, bytes)).toBe(true)
      run(scenario, other, from, from + COMPARED, (pull, block) => {
        if (!show(other, block, pull).equals(shown[pull]!)) expect.fail(`saved before pull ${from} (${moments.get(from)!}): pull ${pull} is another`)
      })
      const kind = moments.get(from)!
      seen.set(kind, (seen.get(kind) ?? 0) + 1)
    }
  }, 60_000)

  it("was tried in a gap, a hold, a fade after a jump, a return, at rest, while bent and while not", () => {
    for (const kind of ["beginning", "gap", "bridge", "hold", "leap", "merge", "silence", "bent", "play"]) expect(seen.get(kind), kind).toBeGreaterThan(2)
  })
})

describe("what is no state of this buffer", () => {
  const scenario = scenarios[0]!
  const saved = (): Uint8Array => {
    const rig = createFor(scenario)
    run(scenario, rig, 0, 3 * SECOND, () => {})
    return saveOf(rig)
  }
  const state = saved()

  it.each([0, 7, 8, 16, 1000, 40_000, state.length - 8, state.length - 1])("is refused when cut off after %i bytes", (length) => {
    expect(load(createFor(scenario), state.subarray(0, length))).toBe(false)
  })

  it("is refused when it is something else", () => {
    const random = createRandom(3)
    expect(load(createFor(scenario), new Uint8Array(state.length))).toBe(false)
    expect(load(createFor(scenario), Uint8Array.from(state, () => Math.floor(random() * 256)))).toBe(false)
  })

  it("is refused where an entry is of another kind, another length, another rate", () => {
    const heads = Int32Array.from(new Int32Array(state.buffer))
    for (const [at, value] of [[0, 0], [2, 2], [3, 44_100], [5, 64], [14, 21], [15, STORE_FRAMES / 2]] as const) {
      const changed = heads.slice()
      expect(changed[at]).not.toBe(value)
      changed[at] = value
      expect(load(createFor(scenario), new Uint8Array(changed.buffer)), `word ${at}`).toBe(false)
    }
  })

  it("is told of before anything begins", () => {
    expect(createStateLoader(state).faulty()).toBe(true)
  })

  it("may stand anywhere in its bytes, and end before them", () => {
    const shifted = new Uint8Array(state.length + 20)
    shifted.set(state, 3)
    expect(load(createFor(scenario), shifted.subarray(3))).toBe(true)
  })
})

describe("saving", () => {
  it("says when there is no room, and writes nothing beyond", () => {
    const rig = createRig({ policy: "steady" })
    const size = measureState(rig.buffer)
    const bytes = new Uint8Array(size + 64).fill(0xa5)
    for (const room of [0, 8, 100, size - 8]) {
      const saver = createStateSaver(bytes.subarray(0, room))
      saver.begin()
      rig.buffer.state(saver)
      expect([saver.overflowed(), saver.bytes()]).toEqual([true, size])
      expect(bytes.subarray(room).every((byte) => byte === 0xa5)).toBe(true)
    }
  })

  it("takes as many bytes at any time", () => {
    const rig = createFor(scenarios[0]!)
    const size = measureState(rig.buffer)
    run(scenarios[0]!, rig, 0, 2 * SECOND, (pull) => { if (pull % 100 === 0) expect(measureState(rig.buffer)).toBe(size) })
    expect(size).toBeLessThan(600_000)
  })

  it("leaves nothing on the heap", () => {
    const rig = createFor(scenarios[0]!)
    run(scenarios[0]!, rig, 0, SECOND, () => {})
    const saver = createStateSaver(new Uint8Array(measureState(rig.buffer)))
    const save = (count: number): void => {
      for (let i = 0; i < count; i++) {
        saver.begin()
        rig.buffer.state(saver)
      }
    }
    save(500)
    // In parts, of which the middle one counts: a part in which somebody else's garbage was collected says nothing.
    const grown = Float64Array.from({ length: 15 }, () => {
      const before = getHeapStatistics().used_heap_size
      save(50)
      return getHeapStatistics().used_heap_size - before
    }).sort()
    expect(grown[7]! / 50).toBeLessThan(64)
  })
})

describe("the parts of a state", () => {
  const numbers = { f64: Float64Array.of(NaN, -0, 1e300), f32: Float32Array.of(NaN, -1.5), i32: Int32Array.of(-1, 2 ** 31 - 1, 7), u8: Uint8Array.of(1, 2, 3, 255, 0) }
  const copy = () => ({ f64: new Float64Array(3), f32: new Float32Array(2), i32: new Int32Array(3), u8: new Uint8Array(5) })
  const bytes = new Uint8Array(160)
  const saver = createStateSaver(bytes)
  saver.begin()
  saver.int(-5)
  saver.flag(true)
  for (const values of Object.values(numbers)) saver.cells(values)
  saver.same(7)

  it("come back as they were", () => {
    const loader = createStateLoader(bytes)
    loader.begin()
    const back = copy()
    expect([loader.int(0), loader.flag(false)]).toEqual([-5, true])
    for (const values of Object.values(back)) loader.cells(values)
    loader.same(7)
    expect(loader.faulty()).toBe(false)
    expect(back).toEqual(numbers)
  })

  it.each([
    ["a number where a flag was", (io: StateIo) => void io.int(io.flag(false) ? 1 : 0)],
    ["another kind of array", (io: StateIo) => { io.int(0); io.flag(false); io.cells(new Float32Array(3)) }],
    ["another length", (io: StateIo) => { io.int(0); io.flag(false); io.cells(new Float64Array(2)) }],
    ["another number that should be the same", (io: StateIo) => { io.int(0); io.flag(false); Object.values(copy()).forEach((values) => io.cells(values)); io.same(8) }],
    ["more than was saved", (io: StateIo) => { io.int(0); io.flag(false); Object.values(copy()).forEach((values) => io.cells(values)); io.same(7); io.int(0); io.int(0) }],
  ])("are refused as %s, and nothing changes from there on", (_, read) => {
    const loader = createStateLoader(bytes.subarray(0, saver.bytes()))
    loader.begin()
    read(loader)
    expect(loader.faulty()).toBe(true)
    const untouched = copy()
    expect([loader.int(12), loader.flag(false), loader.flag(true)]).toEqual([12, false, true])
    for (const values of Object.values(untouched)) loader.cells(values)
    expect(untouched).toEqual(copy())
    loader.begin()
    expect([loader.faulty(), loader.int(0)]).toEqual([false, -5])
  })
})
