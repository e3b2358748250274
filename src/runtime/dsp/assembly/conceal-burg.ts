// Linear prediction by Burg's method, and the fit of a predictor to its history.
import { dot } from "./correlate"
import {
  CHANNELS, CHANNEL_BYTES, COEFFICIENTS, HISTORY, JOIN_STEP, LAG, ORDER, PERIOD_GAIN, PITCHED, REST, SINCS, WORK, frameAt, lagAt,
  sumLanes, tapBefore,
} from "./conceal-record"

/** Keeps a reflection below 1, so that the prediction dies away: the purest tone lasts 10^9 frames. */
const LOAD: f64 = 1 + 1e-9


/**
 * Noise that is added to what is learnt from, in parts of its level. Sound of which a part of the spectrum is empty (it came from
 * another rate, or through a codec) else has a predictor of huge coefficients, which float32 cannot hold and which runs away.
 */
const HISS: f32 = 1e-4

/** From a stage's sums of products and of squares. */
@inline
function reflectionOf(cross: f64, energy: f64): f64 {
  return energy > 1e-30 ? -2 * cross / (energy * LOAD) : 0
}

/**
 * Writes the coefficients of the predictor of `order` (multiple of 4) for `frames` frames at src: c[j] belongs to the frame
 * order - j back. Work: 2 * (frames + 16) float32, then order + 2 float64; its address a multiple of 16.
 * Source   J. P. Burg, "Maximum entropy spectral analysis", 1975
 */
export function concealBurg(src: usize, frames: i32, order: i32, coefficients: usize, work: usize): void {
  const planeBytes = (<usize>(frames + 16) << 2) & ~15
  // The forward errors move down by one frame a stage, so a stage always begins at 0; one slot before takes what is left over.
  const forward = work + 16
  const backward = work + planeBytes + 16
  const a = (work + 2 * planeBytes + 31) & ~15
  memory.fill(work, 0, 2 * planeBytes)
  let count = frames - 1
  const hiss = HISS * <f32>sqrt(<f64>dot(src, src, frames) / <f64>frames)
  let seed: u32 = 1
  for (let j = 0; j < frames; j++) {
    seed = seed * 1664525 + 1013904223
    const value = load<f32>(src + (<usize>j << 2)) + hiss * (<f32>(<i32>seed) * (1.0 / 2147483648.0))
    if (j > 0) store<f32>(forward + (<usize>j << 2) - 4, value)
    if (j < count) store<f32>(backward + (<usize>j << 2), value)
  }
  let cross4 = f32x4.splat(0)
  let energy4 = cross4
  for (let j = 0; j < count; j += 4) {
    const f = v128.load(forward + (<usize>j << 2))
    const b = v128.load(backward + (<usize>j << 2))
    cross4 = f32x4.add(cross4, f32x4.mul(f, b))
    energy4 = f32x4.add(energy4, f32x4.add(f32x4.mul(f, f), f32x4.mul(b, b)))
  }
  let cross = <f64>sumLanes(cross4)
  let energy = <f64>sumLanes(energy4)
  store<f64>(a, 1)
  for (let m = 1; m <= order; m++) {
    const k = reflectionOf(cross, energy)
    // a[i] += k * a[m - i], from both ends to the middle, two at a time.
    store<f64>(a + (<usize>m << 3), 0)
    const k2 = f64x2.splat(k)
    let low = a
    let high = a + (<usize>(m - 1) << 3)
    while (low + 8 < high) {
      const x = v128.load(low)
      const y = v128.load(high)
      v128.store(low, f64x2.add(x, f64x2.mul(k2, v128.shuffle<f64>(y, y, 1, 0))))
      v128.store(high, f64x2.add(y, f64x2.mul(k2, v128.shuffle<f64>(x, x, 1, 0))))
      low += 16
      high -= 16
    }
    high += 8
    while (low <= high) {
      const x = load<f64>(low)
      const y = load<f64>(high)
      store<f64>(low, x + k * y)
      store<f64>(high, y + k * x)
      low += 8
      high -= 8
    }
    // Both errors are updated, and the next stage's sums taken of f'[j + 1] and b'[j] on the way: f' beside the b' before it.
    const k4 = f32x4.splat(<f32>k)
    let before = f32x4.splat(0)
    let heard = i32x4(0, -1, -1, -1)
    cross4 = f32x4.splat(0)
    energy4 = cross4
    let energyB4 = cross4
    const whole = (count - 1) & ~3
    let at: usize = 0
    const end = <usize>whole << 2
    for (; at < end; at += 16) {
      const f = v128.load(forward + at)
      const b = v128.load(backward + at)
      const newF = f32x4.add(f, f32x4.mul(k4, b))
      const newB = f32x4.add(b, f32x4.mul(k4, f))
      v128.store(forward + at - 4, newF)
      v128.store(backward + at, newB)
      const heardF = v128.and(newF, heard)
      heard = i32x4.splat(-1)
      cross4 = f32x4.add(cross4, f32x4.mul(heardF, v128.shuffle<f32>(before, newB, 3, 4, 5, 6)))
      energy4 = f32x4.add(energy4, f32x4.mul(heardF, heardF))
      energyB4 = f32x4.add(energyB4, f32x4.mul(newB, newB))
      before = newB
    }
    let last = f32x4.extract_lane(before, 3)
    cross = <f64>sumLanes(cross4)
    energy = <f64>sumLanes(energy4) + <f64>sumLanes(energyB4)
    for (let j = whole; j < count; j++) {
      const place = <usize>j << 2
      const f = load<f32>(forward + place)
      const b = load<f32>(backward + place)
      const newF = f + <f32>k * b
      const newB = b + <f32>k * f
      store<f32>(forward + place - 4, newF)
      store<f32>(backward + place, newB)
      if (j > 0) {
        cross += <f64>(newF * last)
        energy += <f64>(newF * newF)
      }
      if (j < count - 1) energy += <f64>(newB * newB)
      last = newB
    }
    count--
    store<f32>(forward + (<usize>count << 2), 0)
    store<f32>(backward + (<usize>count << 2), 0)
  }
  for (let j = 0; j < order; j++) {
    store<f32>(coefficients + (<usize>j << 2), -<f32>load<f64>(a + (<usize>(order - j) << 3)))
  }
}

