/**
 * Twins of the kernels of concealment; conceal-kernels.ts says what they do, assembly/conceal-*.ts why.
 * Thread: any      Realtime: wait-free, allocates nothing but numbers
 */
import { CONCEAL_CHANNEL_BYTES, ConcealField as F } from "./conceal-kernels.ts"
import type { ConcealKernels } from "./conceal-kernels.ts"
import { createTwinConcealFit } from "./twin-conceal-fit.ts"
import { createTwinRecord } from "./twin-conceal-record.ts"

const STEP_DECAY = 0.93
const LEAST = 1e-15
const MOST = 1e9

/** Rises from 0 to 1 as sin² does. */
const smooth = (x: number): number => Math.sin((Math.PI / 2) * Math.min(1, Math.max(0, x))) ** 2

const gainAt = (i: number, fullFrames: number, endFrames: number): number => {
  if (i < fullFrames) return 1
  return i >= endFrames ? 0 : 1 - smooth((i - fullFrames) / (endFrames - fullFrames))
}

const kept = (value: number, limit: number): number => {
  const size = Math.abs(value)
  if (size >= LEAST && size <= limit) return value
  return size > limit ? Math.sign(value) * limit : 0
}

export const createTwinConceal = (memory: WebAssembly.Memory): ConcealKernels => {
  const { f32, i32, frameAt, tapBefore, lagAt } = createTwinRecord(memory)

  const predict = (coefficients: number, past: number, order: number): number => {
    let sum = 0
    for (let j = 0; j < order; j++) sum += f32[coefficients + j]! * f32[past + j]!
    return sum
  }

  const runChannel = (r: number, channel: number, from: number, frames: number): void => {
    const pitched = i32[r + F.pitched] === 1
    const order = i32[r + F.order]!
    const limit = f32[r + F.limit + channel]!
    const gain = f32[r + F.periodGain + channel]!
    const coefficients = (i32[r + F.coefficients]! + channel * CONCEAL_CHANNEL_BYTES) >> 2
    const rest = (i32[r + F.rest]! + channel * CONCEAL_CHANNEL_BYTES) >> 2
    let step = f32[r + F.joinStep + channel]!
    for (let i = from; i < from + frames; i++) {
      const at = frameAt(r, channel, i)
      let value = pitched ? gain * tapBefore(r, at, lagAt(r, i)) : 0
      if (order === 0) {
        step *= STEP_DECAY
        value += step
      } else if (pitched) {
        const left = kept(predict(coefficients, rest, order), limit)
        f32.copyWithin(rest, rest + 1, rest + order)
        f32[rest + order - 1] = left
        value += left
      } else value = predict(coefficients, at - order, order)
      f32[at] = kept(value, limit)
    }
    f32[r + F.joinStep + channel] = step
  }

  return {
    ...createTwinConcealFit(memory),
    concealTake: (record, left, right, backwards) => {
      const r = record >> 2
      const frames = i32[r + F.historyFrames]!
      for (let c = 0; c < i32[r + F.channelCount]!; c++) {
        const src = (c === 0 ? left : right) >> 2
        const dst = frameAt(r, c, -frames)
        let peak = 0
        f32.fill(0, dst - 16, dst)
        for (let i = 0; i < frames; i++) {
          const value = f32[src + (backwards ? frames - 1 - i : i)]!
          const size = Math.abs(value)
          const isSound = size >= LEAST && size <= MOST
          f32[dst + i] = isSound ? value : 0
          if (isSound && size > peak) peak = size
        }
        f32[r + F.limit + c] = peak * 1.5
      }
    },
    concealRun: (record, from, frames) => {
      for (let c = 0; c < i32[(record >> 2) + F.channelCount]!; c++) runChannel(record >> 2, c, from, frames)
    },
    concealWrite: (record, from, frames, left, right, fullFrames, endFrames) => {
      const r = record >> 2
      for (let c = 0; c < i32[r + F.channelCount]!; c++) {
        const dst = (c === 0 ? left : right) >> 2
        for (let i = 0; i < frames; i++) {
          const gain = gainAt(from + i, fullFrames, endFrames)
          f32[dst + i] = gain > 0 ? gain * f32[frameAt(r, c, from + i)]! : 0
        }
      }
    },
    concealBridge: (record, backward, from, frames, left, right, fullFrames, endFrames, alignFrames, fadeFrames) => {
      const r = record >> 2
      const b = backward >> 2
      const turn = alignFrames > 0 ? f32[r + F.shift]! / alignFrames : 0
      for (let c = 0; c < i32[r + F.channelCount]!; c++) {
        const dst = (c === 0 ? left : right) >> 2
        const limit = Math.max(f32[r + F.limit + c]!, f32[b + F.limit + c]!)
        let step = 0
        for (let i = fadeFrames > 0 ? frames - 1 : frames; i >= 0; i--) {
          const gain = gainAt(from + i, fullFrames, endFrames)
          const at = frameAt(r, c, from + i)
          let value = 0
          if (gain > 0) value = gain * (turn === 0 ? f32[at]! : tapBefore(r, at + 256, 256 - turn * (i + 1)))
          if (i === frames) {
            step = f32[frameAt(b, c, -1)]! - value
            continue
          }
          if (fadeFrames === 0) {
            step *= STEP_DECAY
            value += step
          } else if (frames - i <= fadeFrames) {
            const weight = smooth((i + fadeFrames - frames + 1) / (fadeFrames + 1))
            value += (f32[frameAt(b, c, frames - 1 - i)]! - value) * weight
          }
          f32[dst + i] = kept(value, limit)
        }
      }
    },
    concealMerge: (record, from, frames, left, right, fullFrames, endFrames, doneFrames, fadeFrames, equalPower) => {
      const r = record >> 2
      for (let c = 0; c < i32[r + F.channelCount]!; c++) {
        const dst = (c === 0 ? left : right) >> 2
        for (let i = 0; i < frames && doneFrames + i < fadeFrames; i++) {
          const x = (doneFrames + i + 1) / (fadeFrames + 1)
          const gain = gainAt(from + i, fullFrames, endFrames)
          const w = equalPower ? smooth(x) : x
          const fade = equalPower ? Math.sqrt(1 - w) : 1 - x
          const rise = equalPower && gain > 0 ? Math.sqrt(w) : w
          const made = gain > 0 ? gain * f32[frameAt(r, c, from + i)]! : 0
          f32[dst + i] = rise * f32[dst + i]! + fade * made
        }
      }
    },
  }
}
