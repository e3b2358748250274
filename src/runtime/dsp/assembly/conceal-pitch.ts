// The lag at which a sound repeats, one for all channels of a record.
import { CHANNELS, HISTORY, LAG, LIKENESS, SHIFT, SHIFT_LIKENESS, SLOPE, WORK, frameAt, sumLanes } from "./conceal-record"

/** The coarse search sees every fourth frame. */
const STEP = 4
/** A shorter lag is taken when it is worse by less than this: twice the period is as alike, but older. */
const SHORTER: f32 = 0.05
/** By so much the coarse search may have underrated it. */
const COARSE: f32 = 0.2
/** How much of the change of pitch that was seen is expected to go on, and most frames a frame. */
const TREND: f32 = 0.5
const MOST_TREND: f32 = 0.02

/**
 * Likeness of count frames at a and b, over the channels. With `level`, sounds of unlike level are less alike: else the ringing
 * after a glottal pulse, which dies away but keeps its shape, is taken for a note of its own.
 */
@inline
function likeness(a: usize, aStride: usize, b: usize, bStride: usize, count: i32, channels: i32, level: bool): f32 {
  let cross: f64 = 0
  let energyA: f64 = 0
  let energyB: f64 = 0
  for (let c = 0; c < channels; c++) {
    const x = a + <usize>c * aStride
    const y = b + <usize>c * bStride
    let cross4 = f32x4.splat(0)
    let a4 = cross4
    let b4 = cross4
    let i = 0
    for (; i + 4 <= count; i += 4) {
      const at = <usize>i << 2
      const u = v128.load(x + at)
      const v = v128.load(y + at)
      cross4 = f32x4.add(cross4, f32x4.mul(u, v))
      a4 = f32x4.add(a4, f32x4.mul(u, u))
      b4 = f32x4.add(b4, f32x4.mul(v, v))
    }
    cross += <f64>sumLanes(cross4)
    energyA += <f64>sumLanes(a4)
    energyB += <f64>sumLanes(b4)
    for (; i < count; i++) {
      const u = <f64>load<f32>(x + (<usize>i << 2))
      const v = <f64>load<f32>(y + (<usize>i << 2))
      cross += u * v
      energyA += u * u
      energyB += v * v
    }
  }
  const scale = level ? 0.5 * (energyA + energyB) : sqrt(energyA * energyB)
  return scale > 0 ? <f32>(cross / scale) : 0
}

/** Where between frames the top of three values lies, -0.5..0.5. */
@inline
function topOf(before: f32, top: f32, after: f32): f32 {
  const bend = before - 2 * top + after
  return bend < 0 ? max<f32>(-0.5, min<f32>(0.5, 0.5 * (before - after) / bend)) : 0
}

/** Likeness of the `frames` frames that end `back` frames before the gap to those `lag` before them. */
function alike(record: usize, frames: i32, back: i32, lag: i32): f32 {
  const channels = load<i32>(record, CHANNELS)
  const at = frameAt(record, 0, -back - frames)
  const stride = channels == 2 ? frameAt(record, 1, -back - frames) - at : 0
  return likeness(at, stride, at - (<usize>lag << 2), stride, frames, channels, true)
}

/** The best lag from low to high, with its fraction; its likeness goes to `out`. */
function bestNear(record: usize, frames: i32, back: i32, low: i32, high: i32, out: usize): f32 {
  let best: f32 = -2
  let bestLag = low
  for (let lag = low; lag <= high; lag++) {
    const value = alike(record, frames, back, lag)
    if (value > best) { best = value; bestLag = lag }
  }
  store<f32>(out, best)
  return <f32>bestLag + topOf(alike(record, frames, back, bestLag - 1), best, alike(record, frames, back, bestLag + 1))
}

/** Compares with the lag a little earlier, when the history reaches. */
function setTrend(record: usize, lag: f32, frames: i32, back: i32): void {
  let slope: f32 = 0
  const low = <i32>(lag * 0.96) - 2
  const high = <i32>(lag * 1.04) + 3
  const likenessAt = record + SHIFT_LIKENESS
  if (load<f32>(record, LIKENESS) > 0.9 && load<i32>(record, HISTORY) >= back + frames + high + 8) {
    const earlier = bestNear(record, frames, back, low, high, likenessAt)
    if (load<f32>(likenessAt) > 0.9) slope = max(-MOST_TREND, min(MOST_TREND, (lag - earlier) / <f32>back)) * TREND
  }
  store<f32>(record, slope, SLOPE)
  // The lag was seen in the middle of the template.
  store<f32>(record, lag + slope * 0.5 * <f32>frames, LAG)
}

