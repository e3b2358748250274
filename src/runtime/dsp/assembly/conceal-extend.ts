// What a predictor makes, and how it is heard.
import {
  CHANNELS, CHANNEL_BYTES, COEFFICIENTS, JOIN_STEP, LIMIT, ORDER, PERIOD_GAIN, PITCHED, REST, REST_CHUNK, SHIFT, SINCS, frameAt, kept,
  lagAt, smooth, sumLanes, tapBefore,
} from "./conceal-record"

/** What a step at a join keeps from frame to frame. */
const STEP_DECAY: f32 = 0.93

@inline
function predict(coefficients: usize, past: usize, order: i32): f32 {
  let sum4 = f32x4.splat(0)
  let other4 = sum4
  const bytes = <usize>order << 2
  let at: usize = 0
  for (; at + 32 <= bytes; at += 32) {
    sum4 = f32x4.add(sum4, f32x4.mul(v128.load(coefficients + at), v128.load(past + at)))
    other4 = f32x4.add(other4, f32x4.mul(v128.load(coefficients + at, 16), v128.load(past + at, 16)))
  }
  if (at < bytes) sum4 = f32x4.add(sum4, f32x4.mul(v128.load(coefficients + at), v128.load(past + at)))
  return sumLanes(f32x4.add(sum4, other4))
}

/** At most REST_CHUNK frames of one channel. */
@inline
function runPitched(record: usize, channel: i32, from: i32, frames: i32): void {
  const sincs = <usize>load<u32>(record, SINCS)
  const order = load<i32>(record, ORDER)
  const place = <usize>channel << 2
  const limit = load<f32>(record + place, LIMIT)
  const gain = load<f32>(record + place, PERIOD_GAIN)
  const coefficients = <usize>load<u32>(record, COEFFICIENTS) + <usize>channel * CHANNEL_BYTES
  const rest = <usize>load<u32>(record, REST) + <usize>channel * CHANNEL_BYTES
  let step = load<f32>(record + place, JOIN_STEP)
  for (let i = 0; i < frames; i++) {
    const at = frameAt(record, channel, from + i)
    let value = gain * tapBefore(sincs, at, lagAt(record, from + i))
    if (order > 0) {
      const past = rest + (<usize>i << 2)
      const left = kept(predict(coefficients, past, order), limit)
      store<f32>(past + (<usize>order << 2), left)
      value += left
    } else {
      step *= STEP_DECAY
      value += step
    }
    store<f32>(at, kept(value, limit))
  }
  if (order > 0) memory.copy(rest, rest + (<usize>frames << 2), <usize>order << 2)
  store<f32>(record + place, step, JOIN_STEP)
}

@inline
function runLinear(record: usize, channel: i32, from: i32, frames: i32): void {
  const order = load<i32>(record, ORDER)
  const place = <usize>channel << 2
  const limit = load<f32>(record + place, LIMIT)
  const coefficients = <usize>load<u32>(record, COEFFICIENTS) + <usize>channel * CHANNEL_BYTES
  let step = load<f32>(record + place, JOIN_STEP)
  for (let i = 0; i < frames; i++) {
    const at = frameAt(record, channel, from + i)
    step *= STEP_DECAY
    store<f32>(at, kept(order > 0 ? predict(coefficients, at - (<usize>order << 2), order) : step, limit))
  }
  store<f32>(record + place, step, JOIN_STEP)
}

/** Makes frames from .. from + frames - 1 of every channel; those before must be made. */
export function concealRun(record: usize, from: i32, frames: i32): void {
  const pitched = load<i32>(record, PITCHED)
  for (let c = 0; c < load<i32>(record, CHANNELS); c++) {
    if (!pitched) { runLinear(record, c, from, frames); continue }
    for (let done = 0; done < frames; done += REST_CHUNK) runPitched(record, c, from + done, min(REST_CHUNK, frames - done))
  }
}

/** 1 for fullFrames, then down to 0 at endFrames. */
@inline
function gainAt(i: i32, fullFrames: i32, endFrames: i32): f32 {
  if (i < fullFrames) return 1
  return i >= endFrames ? 0 : <f32>(1 - smooth(<f64>(i - fullFrames) / <f64>(endFrames - fullFrames)))
}

