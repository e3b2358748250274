import { once } from "node:events"
import { Worker } from "node:worker_threads"
import { beforeAll, describe, expect, it } from "vitest"
import { MIX_ROW_BYTES } from "../../../src/runtime/dsp/dsp.ts"
import type { Dsp } from "../../../src/runtime/dsp/dsp.ts"
import { address, buildModule, createRandom, fillSamples, firstDifference, frameCounts, twinSide, wasmSide } from "./kernels.ts"
import type { Side } from "./kernels.ts"

let module: WebAssembly.Module
beforeAll(async () => { module = await buildModule() })

const pairOf = (prepare: (side: Side, random: () => number) => void, seed: number): [Side, Side] => {
  const pair: [Side, Side] = [wasmSide(module), twinSide()]
  for (const side of pair) prepare(side, createRandom(seed))
  return pair
}

const writeRow = (side: Side, rows: number, index: number, row: readonly [number, number, number, number, number, number]): void => {
  const at = (rows + index * MIX_ROW_BYTES) / 4
  side.i32.set(row.slice(0, 2), at)
  side.f32.set(row.slice(2), at + 2)
}

const rows = address(10)
const outL = address(11)
const outR = address(12)

describe("kernels and their twins are equal bit by bit", () => {
  it.each(frameCounts)("clear, copy, gain, crossfade, overlapAdd of %i frames", (frames) => {
    for (const wild of [false, true]) {
      const pair = pairOf((side, random) => { fillSamples(side.f32, address(0) / 4, 8 * 4096, random, wild) }, frames + 1)
      for (const { dsp } of pair) {
        dsp.clear(address(0), frames)
        dsp.copy(address(1), address(2), frames)
        dsp.copy(address(2) + 20, address(2), frames)
        dsp.gain(address(3), address(4), frames, 0.3, -1.7)
        dsp.gain(address(4), address(4), frames, 0.1, 0.1)
        dsp.crossfade(address(5), address(1), address(2), frames, 0, 1)
        dsp.crossfade(address(6), address(1), address(2), frames, 0.25, 0.25)
        dsp.crossfade(address(1), address(1), address(2), frames, 1, 1)
        dsp.overlapAdd(address(7), address(3), address(4), frames)
        dsp.overlapAdd(address(7) + 4, address(3) + 8, address(4) + 12, frames)
      }
      expect(firstDifference(...pair)).toBeUndefined()
    }
  })

  it.each(frameCounts)("mix of 9 rows, %i frames", (frames) => {
    for (const wild of [false, true]) {
      const pair = pairOf((side, random) => {
        fillSamples(side.f32, address(0) / 4, 14 * 4096, random, wild)
        for (let i = 0; i < 9; i++) {
          const isMono = i % 2 === 0
          const gain = (): number => (i === 4 ? 0 : random() * 2 - 1)
          const left = gain()
          const right = gain()
          // Steady on both sides, on one, on none; each with a mono and a stereo row.
          const gains = [left, [0, 1, 3, 6].includes(i) ? left : gain(), right, [0, 1, 5, 8].includes(i) ? right : gain()] as const
          writeRow(side, rows, i, [address(i), address(isMono ? i : i + 1), ...gains])
        }
      }, frames + 2)
      for (const { dsp } of pair) dsp.mix(rows, 9, outL, outR, frames)
      expect(firstDifference(...pair)).toBeUndefined()
    }
  })
})

