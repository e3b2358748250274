/** What the tests of the kernels share: the built module, the same memory twice, seeded samples. */
import { createArenaMemory, loadDspModule } from "../../../src/runtime/io/dsp-file.ts"
import { ARENA_BASE_BYTES, instantiateDsp } from "../../../src/runtime/dsp/dsp.ts"
import type { Dsp } from "../../../src/runtime/dsp/dsp.ts"
import { createTwinDsp } from "../../../src/runtime/dsp/twin.ts"

interface Build { readonly buildDsp: () => Promise<boolean> }

/** Builds dsp.wasm when it is missing or stale, and compiles it. */
export const buildModule = async (): Promise<WebAssembly.Module> => {
  const build = (await import(new URL("../../../scripts/build-dsp.mjs", import.meta.url).href)) as Build
  await build.buildDsp()
  return loadDspModule()
}

export interface Side {
  readonly memory: WebAssembly.Memory
  readonly dsp: Dsp
  readonly f32: Float32Array
  readonly i32: Int32Array
  readonly u8: Uint8Array
}

const sideOf = (memory: WebAssembly.Memory, dsp: Dsp): Side => ({
  memory, dsp, f32: new Float32Array(memory.buffer), i32: new Int32Array(memory.buffer), u8: new Uint8Array(memory.buffer),
})

export const wasmSide = (module: WebAssembly.Module, memory = createArenaMemory(0)): Side =>
  sideOf(memory, instantiateDsp(module, memory))

export const twinSide = (memory = createArenaMemory(0)): Side => sideOf(memory, createTwinDsp(memory))

/** Addresses for tests, far enough apart for 1024 frames of two channels. */
export const address = (index: number): number => ARENA_BASE_BYTES + index * 16384

/** Numbers from 0 to 1 (mulberry32). */
export const createRandom = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

const oddities = [0, -0, 1, -1, NaN, Infinity, -Infinity, 1e-40, -1e-42, 1e-45, 3e38, -3e38, 0.5 / 32768, 1.5 / 32768, 2.5 / 8388608, 1.0001]

/** Fills with samples within -1.1..1.1, one in eight of them an oddity when `wild`. */
export const fillSamples = (target: Float32Array, from: number, count: number, random: () => number, wild = false): void => {
  for (let i = 0; i < count; i++) {
    const odd = wild && random() < 0.125
    target[from + i] = odd ? oddities[Math.floor(random() * oddities.length)]! : random() * 2.2 - 1.1
  }
}

/** First byte in which the two memories differ, where NaN equals NaN whatever its bits; undefined when none. */
export const firstDifference = (a: Side, b: Side): number | undefined => {
  for (let i = 0; i < a.i32.length; i++) {
    if (a.i32[i] !== b.i32[i] && !(Number.isNaN(a.f32[i]!) && Number.isNaN(b.f32[i]!))) return i * 4
  }
  return undefined
}

/** Frame counts that meet every tail of every vector loop. */
export const frameCounts = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 63, 64, 127, 128, 129, 240, 511, 512]

/** Signal to noise in dB of a sine of known frequency: the part that is no such sine, whatever its level and phase. */
export const sineSnrDb = (samples: Float32Array, frequencyHz: number, rateHz: number): number => {
  const w = (2 * Math.PI * frequencyHz) / rateHz
  let cc = 0, ss = 0, cs = 0, xc = 0, xs = 0
  for (const [i, x] of samples.entries()) {
    const c = Math.cos(w * i)
    const s = Math.sin(w * i)
    cc += c * c
    ss += s * s
    cs += c * s
    xc += x * c
    xs += x * s
  }
  const det = cc * ss - cs * cs
  const a = (xc * ss - xs * cs) / det
  const b = (xs * cc - xc * cs) / det
  let signal = 0
  let noise = 0
  for (const [i, x] of samples.entries()) {
    const fit = a * Math.cos(w * i) + b * Math.sin(w * i)
    signal += fit * fit
    noise += (x - fit) ** 2
  }
  return 10 * Math.log10(signal / noise)
}