/** The mean of four frames each, up to the gap, of each channel, to work. */
function thin(record: usize, count: i32): void {
  const work = <usize>load<u32>(record, WORK)
  for (let c = 0; c < load<i32>(record, CHANNELS); c++) {
    const src = frameAt(record, c, -count * STEP)
    const dst = work + (<usize>(c * count) << 2)
    for (let i = 0; i < count; i++) {
      store<f32>(dst + (<usize>i << 2), sumLanes(v128.load(src + (<usize>i << 4))))
    }
  }
}

/**
 * Finds the lag from shortest to longest: coarsely over templateFrames, then exactly over fineFrames; and its trend over backFrames.
 * Reads templateFrames + longest + 8 frames. Work: 3 * (templateFrames + longest) / 4 float32.
 */
export function concealPitch(
  record: usize, templateFrames: i32, fineFrames: i32, shortest: i32, longest: i32, backFrames: i32,
): void {
  const channels = load<i32>(record, CHANNELS)
  const template = templateFrames / STEP
  const count = template + longest / STEP
  const low = shortest / STEP
  const high = longest / STEP
  const work = <usize>load<u32>(record, WORK)
  const stride = <usize>count << 2
  const scores = work + 2 * stride
  thin(record, count)
  const at = work + (<usize>(count - template) << 2)
  let best: f32 = -2
  let bestLag = low
  for (let lag = low; lag <= high; lag++) {
    const value = likeness(at, stride, at - (<usize>lag << 2), stride, template, channels, true)
    store<f32>(scores + (<usize>lag << 2), value)
    if (value > best) { best = value; bestLag = lag }
  }
  const likenessAt = record + LIKENESS
  let lag = bestNear(record, fineFrames, 0, max(shortest, bestLag * STEP - STEP), min(longest, bestLag * STEP + STEP), likenessAt)
  const finest = load<f32>(likenessAt)
  // The first peak, from the shortest lag on, that is as good.
  for (let i = low + 1; i < bestLag - 1; i++) {
    const score = load<f32>(scores + (<usize>i << 2))
    const isPeak = score >= load<f32>(scores + (<usize>i << 2) - 4) && score >= load<f32>(scores + (<usize>i << 2), 4)
    if (!isPeak || score <= 0 || score < best - COARSE) continue
    const shorter = bestNear(record, fineFrames, 0, max(shortest, i * STEP - STEP), i * STEP + STEP, likenessAt)
    if (load<f32>(likenessAt) >= finest - SHORTER) { lag = shorter; break }
    store<f32>(likenessAt, finest)
  }
  setTrend(record, lag, fineFrames, backFrames)
}

/** Finds the best lag from low to high over `frames`, and its trend over backFrames. Reads frames + high + 1. */
export function concealPitchNear(record: usize, frames: i32, low: i32, high: i32, backFrames: i32): void {
  const lag = bestNear(record, frames, 0, low, high, record + LIKENESS)
  setTrend(record, lag, frames, backFrames)
}

/**
 * How the frames made from `from` on must be shifted to be most like the `frames` frames at left and right: SHIFT, positive when
 * they are too early, and SHIFT_LIKENESS. Looks `reach` frames to each side, which must be made, and one more.
 */
export function concealAlign(record: usize, from: i32, left: usize, right: usize, frames: i32, reach: i32): void {
  const channels = load<i32>(record, CHANNELS)
  const stride = channels == 2 ? right - left : 0
  const made = frameAt(record, 0, from)
  const madeStride = channels == 2 ? frameAt(record, 1, from) - made : 0
  let best: f32 = -2
  let shift = 0
  for (let s = -reach; s <= reach; s++) {
    const value = likeness(left, stride, made + (<usize>s << 2), madeStride, frames, channels, false)
    if (value > best) { best = value; shift = s }
  }
  const at = made + (<usize>shift << 2)
  const before = likeness(left, stride, at - 4, madeStride, frames, channels, false)
  const after = likeness(left, stride, at + 4, madeStride, frames, channels, false)
  store<f32>(record, <f32>shift + topOf(before, best, after), SHIFT)
  store<f32>(record, best, SHIFT_LIKENESS)
}