describe("mix", () => {
  it("adds a row of gain 1 bit-exactly", () => {
    const [side] = pairOf(({ f32 }, random) => { fillSamples(f32, address(0) / 4, 128, random) }, 5)
    writeRow(side, rows, 0, [address(0), address(0), 1, 1, 1, 1])
    side.dsp.mix(rows, 1, outL, outR, 128)
    const source = side.f32.slice(address(0) / 4, address(0) / 4 + 128)
    expect(side.f32.slice(outL / 4, outL / 4 + 128)).toEqual(source)
    expect(side.f32.slice(outR / 4, outR / 4 + 128)).toEqual(source)
  })

  it("does not read a row whose gains are all 0, even of NaN", () => {
    const [side] = pairOf(({ f32 }) => { f32.fill(NaN, address(0) / 4, address(0) / 4 + 128) }, 5)
    writeRow(side, rows, 0, [address(0), address(0), 0, -0, 0, 0])
    side.dsp.mix(rows, 1, outL, outR, 128)
    expect(side.f32.slice(outL / 4, outL / 4 + 128).every((value) => value === 0)).toBe(true)
  })

  it("keeps what is in the bus and leaves what lies beyond it", () => {
    const [side] = pairOf(({ f32 }) => { f32.fill(0.25, outL / 4, outL / 4 + 200); f32.fill(0.5, address(0) / 4, address(1) / 4) }, 5)
    writeRow(side, rows, 0, [address(0), address(0), 0.5, 0.5, 1, 1])
    side.dsp.mix(rows, 1, outL, outR, 99)
    expect(side.f32[outL / 4 + 98]).toBe(0.5)
    expect(side.f32[outL / 4 + 99]).toBe(0.25)
    expect(side.f32[outR / 4 + 99]).toBe(0)
  })

  it("joins ramps of consecutive blocks without a step", () => {
    const [side] = pairOf(({ f32 }) => { f32.fill(1, address(0) / 4, address(1) / 4) }, 5)
    writeRow(side, rows, 0, [address(0), address(0), 0, 1, 1, 0])
    side.dsp.mix(rows, 1, outL, outR, 128)
    writeRow(side, rows, 0, [address(0), address(0), 1, 1, 0, 0])
    side.dsp.mix(rows, 1, outL + 512, outR + 512, 128)
    const steps = Array.from({ length: 128 }, (_, i) => side.f32[outL / 4 + i + 1]! - side.f32[outL / 4 + i]!)
    expect(Math.min(...steps)).toBe(1 / 128)
    expect(Math.max(...steps)).toBe(1 / 128)
  })
})

describe("crossfade", () => {
  it("hears nothing of a broken side at a steady end", () => {
    const [side] = pairOf(({ f32 }) => { f32.fill(NaN, address(1) / 4, address(2) / 4); f32.fill(0.5, address(0) / 4, address(1) / 4) }, 5)
    side.dsp.crossfade(address(3), address(0), address(1), 128, 0, 0)
    side.dsp.crossfade(address(4), address(1), address(0), 128, 1, 1)
    expect(side.f32[address(3) / 4 + 127]).toBe(0.5)
    expect(side.f32[address(4) / 4 + 127]).toBe(0.5)
  })
})

describe("meter", () => {
  it.each(frameCounts)("tells the same of %i frames as its twin", (frames) => {
    for (const wild of [false, true]) {
      const pair = pairOf(({ f32 }, random) => {
        fillSamples(f32, address(0) / 4, frames, random, wild)
        for (let i = 0; i < frames; i++) if (Math.abs(f32[address(0) / 4 + i]!) > 1e30) f32[address(0) / 4 + i] = Infinity
      }, frames + 3)
      for (const { dsp } of pair) dsp.meter(address(0), frames, address(1))
      const at = address(1) / 4
      expect(pair[0].f32[at]).toBe(pair[1].f32[at])
      expect(Math.abs(pair[0].f32[at + 1]! - pair[1].f32[at + 1]!)).toBeLessThanOrEqual(1e-6 * pair[1].f32[at + 1]!)
      expect(pair[0].i32[at + 2]).toBe(pair[1].i32[at + 2])
    }
  })

  it("counts NaN and infinities apart from the level", () => {
    const side = wasmSide(module)
    side.f32.set([0.5, NaN, -0.75, Infinity, 0, -Infinity, 0.25, 0, NaN], address(0) / 4)
    side.f32[address(1) / 4 + 3] = 42
    side.dsp.meter(address(0), 9, address(1))
    expect(Array.from(side.f32.subarray(address(1) / 4, address(1) / 4 + 2))).toEqual([0.75, 0.875])
    expect(side.i32[address(1) / 4 + 2]).toBe(4)
    expect(side.f32[address(1) / 4 + 3]).toBe(42)
  })
})

