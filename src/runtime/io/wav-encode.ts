/**
 * Planar float32 to the bytes of a WAV: little-endian, interleaved.
 * 24 bits hold every float32 that came from 24 bits or fewer exactly. 16 bits get a dither of triangular distribution, but only
 * a sample that lies between two steps: silence stays silent and what came from 16 bits stays as it was.
 *
 * Thread: any      Realtime: allocates nothing
 */
import type { WavBits } from "./wav-header.ts"

export interface WavEncoder {
  /** Writes `frameCount` frames of `channels`, beginning with frame `from`, to byte `at` of `view`. NaN is 0, but in float stays. */
  encode(channels: readonly Float32Array[], from: number, frameCount: number, view: DataView, at: number): void
}

export const createEncoder = (bits: WavBits): WavEncoder =>
  bits === 16 ? createEncoder16() : bits === 24 ? encoder24 : encoderFloat

const encoderFloat: WavEncoder = {
  encode(channels, from, frameCount, view, at) {
    let byte = at
    for (let i = from; i < from + frameCount; i++) {
      for (let channel = 0; channel < channels.length; channel++, byte += 4) view.setFloat32(byte, channels[channel]![i]!, true)
    }
  },
}

const encoder24: WavEncoder = {
  encode(channels, from, frameCount, view, at) {
    let byte = at
    for (let i = from; i < from + frameCount; i++) {
      for (let channel = 0; channel < channels.length; channel++, byte += 3) {
        const value = Math.min(8388607, Math.max(-8388608, Math.round(channels[channel]![i]! * 8388608)))
        view.setUint16(byte, value, true)
        view.setInt8(byte + 2, value >> 16)
      }
    }
  },
}

const createEncoder16 = (): WavEncoder => {
  // Marsaglia's xorshift32; a typed array keeps it a plain integer.
  const state = new Uint32Array([0x9e3779b9])
  const random = (): number => {
    let x = state[0]!
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    state[0] = x
    return (x >>> 0) / 4294967296
  }
  return {
    encode(channels, from, frameCount, view, at) {
      let byte = at
      for (let i = from; i < from + frameCount; i++) {
        for (let channel = 0; channel < channels.length; channel++, byte += 2) {
          const exact = channels[channel]![i]! * 32768
          const value = Number.isInteger(exact) ? exact : Math.round(exact + random() - random())
          view.setInt16(byte, Math.min(32767, Math.max(-32768, value)), true)
        }
      }
    },
  }
}
