/**
 * Twins of the kernels that take blocks: mix, gain, crossfade, meter, correlation.
 * Thread: any      Realtime: wait-free, allocates nothing
 */
import type { Dsp } from "./dsp.ts"

const f = Math.fround

type Block =
  | "clear" | "copy" | "mix" | "gain" | "crossfade" | "overlapAdd" | "meter" | "dot" | "correlate"

export const createTwinBlock = (memory: WebAssembly.Memory): Pick<Dsp, Block> => {
  const f32 = new Float32Array(memory.buffer)
  const i32 = new Int32Array(memory.buffer)

  /** out[at ..] += src * (g0 + step * i) */
  const addRamped = (out: number, src: number, frames: number, g0: number, step: number): void => {
    for (let i = 0; i < frames; i++) f32[out + i] = f32[out + i]! + f(f32[src + i]! * f(g0 + f(step * i)))
  }

  const dot = (a: number, b: number, count: number): number => {
    let sum = 0
    for (let i = 0; i < count; i++) sum += f32[(a >> 2) + i]! * f32[(b >> 2) + i]!
    return f(sum)
  }

  return {
    clear: (dst, frames) => { f32.fill(0, dst >> 2, (dst >> 2) + frames) },
    copy: (dst, src, frames) => { f32.copyWithin(dst >> 2, src >> 2, (src >> 2) + frames) },

    mix: (rows, rowCount, outL, outR, frames) => {
      for (let r = 0; r < rowCount; r++) {
        const row = (rows >> 2) + r * 8
        const gainL0 = f32[row + 2]!
        const gainL1 = f32[row + 3]!
        const gainR0 = f32[row + 4]!
        const gainR1 = f32[row + 5]!
        if (gainL0 === 0 && gainL1 === 0 && gainR0 === 0 && gainR1 === 0) continue
        addRamped(outL >> 2, i32[row]! >> 2, frames, gainL0, f(f(gainL1 - gainL0) / frames))
        addRamped(outR >> 2, i32[row + 1]! >> 2, frames, gainR0, f(f(gainR1 - gainR0) / frames))
      }
    },

    gain: (dst, src, frames, g0, g1) => {
      const start = f(g0)
      const step = f(f(f(g1) - start) / frames)
      for (let i = 0; i < frames; i++) f32[(dst >> 2) + i] = f32[(src >> 2) + i]! * f(start + f(step * i))
    },

    crossfade: (dst, a, b, frames, w0, w1) => {
      const start = f(w0)
      const step = f(f(f(w1) - start) / frames)
      const heard = w0 !== w1 ? undefined : w0 === 0 ? a : w0 === 1 ? b : undefined
      if (heard !== undefined) {
        f32.copyWithin(dst >> 2, heard >> 2, (heard >> 2) + frames)
        return
      }
      for (let i = 0; i < frames; i++) {
        const w = f(start + f(step * i))
        f32[(dst >> 2) + i] = f(f32[(a >> 2) + i]! * f(1 - w)) + f(f32[(b >> 2) + i]! * w)
      }
    },

    overlapAdd: (dst, src, window, frames) => {
      for (let i = 0; i < frames; i++) {
        f32[(dst >> 2) + i] = f32[(dst >> 2) + i]! + f(f32[(src >> 2) + i]! * f32[(window >> 2) + i]!)
      }
    },

    meter: (src, frames, out) => {
      let peak = 0
      let sum = 0
      let bad = 0
      for (let i = 0; i < frames; i++) {
        const value = Math.abs(f32[(src >> 2) + i]!)
        if (value < Infinity) {
          if (value > peak) peak = value
          sum += value * value
        } else bad++
      }
      f32[out >> 2] = peak
      f32[(out >> 2) + 1] = sum
      i32[(out >> 2) + 2] = bad
    },

    dot,
    correlate: (template, signal, templateFrames, lagCount, out) => {
      const templateEnergy = dot(template, template, templateFrames)
      for (let lag = 0; lag < lagCount; lag++) {
        const from = signal + lag * 4
        const scale = Math.sqrt(templateEnergy * dot(from, from, templateFrames))
        f32[(out >> 2) + lag] = scale > 0 ? dot(template, from, templateFrames) / scale : 0
      }
    },
  }
}
