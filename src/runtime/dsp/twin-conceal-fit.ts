/**
 * Twins of the kernels of concealment that look at what was heard: pitch, alignment, Burg's method, the fit.
 * assembly/conceal-pitch.ts and conceal-burg.ts say why.
 *
 * Thread: any      Realtime: wait-free, allocates nothing but numbers
 */
import { CONCEAL_CHANNEL_BYTES, ConcealField as F } from "./conceal-kernels.ts"
import type { ConcealKernels } from "./conceal-kernels.ts"
import { createTwinRecord } from "./twin-conceal-record.ts"

const STEP = 4
const SHORTER = 0.05
const COARSE = 0.2
const TREND = 0.5
const MOST_TREND = 0.02
const HISS = 1e-4

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value))

const topOf = (before: number, top: number, after: number): number => {
  const bend = before - 2 * top + after
  return bend < 0 ? clamp((0.5 * (before - after)) / bend, -0.5, 0.5) : 0
}

type Fit = "concealPitch" | "concealPitchNear" | "concealAlign" | "concealBurg" | "concealFit"

export const createTwinConcealFit = (memory: WebAssembly.Memory): Pick<ConcealKernels, Fit> => {
  const { f32, i32, frameAt, tapBefore, lagAt } = createTwinRecord(memory)
  const f64 = new Float64Array(memory.buffer)

  /** Places in words, not addresses. */
  const likeness = (a: number, aStride: number, b: number, bStride: number, count: number, channels: number, level: boolean): number => {
    let cross = 0
    let energyA = 0
    let energyB = 0
    for (let c = 0; c < channels; c++) {
      for (let i = 0; i < count; i++) {
        const u = f32[a + c * aStride + i]!
        const v = f32[b + c * bStride + i]!
        cross += u * v
        energyA += u * u
        energyB += v * v
      }
    }
    const scale = level ? 0.5 * (energyA + energyB) : Math.sqrt(energyA * energyB)
    return scale > 0 ? cross / scale : 0
  }

  const alike = (r: number, frames: number, back: number, lag: number): number => {
    const at = frameAt(r, 0, -back - frames)
    const stride = frameAt(r, 1, -back - frames) - at
    return likeness(at, stride, at - lag, stride, frames, i32[r + F.channelCount]!, true)
  }

  const bestNear = (r: number, frames: number, back: number, low: number, high: number, out: number): number => {
    let best = -2
    let bestLag = low
    for (let lag = low; lag <= high; lag++) {
      const value = alike(r, frames, back, lag)
      if (value > best) {
        best = value
        bestLag = lag
      }
    }
    f32[r + out] = best
    return bestLag + topOf(alike(r, frames, back, bestLag - 1), best, alike(r, frames, back, bestLag + 1))
  }

  const setTrend = (r: number, lag: number, frames: number, back: number): void => {
    let slope = 0
    const low = Math.trunc(lag * 0.96) - 2
    const high = Math.trunc(lag * 1.04) + 3
    if (f32[r + F.likeness]! > 0.9 && i32[r + F.historyFrames]! >= back + frames + high + 8) {
      const earlier = bestNear(r, frames, back, low, high, F.shiftLikeness)
      if (f32[r + F.shiftLikeness]! > 0.9) slope = clamp((lag - earlier) / back, -MOST_TREND, MOST_TREND) * TREND
    }
    f32[r + F.slope] = slope
    f32[r + F.lag] = lag + slope * 0.5 * frames
  }

  /** The mean of four frames each, without the division. */
  const thin = (r: number, count: number): void => {
    for (let c = 0; c < i32[r + F.channelCount]!; c++) {
      const src = frameAt(r, c, -count * STEP)
      const dst = (i32[r + F.work]! >> 2) + c * count
      for (let i = 0; i < count; i++) {
        let sum = 0
        for (let k = 0; k < STEP; k++) sum += f32[src + i * STEP + k]!
        f32[dst + i] = sum
      }
    }
  }

  const concealBurg: ConcealKernels["concealBurg"] = (src, frames, order, coefficients, work) => {
    const from = src >> 2
    const forward = work >> 2
    const backward = forward + frames + 1
    let a = ((backward + frames + 1) >> 1) + 1
    let next = a + order + 1
    let power = 0
    for (let i = 0; i < frames; i++) power += f32[from + i]! ** 2
    const hiss = HISS * Math.sqrt(power / frames)
    let seed = 1
    for (let i = 0; i < frames; i++) {
      seed = (Math.imul(seed, 1664525) + 1013904223) | 0
      f32[forward + i] = f32[from + i]! + (hiss * seed) / 2 ** 31
      f32[backward + i] = f32[forward + i]!
    }
    f64[a] = 1
    for (let m = 1; m <= order; m++) {
      let cross = 0
      let energy = 0
      for (let i = m; i < frames; i++) {
        const f = f32[forward + i]!
        const b = f32[backward + i - 1]!
        cross += f * b
        energy += f * f + b * b
      }
      const k = energy > 1e-30 ? (-2 * cross) / (energy * (1 + 1e-9)) : 0
      for (let i = 0; i <= m; i++) f64[next + i] = (i < m ? f64[a + i]! : 0) + (i > 0 ? k * f64[a + m - i]! : 0)
      const swap = a
      a = next
      next = swap
      for (let i = frames - 1; i >= m; i--) {
        const f = f32[forward + i]!
        const b = f32[backward + i - 1]!
        f32[forward + i] = f + k * b
        f32[backward + i] = b + k * f
      }
    }
    for (let j = 0; j < order; j++) f32[(coefficients >> 2) + j] = -f64[a + order - j]!
  }

  const periodGain = (r: number, channel: number, frames: number): number => {
    const lag = f32[r + F.lag]!
    let cross = 0
    let energy = 0
    for (let i = -frames; i < 0; i++) {
      const at = frameAt(r, channel, i)
      const past = tapBefore(r, at, lag)
      cross += f32[at]! * past
      energy += past * past
    }
    return energy > 0 ? clamp(cross / energy, 1 - (0.5 * lag) / 960, 1 + (0.2 * lag) / 960) : 1
  }

  return {
    concealBurg,
    concealPitch: (record, templateFrames, fineFrames, shortest, longest, backFrames) => {
      const r = record >> 2
      const channels = i32[r + F.channelCount]!
      const template = templateFrames / STEP
      const count = template + longest / STEP
      const low = shortest / STEP
      const high = longest / STEP
      const work = i32[r + F.work]! >> 2
      const scores = work + 2 * count
      thin(r, count)
      const at = work + count - template
      let best = -2
      let bestLag = low
      for (let lag = low; lag <= high; lag++) {
        const value = likeness(at, count, at - lag, count, template, channels, true)
        f32[scores + lag] = value
        if (value > best) {
          best = value
          bestLag = lag
        }
      }
      let lag = bestNear(r, fineFrames, 0, Math.max(shortest, bestLag * STEP - STEP), Math.min(longest, bestLag * STEP + STEP), F.likeness)
      const finest = f32[r + F.likeness]!
      for (let i = low + 1; i < bestLag - 1; i++) {
        const score = f32[scores + i]!
        if (score < f32[scores + i - 1]! || score < f32[scores + i + 1]! || score <= 0 || score < best - COARSE) continue
        const shorter = bestNear(r, fineFrames, 0, Math.max(shortest, i * STEP - STEP), i * STEP + STEP, F.likeness)
        if (f32[r + F.likeness]! >= finest - SHORTER) {
          lag = shorter
          break
        }
        f32[r + F.likeness] = finest
      }
      setTrend(r, lag, fineFrames, backFrames)
    },
    concealPitchNear: (record, frames, low, high, backFrames) => {
      const r = record >> 2
      setTrend(r, bestNear(r, frames, 0, low, high, F.likeness), frames, backFrames)
    },
    concealAlign: (record, from, left, right, frames, reach) => {
      const r = record >> 2
      const channels = i32[r + F.channelCount]!
      const stride = (right - left) >> 2
      const made = frameAt(r, 0, from)
      const madeStride = frameAt(r, 1, from) - made
      let best = -2
      let shift = 0
      for (let s = -reach; s <= reach; s++) {
        const value = likeness(left >> 2, stride, made + s, madeStride, frames, channels, false)
        if (value > best) {
          best = value
          shift = s
        }
      }
      const before = likeness(left >> 2, stride, made + shift - 1, madeStride, frames, channels, false)
      const after = likeness(left >> 2, stride, made + shift + 1, madeStride, frames, channels, false)
      f32[r + F.shift] = shift + topOf(before, best, after)
      f32[r + F.shiftLikeness] = best
    },
    concealFit: (record, pitched, frames, order) => {
      const r = record >> 2
      const work = i32[r + F.work]! >> 2
      const history = i32[r + F.historyFrames]!
      const lag = f32[r + F.lag]!
      const room = pitched ? history - Math.trunc(lag * 1.02) - 24 : history
      const length = Math.max(0, Math.min(frames, room)) & ~3
      const used = length < 64 && pitched ? 0 : Math.min(order, Math.trunc((length * 2) / 5)) & ~3
      i32[r + F.pitched] = pitched
      i32[r + F.order] = used
      for (let c = 0; c < i32[r + F.channelCount]!; c++) {
        const coefficients = i32[r + F.coefficients]! + c * CONCEAL_CHANNEL_BYTES
        const rest = (i32[r + F.rest]! + c * CONCEAL_CHANNEL_BYTES) >> 2
        const burgWork = (work + length) * 4
        f32[r + F.joinStep + c] = 0
        if (!pitched) {
          if (used > 0) concealBurg(frameAt(r, c, -length) * 4, length, used, coefficients, burgWork)
          else if (history > 0) f32[r + F.joinStep + c] = f32[frameAt(r, c, -1)]!
          continue
        }
        const gain = periodGain(r, c, Math.max(0, Math.min(Math.max(Math.trunc(lag), 240), room)))
        f32[r + F.periodGain + c] = gain
        for (let i = -length; i < 0; i++) {
          const at = frameAt(r, c, i)
          f32[work + length + i] = f32[at]! - gain * tapBefore(r, at, lagAt(r, i))
        }
        if (used > 0) {
          concealBurg(work * 4, length, used, coefficients, burgWork)
          f32.copyWithin(rest, work + length - used, work + length)
        } else if (history > 0) {
          const at = frameAt(r, c, -1)
          f32[r + F.joinStep + c] = f32[at]! - gain * tapBefore(r, at, lagAt(r, -1))
        }
      }
    },
  }
}
