/**
 * Twins of the kernels from planar float32 to interleaved samples.
 * Thread: any      Realtime: wait-free, allocates nothing
 */
import type { Dsp } from "./dsp.ts"

const FULL_16 = 32768
const FULL_24 = 8388608
/** Added and taken off again, it leaves a float64 rounded to a whole number, ties to even. */
const ROUND = 1.5 * 2 ** 52

/** Nearest whole number, ties to even, within -full .. full - 1; NaN gives 0. */
const whole = (value: number, full: number): number => {
  if (value >= full) return full - 1
  if (value <= -full) return -full
  return value === value ? Math.min(value + ROUND - ROUND, full - 1) : 0
}

type Pack = "planarToS16be" | "planarToS24be" | "planarToS16le" | "planarToS24le" | "planarToF32le"

export const createTwinPack = (memory: WebAssembly.Memory): Pick<Dsp, Pack> => {
  const f32 = new Float32Array(memory.buffer)
  const u32 = new Uint32Array(memory.buffer)
  const bytes = new DataView(memory.buffer)

  const fits16 = (src: number, stride: number, frames: number, channels: number): boolean => {
    for (let c = 0; c < channels; c++) {
      const plane = (src + c * stride) >> 2
      for (let i = 0; i < frames; i++) {
        const scaled = f32[plane + i]! * FULL_16
        if (whole(scaled, FULL_16) !== scaled) return false
      }
    }
    return true
  }

  const s16 = (
    src: number, stride: number, dst: number, frames: number, channels: number, ditherState: number, little: boolean,
  ): void => {
    const dither = ditherState !== 0 && !fits16(src, stride, frames, channels)
    let seed = dither ? u32[ditherState >> 2]! | 0 : 0
    if (dither && seed === 0) seed = 0x9e3779b9 | 0
    for (let i = 0; i < frames; i++) {
      for (let c = 0; c < channels; c++) {
        let scaled = f32[((src + c * stride) >> 2) + i]! * FULL_16
        if (dither) {
          seed ^= seed << 13
          seed ^= seed >>> 17
          seed ^= seed << 5
          scaled = Math.fround(scaled + ((seed & 0xffff) - (seed >>> 16)) / 65536)
        }
        bytes.setInt16(dst + (i * channels + c) * 2, whole(scaled, FULL_16), little)
      }
    }
    if (dither) u32[ditherState >> 2] = seed
  }

  const s24 = (src: number, stride: number, dst: number, frames: number, channels: number, little: boolean): void => {
    const first = little ? 0 : 2
    const last = little ? 2 : 0
    for (let c = 0; c < channels; c++) {
      const plane = (src + c * stride) >> 2
      for (let i = 0; i < frames; i++) {
        const value = whole(f32[plane + i]! * FULL_24, FULL_24)
        const at = dst + (i * channels + c) * 3
        bytes.setUint8(at + first, value)
        bytes.setUint8(at + 1, value >> 8)
        bytes.setUint8(at + last, value >> 16)
      }
    }
  }

  return {
    planarToS16be: (src, stride, dst, frames, channels, ditherState) => {
      s16(src, stride, dst, frames, channels, ditherState, false)
    },
    planarToS16le: (src, stride, dst, frames, channels, ditherState) => {
      s16(src, stride, dst, frames, channels, ditherState, true)
    },
    planarToS24be: (src, stride, dst, frames, channels) => { s24(src, stride, dst, frames, channels, false) },
    planarToS24le: (src, stride, dst, frames, channels) => { s24(src, stride, dst, frames, channels, true) },
    planarToF32le: (src, stride, dst, frames, channels) => {
      for (let c = 0; c < channels; c++) {
        const plane = (src + c * stride) >> 2
        for (let i = 0; i < frames; i++) bytes.setFloat32(dst + (i * channels + c) * 4, f32[plane + i]!, true)
      }
    },
  }
}
