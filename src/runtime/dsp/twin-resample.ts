/**
 * Twin of the resampler's kernel; assembly/resample.ts has the state's layout.
 * Thread: any      Realtime: wait-free, allocates nothing
 */
import type { Dsp } from "./dsp.ts"
import { PHASE_COUNT } from "./resampler-table.ts"

export const createTwinResample = (memory: WebAssembly.Memory): Pick<Dsp, "resample"> => {
  const f32 = new Float32Array(memory.buffer)
  const f64 = new Float64Array(memory.buffer)
  const i32 = new Int32Array(memory.buffer)

  return {
    resample: (state, src, dst, frames) => {
      if (frames <= 0) return
      const start = f64[state >> 3]!
      const stepStart = f64[(state >> 3) + 1]!
      const stepTarget = f64[(state >> 3) + 2]!
      const table = i32[(state >> 2) + 6]! >> 2
      const tapCount = i32[(state >> 2) + 7]!
      const channelCount = i32[(state >> 2) + 8]!
      const srcStride = i32[(state >> 2) + 9]!
      const dstStride = i32[(state >> 2) + 10]!
      const change = (stepTarget - stepStart) / frames
      let position = start
      for (let c = 0; c < channelCount; c++) {
        const input = (src + c * srcStride) >> 2
        const output = (dst + c * dstStride) >> 2
        let step = stepStart
        position = start
        for (let i = 0; i < frames; i++) {
          const at = Math.floor(position)
          const phase = (position - at) * PHASE_COUNT
          const row = Math.floor(phase)
          const between = phase - row
          const low = table + row * tapCount
          const high = low + tapCount
          let sumLow = 0
          let sumHigh = 0
          for (let t = 0; t < tapCount; t++) {
            const x = f32[input + at + t]!
            sumLow += f32[low + t]! * x
            sumHigh += f32[high + t]! * x
          }
          f32[output + i] = sumLow + between * (sumHigh - sumLow)
          step += change
          position += step
        }
      }
      f64[state >> 3] = position
      f64[(state >> 3) + 1] = stepTarget
    },
  }
}