/** Writes frames from `from` on to left and right, at full gain for fullFrames of the gap, silent after endFrames. */
export function concealWrite(
  record: usize, from: i32, frames: i32, left: usize, right: usize, fullFrames: i32, endFrames: i32,
): void {
  for (let c = 0; c < load<i32>(record, CHANNELS); c++) {
    const dst = c == 0 ? left : right
    for (let i = 0; i < frames; i++) {
      const gain = gainAt(from + i, fullFrames, endFrames)
      store<f32>(dst + (<usize>i << 2), gain > 0 ? gain * load<f32>(frameAt(record, c, from + i)) : 0)
    }
  }
}

/**
 * Bridges `frames` frames from `from` on to the future, with the gain of `concealWrite`. The forward side is moved little by little
 * so that it has moved by SHIFT frames at alignFrames. The backward side, another record that was run on the reversed future, is
 * faded in over the last fadeFrames; with fadeFrames 0 it is not read but for its first frame of history, and what is left of a
 * step at the end grows from nothing as one at a beginning dies away.
 */
export function concealBridge(
  record: usize, backward: usize, from: i32, frames: i32, left: usize, right: usize, fullFrames: i32, endFrames: i32,
  alignFrames: i32, fadeFrames: i32,
): void {
  const sincs = <usize>load<u32>(record, SINCS)
  const turn = alignFrames > 0 ? <f64>load<f32>(record, SHIFT) / <f64>alignFrames : 0
  for (let c = 0; c < load<i32>(record, CHANNELS); c++) {
    const dst = c == 0 ? left : right
    const limit = max(load<f32>(record + (<usize>c << 2), LIMIT), load<f32>(backward + (<usize>c << 2), LIMIT))
    let step: f32 = 0
    // Backwards in time, as the step at the end dies away.
    for (let i = fadeFrames > 0 ? frames - 1 : frames; i >= 0; i--) {
      const gain = gainAt(from + i, fullFrames, endFrames)
      let value: f32 = 0
      if (gain > 0) {
        const at = frameAt(record, c, from + i)
        // A lag is positive: as seen from 256 frames later.
        value = gain * (turn == 0 ? load<f32>(at) : tapBefore(sincs, at + 1024, 256 - turn * <f64>(i + 1)))
      }
      if (i == frames) { step = load<f32>(frameAt(backward, c, -1)) - value; continue }
      if (fadeFrames == 0) {
        step *= STEP_DECAY
        value += step
      } else if (frames - i <= fadeFrames) {
        const weight = <f32>smooth(<f64>(i + fadeFrames - frames + 1) / <f64>(fadeFrames + 1))
        value += (load<f32>(frameAt(backward, c, frames - 1 - i)) - value) * weight
      }
      store<f32>(dst + (<usize>i << 2), kept(value, limit))
    }
  }
}

/**
 * Cross-fades the real audio at left and right, in place, with frames from `from` on, with the gain of `concealWrite`; doneFrames of
 * fadeFrames are behind. equalPower 1: for sounds that are not alike, else in a line.
 */
export function concealMerge(
  record: usize, from: i32, frames: i32, left: usize, right: usize, fullFrames: i32, endFrames: i32, doneFrames: i32, fadeFrames: i32,
  equalPower: i32,
): void {
  for (let c = 0; c < load<i32>(record, CHANNELS); c++) {
    const dst = c == 0 ? left : right
    for (let i = 0; i < frames && doneFrames + i < fadeFrames; i++) {
      const x = <f64>(doneFrames + i + 1) / <f64>(fadeFrames + 1)
      const gain = gainAt(from + i, fullFrames, endFrames)
      const w = equalPower ? smooth(x) : x
      const fade = equalPower ? sqrt(1 - w) : 1 - x
      const rise = equalPower && gain > 0 ? sqrt(w) : w
      const at = dst + (<usize>i << 2)
      const made: f32 = gain > 0 ? gain * load<f32>(frameAt(record, c, from + i)) : 0
      store<f32>(at, <f32>rise * load<f32>(at) + <f32>fade * made)
    }
  }
}