/** How much of itself a period later the sound still is; near 1, the nearer the shorter the period. */
function periodGain(record: usize, channel: i32, frames: i32): f32 {
  const sincs = <usize>load<u32>(record, SINCS)
  const lag = <f64>load<f32>(record, LAG)
  let cross: f64 = 0
  let energy: f64 = 0
  for (let i = -frames; i < 0; i++) {
    const at = frameAt(record, channel, i)
    const past = tapBefore(sincs, at, lag)
    cross += <f64>load<f32>(at) * <f64>past
    energy += <f64>past * <f64>past
  }
  if (!(energy > 0)) return 1
  return <f32>max(1 - 0.5 * lag / 960, min(1 + 0.2 * lag / 960, cross / energy))
}

/**
 * Fits the record's predictor to its history. Pitched: a period's gain, and a predictor of at most `order` for what periods leave,
 * over at most `frames`. Else: a linear predictor alone. Work as for `concealBurg`, and frames more.
 */
export function concealFit(record: usize, pitched: i32, frames: i32, order: i32): void {
  const sincs = <usize>load<u32>(record, SINCS)
  const work = <usize>load<u32>(record, WORK)
  const history = load<i32>(record, HISTORY)
  const lag = <f64>load<f32>(record, LAG)
  const room = pitched ? history - <i32>(lag * 1.02) - 24 : history
  const length = max(0, min(frames, room)) & ~3
  const used = length < 64 && pitched ? 0 : min(order, length * 2 / 5) & ~3
  store<i32>(record, pitched, PITCHED)
  store<i32>(record, used, ORDER)
  for (let c = 0; c < load<i32>(record, CHANNELS); c++) {
    const place = <usize>c << 2
    const coefficients = <usize>load<u32>(record, COEFFICIENTS) + <usize>c * CHANNEL_BYTES
    const rest = <usize>load<u32>(record, REST) + <usize>c * CHANNEL_BYTES
    const burgWork = (work + (<usize>length << 2) + 15) & ~15
    store<f32>(record + place, 0, JOIN_STEP)
    if (!pitched) {
      if (used > 0) concealBurg(frameAt(record, c, -length), length, used, coefficients, burgWork)
      else if (history > 0) store<f32>(record + place, load<f32>(frameAt(record, c, -1)), JOIN_STEP)
      continue
    }
    const gain = periodGain(record, c, max(0, min(max(<i32>lag, 240), room)))
    store<f32>(record + place, gain, PERIOD_GAIN)
    for (let i = -length; i < 0; i++) {
      const at = frameAt(record, c, i)
      store<f32>(work + (<usize>(length + i) << 2), load<f32>(at) - gain * tapBefore(sincs, at, lagAt(record, i)))
    }
    if (used > 0) {
      concealBurg(work, length, used, coefficients, burgWork)
      memory.copy(rest, work + (<usize>(length - used) << 2), <usize>used << 2)
    } else if (history > 0) {
      const at = frameAt(record, c, -1)
      store<f32>(record + place, load<f32>(at) - gain * tapBefore(sincs, at, lagAt(record, -1)), JOIN_STEP)
    }
  }
}