describe("correlation", () => {
  it.each(frameCounts)("dot and correlate over %i frames come close to their twins", (frames) => {
    const pair = pairOf(({ f32 }, random) => { fillSamples(f32, address(0) / 4, 2 * 4096, random) }, frames + 4)
    const [wasm, twin] = pair
    expect(Math.abs(wasm.dsp.dot(address(0), address(1), frames) - twin.dsp.dot(address(0), address(1), frames))).toBeLessThan(1e-4)
    for (const { dsp } of pair) dsp.correlate(address(0), address(1), frames, 37, address(2))
    for (let lag = 0; lag < 37; lag++) {
      expect(wasm.f32[address(2) / 4 + lag]).toBeCloseTo(twin.f32[address(2) / 4 + lag]!, 5)
    }
  })

  it("finds where a template stands, as 1, and gives 0 for silence", () => {
    const side = wasmSide(module)
    fillSamples(side.f32, address(0) / 4, 100, createRandom(9))
    for (let i = 0; i < 100; i++) side.f32[address(1) / 4 + 23 + i] = side.f32[address(0) / 4 + i]! * 1e-4
    side.dsp.correlate(address(0), address(1), 100, 200, address(2))
    const found = Array.from(side.f32.subarray(address(2) / 4, address(2) / 4 + 200))
    expect(found.indexOf(Math.max(...found))).toBe(23)
    expect(found[23]).toBeCloseTo(1, 6)
    expect(found[199]).toBe(0)
  })
})

describe("several instances over one memory", () => {
  it("leave the memory as it is when they start, and do not disturb each other", () => {
    const first = wasmSide(module)
    const random = createRandom(7)
    for (let i = 0; i < first.u8.length; i++) first.u8[i] = Math.floor(random() * 256)
    const before = first.u8.slice()
    const second = wasmSide(module, first.memory)
    expect(Buffer.compare(Buffer.from(first.memory.buffer), Buffer.from(before.buffer))).toBe(0)

    fillSamples(first.f32, address(0) / 4, 4096, random)
    first.i32[address(5) / 4] = first.i32[address(6) / 4] = 77
    for (let round = 0; round < 20; round++) {
      first.dsp.planarToS16be(address(0), 512, address(1), 128, 2, address(5))
      second.dsp.planarToS16be(address(0), 512, address(2), 128, 2, address(6))
    }
    expect(first.u8.slice(address(1), address(1) + 512)).toEqual(first.u8.slice(address(2), address(2) + 512))
    expect(first.i32[address(5) / 4]).toBe(first.i32[address(6) / 4])
  })

  it("work at the same time in two threads", async () => {
    const side = wasmSide(module)
    fillSamples(side.f32, address(0) / 4, 4096, createRandom(8))
    for (let i = 0; i < 3; i++) side.i32[address(20 + i) / 4] = 5
    const run = (dsp: Dsp, [source, packed, planes, sum, seed]: readonly [number, number, number, number, number]): void => {
      for (let round = 0; round < 3000; round++) {
        dsp.planarToS16be(source, 512, packed, 128, 2, seed)
        dsp.s16beToPlanar(packed, planes, 512, 128, 2)
        dsp.crossfade(sum, sum, planes, 256, 0.2, 0.4)
      }
    }
    const placesOf = (first: number, seed: number) =>
      [address(0), address(first), address(first + 1), address(first + 2), address(seed)] as const
    const worker = new Worker(
      `const { workerData, parentPort } = require("node:worker_threads")
       const dsp = new WebAssembly.Instance(workerData.module, { env: { memory: workerData.memory } }).exports
       const run = ${run.toString()}
       run(dsp, workerData.places)
       parentPort.postMessage("done")`,
      { eval: true, workerData: { module, memory: side.memory, places: placesOf(3, 20) } },
    )
    const done = once(worker, "message")
    await once(worker, "online")
    run(side.dsp, placesOf(6, 21))
    await done
    run(side.dsp, placesOf(9, 22))
    for (const other of [3, 6]) {
      for (const i of [0, 1, 2]) {
        expect(side.u8.slice(address(other + i), address(other + i + 1))).toEqual(side.u8.slice(address(9 + i), address(10 + i)))
      }
    }
    await worker.terminate()
  })
})
