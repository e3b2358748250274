/**
 * Twins of the kernels from interleaved samples to planar float32.
 * Thread: any      Realtime: wait-free, allocates nothing
 */
import type { Dsp } from "./dsp.ts"

const UNIT_16 = 1 / 2 ** 15
const UNIT_24 = 1 / 2 ** 23
const UNIT_32 = 1 / 2 ** 31

type Unpack = "s16beToPlanar" | "s24beToPlanar" | "s16leToPlanar" | "s24leToPlanar" | "s32leToPlanar" | "f32leToPlanar"

export const createTwinUnpack = (memory: WebAssembly.Memory): Pick<Dsp, Unpack> => {
  const f32 = new Float32Array(memory.buffer)
  const bytes = new DataView(memory.buffer)

  const s16 = (src: number, dst: number, stride: number, frames: number, channels: number, little: boolean): void => {
    for (let c = 0; c < channels; c++) {
      const plane = (dst + c * stride) >> 2
      for (let i = 0; i < frames; i++) f32[plane + i] = bytes.getInt16(src + (i * channels + c) * 2, little) * UNIT_16
    }
  }
  const s24 = (src: number, dst: number, stride: number, frames: number, channels: number, little: boolean): void => {
    const high = little ? 1 : 0
    const low = little ? 0 : 2
    for (let c = 0; c < channels; c++) {
      const plane = (dst + c * stride) >> 2
      for (let i = 0; i < frames; i++) {
        const at = src + (i * channels + c) * 3
        f32[plane + i] = (bytes.getInt16(at + high, little) * 256 + bytes.getUint8(at + low)) * UNIT_24
      }
    }
  }

  return {
    s16beToPlanar: (src, dst, stride, frames, channels) => { s16(src, dst, stride, frames, channels, false) },
    s24beToPlanar: (src, dst, stride, frames, channels) => { s24(src, dst, stride, frames, channels, false) },
    s16leToPlanar: (src, dst, stride, frames, channels) => { s16(src, dst, stride, frames, channels, true) },
    s24leToPlanar: (src, dst, stride, frames, channels) => { s24(src, dst, stride, frames, channels, true) },
    s32leToPlanar: (src, dst, stride, frames, channels) => {
      for (let c = 0; c < channels; c++) {
        const plane = (dst + c * stride) >> 2
        for (let i = 0; i < frames; i++) f32[plane + i] = bytes.getInt32(src + (i * channels + c) * 4, true) * UNIT_32
      }
    },
    f32leToPlanar: (src, dst, stride, frames, channels) => {
      for (let c = 0; c < channels; c++) {
        const plane = (dst + c * stride) >> 2
        for (let i = 0; i < frames; i++) f32[plane + i] = bytes.getFloat32(src + (i * channels + c) * 4, true)
      }
    },
  }
}
