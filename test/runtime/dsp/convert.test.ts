import { beforeAll, describe, expect, it } from "vitest"
import { address, buildModule, createRandom, fillSamples, firstDifference, frameCounts, twinSide, wasmSide } from "./kernels.ts"
import type { Side } from "./kernels.ts"

let module: WebAssembly.Module
beforeAll(async () => { module = await buildModule() })

const toPlanar = ["s16beToPlanar", "s24beToPlanar", "s16leToPlanar", "s24leToPlanar", "s32leToPlanar", "f32leToPlanar"] as const
const fromPlanar = ["planarToS16be", "planarToS16le", "planarToS24be", "planarToS24le", "planarToF32le"] as const
const stride = 4096

describe("conversions and their twins are equal bit by bit", () => {
  it.each(toPlanar)("%s, 1 to 3 channels, at any byte", (name) => {
    const pair: [Side, Side] = [wasmSide(module), twinSide()]
    for (const { u8 } of pair) {
      const random = createRandom(1)
      for (let i = 0; i < 16384; i++) u8[address(0) + i] = Math.floor(random() * 256)
    }
    for (const channels of [1, 2, 3]) {
      for (const frames of frameCounts) {
        for (const { dsp } of pair) dsp[name](address(0) + (frames % 5), address(1 + channels), stride, frames, channels)
        expect(firstDifference(...pair)).toBeUndefined()
      }
    }
  })

  it.each(fromPlanar)("%s, 1 to 3 channels, at any byte, dithered or not", (name) => {
    for (const wild of [false, true]) {
      const pair: [Side, Side] = [wasmSide(module), twinSide()]
      for (const { f32, i32 } of pair) {
        fillSamples(f32, address(0) / 4, 4096, createRandom(2), wild)
        i32[address(8) / 4] = 12345
      }
      for (const channels of [1, 2, 3]) {
        for (const frames of frameCounts) {
          for (const { dsp } of pair) {
            dsp[name](address(0), stride, address(1 + channels) + (frames % 5), frames, channels, 0)
            dsp[name](address(0), stride, address(5 + channels) + 8192 + (frames % 5), frames, channels, address(8))
          }
          expect(firstDifference(...pair)).toBeUndefined()
        }
      }
    }
  })

  it("reads and writes nothing beyond the last sample, at the very end of the memory", () => {
    const side = wasmSide(module)
    const end = side.u8.length
    const bytes = { s16beToPlanar: 2, s24beToPlanar: 3, s16leToPlanar: 2, s24leToPlanar: 3, s32leToPlanar: 4, f32leToPlanar: 4 }
    for (const frames of frameCounts) {
      for (const channels of [1, 2, 3]) {
        for (const name of toPlanar) side.dsp[name](end - frames * channels * bytes[name], address(0), stride, frames, channels)
        side.dsp.planarToS16be(address(0), stride, end - frames * channels * 2, frames, channels, 0)
        side.dsp.planarToS24be(address(0), stride, end - frames * channels * 3, frames, channels)
        side.dsp.planarToF32le(address(0), stride, end - frames * channels * 4, frames, channels)
        side.dsp.mix(address(0), 0, end - frames * 4, end - frames * 4, frames)
      }
    }
  })
})

