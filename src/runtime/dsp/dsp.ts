/**
 * The kernels: typed functions over one memory, which all threads share. WebAssembly (assembly/) or its plain twin (twin.ts).
 *
 * Pointers are byte addresses. A block is float32 frames of one channel, its address a multiple of 4 (of 16 is faster); packed
 * samples may stand anywhere. Any frame count is right, 0 too. Destinations may be the same block as a source, but not overlap
 * it otherwise, unless said.
 *
 * Thread: any      Realtime: wait-free, allocates nothing, throws nothing for addresses inside the memory
 */
import { assert } from "../errors.ts"
import type { ConcealKernels } from "./conceal-kernels.ts"

/** First address free for the arena: the module keeps what is below. */
export const ARENA_BASE_BYTES = 4096

/** WebAssembly pages that the module agrees to: 1 MiB to 1 GiB. */
export const PAGE_BYTES = 65536
export const MIN_PAGES = 16
export const MAX_PAGES = 16384

/**
 * A row of `mix`, 32 bytes: i32 srcL, i32 srcR (mono: the same address), f32 gainL0, gainL1, gainR0, gainR1, 8 bytes spare.
 */
export const MIX_ROW_BYTES = 32
/** What `meter` writes: f32 peak, f32 sum of squares, i32 count of samples that are NaN or infinite, 4 bytes left alone. */
export const METER_BYTES = 16
/** State of `resample`; resampler.ts is its keeper, assembly/resample.ts has its layout. */
export const RESAMPLE_STATE_BYTES = 64

type ToPlanar = (src: number, dst: number, dstStride: number, frames: number, channels: number) => void
type FromPlanar = (src: number, srcStride: number, dst: number, frames: number, channels: number) => void
type FromPlanarDithered = (
  src: number, srcStride: number, dst: number, frames: number, channels: number, ditherState: number,
) => void

export interface Dsp extends ConcealKernels {
  clear(dst: number, frames: number): void
  /** May overlap. */
  copy(dst: number, src: number, frames: number): void
  /**
   * Adds all rows to outL and outR. The gain at frame i is g0 + (g1 - g0) * i / frames, so that consecutive blocks join; a
   * steady gain is exact, of 1 bit-exact. A row whose four gains are 0 is not read.
   */
  mix(rows: number, rowCount: number, outL: number, outR: number, frames: number): void
  /** dst = src * g, g in a line from g0 to g1 as in `mix`. */
  gain(dst: number, src: number, frames: number, g0: number, g1: number): void
  /** dst = a * (1 - w) + b * w, w in a line from w0 to w1. At a steady 0 or 1 the unheard side is not read. */
  crossfade(dst: number, a: number, b: number, frames: number, w0: number, w1: number): void
  /** dst += src * window */
  overlapAdd(dst: number, src: number, window: number, frames: number): void
  /** Peak and sum of squares of the finite samples, count of the others: METER_BYTES at `out`. */
  meter(src: number, frames: number, out: number): void

  /**
   * Interleaved integers to planar -1..1: value / 2^15, 2^23 or 2^31; 16 and 24 bits are exact.
   * dstStride  bytes from one channel's plane to the next
   */
  s16beToPlanar: ToPlanar
  s24beToPlanar: ToPlanar
  s16leToPlanar: ToPlanar
  s24leToPlanar: ToPlanar
  s32leToPlanar: ToPlanar
  f32leToPlanar: ToPlanar

  /**
   * Planar to interleaved integers: nearest, ties to even, clamped to full scale, NaN to 0.
   * ditherState  address of a u32 seed, or 0 for no dither. Triangular dither, one step to each side, is added where it is
   *              due: when some sample of the block is no 16-bit value. So 16-bit material passes bit-exact.
   */
  planarToS16be: FromPlanarDithered
  planarToS16le: FromPlanarDithered
  planarToS24be: FromPlanar
  planarToS24le: FromPlanar
  planarToF32le: FromPlanar

  /** Sum of a[i] * b[i]. */
  dot(a: number, b: number, count: number): number
  /**
   * Writes float32[lagCount]: likeness of the template to the signal from each lag on, -1..1, 0 where either is silent.
   * Reads templateFrames + lagCount - 1 frames of the signal.
   */
  correlate(template: number, signal: number, templateFrames: number, lagCount: number, out: number): void
  /** Makes `frames` frames of each channel out of the state's position, and moves that on; see resampler.ts. */
  resample(state: number, src: number, dst: number, frames: number): void
}

/** The kernels of dsp.wasm over this memory, which must be shared and of MIN_PAGES..MAX_PAGES. Instances do not disturb each other. */
export const instantiateDsp = (module: WebAssembly.Module, memory: WebAssembly.Memory): Dsp => {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } })
  const dsp = exports as unknown as Dsp & { heapBase(): number }
  assert(dsp.heapBase() <= ARENA_BASE_BYTES, "the DSP module stays below the arena")
  return dsp
}