describe.each([["wasm", () => wasmSide(module)], ["twin", () => twinSide()]] as const)("conversions exactly (%s)", (_, createSide) => {
  it("take all 65536 values of 16 bits there and back, in network order", () => {
    const { dsp, u8, f32 } = createSide()
    const view = new DataView(u8.buffer)
    for (let i = 0; i < 65536; i++) view.setInt16(address(0) + i * 2, i - 32768)
    dsp.s16beToPlanar(address(0), address(20), 131072, 32768, 2)
    expect(f32[address(20) / 4]).toBe(-1)
    expect(f32[address(20) / 4 + 16384]).toBe(0)
    expect(f32[(address(20) + 131072) / 4 + 32767]).toBe(32767 / 32768)
    u8[address(55)] = 1
    dsp.planarToS16be(address(20), 131072, address(40), 32768, 2, address(55))
    expect(Buffer.compare(u8.slice(address(0), address(8)), u8.slice(address(40), address(48)))).toBe(0)
    expect(u8[address(55)]).toBe(1)
  })

  it("take 24-bit values there and back, in both orders", () => {
    const { dsp, u8 } = createSide()
    const random = createRandom(3)
    for (let i = 0; i < 12288; i++) u8[address(0) + i] = Math.floor(random() * 256)
    u8.set([0x80, 0, 0, 0x7f, 0xff, 0xff, 0, 0, 0, 0xff, 0xff, 0xff, 0, 0, 1, 0xff, 0xff, 0x80], address(0))
    for (const [channels, frames] of [[1, 4095], [2, 2047], [3, 1365]] as const) {
      dsp.s24beToPlanar(address(0), address(2), 16384, frames, channels)
      dsp.planarToS24be(address(2), 16384, address(6), frames, channels)
      expect(u8.slice(address(6), address(6) + frames * channels * 3)).toEqual(u8.slice(address(0), address(0) + frames * channels * 3))
      dsp.s24leToPlanar(address(0), address(2), 16384, frames, channels)
      dsp.planarToS24le(address(2), 16384, address(6), frames, channels)
      expect(u8.slice(address(6), address(6) + frames * channels * 3)).toEqual(u8.slice(address(0), address(0) + frames * channels * 3))
    }
  })

  it("clamp to full scale, round to nearest, take NaN for 0", () => {
    const { dsp, u8, f32 } = createSide()
    const view = new DataView(u8.buffer)
    const input = [1, 1.5, Infinity, -1, -1.5, -Infinity, NaN, 0.6 / 32768, 0.4 / 32768, -0.6 / 32768, 0.5 / 32768, 1.5 / 32768, 32767.4 / 32768]
    f32.set(input, address(0) / 4)
    dsp.planarToS16be(address(0), 0, address(1), input.length, 1, 0)
    expect(input.map((_value, i) => view.getInt16(address(1) + i * 2))).toEqual(
      [32767, 32767, 32767, -32768, -32768, -32768, 0, 1, 0, -1, 0, 2, 32767],
    )
    dsp.planarToS24be(address(0), 0, address(1), 7, 1)
    expect(Array.from(u8.subarray(address(1), address(1) + 21))).toEqual(
      [0x7f, 0xff, 0xff, 0x7f, 0xff, 0xff, 0x7f, 0xff, 0xff, 0x80, 0, 0, 0x80, 0, 0, 0x80, 0, 0, 0, 0, 0],
    )
  })

  it("s32 and f32 have their scale and place", () => {
    const { dsp, i32, f32 } = createSide()
    i32.set([-2147483648, 1073741824, 0, 2147483647], address(0) / 4)
    dsp.s32leToPlanar(address(0), address(1), stride, 2, 2)
    expect([f32[address(1) / 4], f32[address(1) / 4 + 1]]).toEqual([-1, 0])
    expect([f32[(address(1) + stride) / 4], f32[(address(1) + stride) / 4 + 1]]).toEqual([0.5, 1])
    f32.set([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], address(0) / 4)
    dsp.f32leToPlanar(address(0), address(1), stride, 5, 2)
    expect(Array.from(f32.subarray(address(1) / 4, address(1) / 4 + 5))).toEqual([1, 3, 5, 7, 9])
    dsp.planarToF32le(address(1), stride, address(2), 5, 2)
    expect(Array.from(f32.subarray(address(2) / 4, address(2) / 4 + 10))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })
})

describe("dither", () => {
  it("keeps a level below one step, in noise of the size that triangular dither has", () => {
    const { dsp, u8, f32, i32 } = wasmSide(module)
    const view = new DataView(u8.buffer)
    const count = 65536
    const level = 0.3 / 32768
    f32.fill(level, address(0) / 4, address(0) / 4 + count)
    i32[address(60) / 4] = 0
    dsp.planarToS16be(address(0), 0, address(30), count, 1, address(60))
    expect(i32[address(60) / 4]).not.toBe(0)
    const seen = Array.from({ length: count }, (_, i) => view.getInt16(address(30) + i * 2))
    const mean = seen.reduce((sum, value) => sum + value, 0) / count
    const variance = seen.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count
    // Triangular dither makes the whole error, rounding included, 1/4 of a step squared, whatever the signal.
    expect(Math.abs(mean - 0.3)).toBeLessThan(0.01)
    expect(Math.abs(variance - 0.25)).toBeLessThan(0.01)
    expect(Math.max(...seen)).toBe(1)
    expect(Math.min(...seen)).toBe(-1)
  })

  it("stays away from a block of 16-bit values, and from every block without a seed's address", () => {
    const { dsp, u8, f32, i32 } = wasmSide(module)
    const view = new DataView(u8.buffer)
    for (let i = 0; i < 256; i++) f32[address(0) / 4 + i] = (i - 100) / 32768
    i32[address(60) / 4] = 99
    dsp.planarToS16be(address(0), 512, address(1), 128, 2, address(60))
    expect(view.getInt16(address(1) + 4)).toBe(-99)
    expect(i32[address(60) / 4]).toBe(99)
    f32[address(0) / 4 + 200] = 0.5 / 32768
    dsp.planarToS16be(address(0), 512, address(1), 128, 2, address(60))
    expect(i32[address(60) / 4]).not.toBe(99)
    dsp.planarToS16be(address(0), 512, address(1), 128, 2, 0)
    expect(view.getInt16(address(1) + 4)).toBe(-99)
  })
})
