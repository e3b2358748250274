// The record of one predictor, 96 bytes, and what all of its kernels share. dsp.ts names the fields.
//
// A predictor continues planes: `history` frames are given, what is made follows them in the same plane. "Frame i" below counts
// from the first frame made; the past has negative numbers. Before each plane 64 bytes are free to be read and written.

export const PLANE: usize = 0
export const STRIDE: usize = 4
export const CHANNELS: usize = 8
export const HISTORY: usize = 12
export const SINCS: usize = 16
export const WORK: usize = 20
export const COEFFICIENTS: usize = 24
export const REST: usize = 28
export const PITCHED: usize = 32
export const ORDER: usize = 36
export const LAG: usize = 40
export const SLOPE: usize = 44
export const LIKENESS: usize = 48
export const SHIFT: usize = 52
export const SHIFT_LIKENESS: usize = 56
export const BEND_FRAMES: usize = 60
/** One a channel. */
export const LIMIT: usize = 64
export const PERIOD_GAIN: usize = 72
export const JOIN_STEP: usize = 80

/** Bytes a channel of coefficients and of rest. */
export const CHANNEL_BYTES: usize = 1024
/** Frames that `rest` can take beyond the predictor's own. */
export const REST_CHUNK: i32 = 128

/** Below this a sample is 0: a decaying prediction must not end in denormals, which cost a hundred times as much. */
const LEAST: f32 = 1e-15
/** Above this a sample is no sound, and its square may overflow. */
const MOST: f32 = 1e9

@inline
export function sumLanes(v: v128): f32 {
  return (f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1)) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3))
}

/** Address of frame i of a channel. */
@inline
export function frameAt(record: usize, channel: i32, i: i32): usize {
  const plane = <usize>load<u32>(record, PLANE) + <usize>channel * <usize>load<u32>(record, STRIDE)
  return plane + (<usize>(load<i32>(record, HISTORY) + i) << 2)
}

/** 0 to 1 like sin²(πx/2), 0 ≤ x ≤ 1. */
@inline
export function smooth(x: f64): f64 {
  const a = (x - 0.5) * 3.141592653589793
  const s = a * a
  const sine = a * (1 + s * (-1 / 6.0 + s * (1 / 120.0 + s * (-1 / 5040.0 + s * (1 / 362880.0 - s / 39916800.0)))))
  return min(1.0, max(0.0, 0.5 + 0.5 * sine))
}

/** The signal `lag` frames before the address, between frames by a sinc of 16 taps, of which 8 reach past it. */
@inline
export function tapBefore(sincs: usize, at: usize, lag: f64): f32 {
  const whole = <i32>lag
  const row = <i32>((1.0 - (lag - <f64>whole)) * 128.0 + 0.5)
  const taps = sincs + (<usize>row << 6)
  const from = at - (<usize>(whole + 8) << 2)
  const low = f32x4.add(f32x4.mul(v128.load(taps), v128.load(from)), f32x4.mul(v128.load(taps, 16), v128.load(from, 16)))
  const high = f32x4.add(f32x4.mul(v128.load(taps, 32), v128.load(from, 32)), f32x4.mul(v128.load(taps, 48), v128.load(from, 48)))
  return sumLanes(f32x4.add(low, high))
}

/** The lag by which frame i is predicted: it goes on changing as it did, for a while. */
@inline
export function lagAt(record: usize, i: i32): f64 {
  return <f64>load<f32>(record, LAG) + <f64>load<f32>(record, SLOPE) * <f64>min(i, load<i32>(record, BEND_FRAMES))
}

@inline
export function kept(value: f32, limit: f32): f32 {
  const size = abs(value)
  // A NaN is in neither comparison.
  if (size >= LEAST && size <= limit) return value
  return size > limit ? copysign(limit, value) : 0
}

/**
 * Fills the history from the channels at left and right, in time or against it, and clears what lies before. What is no sound
 * becomes 0. Sets each channel's limit, 1.5 times its peak.
 */
export function concealTake(record: usize, left: usize, right: usize, backwards: i32): void {
  const frames = load<i32>(record, HISTORY)
  for (let c = 0; c < load<i32>(record, CHANNELS); c++) {
    const src = c == 0 ? left : right
    const dst = frameAt(record, c, -frames)
    let peak: f32 = 0
    memory.fill(dst - 64, 0, 64)
    const whole = frames & ~3
    let peak4 = f32x4.splat(0)
    for (let i = 0; i < whole; i += 4) {
      let values = v128.load(src + (<usize>(backwards ? frames - 4 - i : i) << 2))
      if (backwards) values = v128.shuffle<f32>(values, values, 3, 2, 1, 0)
      const sizes = f32x4.abs(values)
      // A NaN is in neither comparison.
      const sounds = v128.and(f32x4.ge(sizes, f32x4.splat(LEAST)), f32x4.le(sizes, f32x4.splat(MOST)))
      v128.store(dst + (<usize>i << 2), v128.and(values, sounds))
      peak4 = f32x4.pmax(peak4, v128.and(sizes, sounds))
    }
    peak = max(max(f32x4.extract_lane(peak4, 0), f32x4.extract_lane(peak4, 1)), max(f32x4.extract_lane(peak4, 2), f32x4.extract_lane(peak4, 3)))
    for (let i = whole; i < frames; i++) {
      const value = load<f32>(src + (<usize>(backwards ? frames - 1 - i : i) << 2))
      const size = abs(value)
      const isSound = size >= LEAST && size <= MOST
      store<f32>(dst + (<usize>i << 2), isSound ? value : 0)
      if (isSound && size > peak) peak = size
    }
    store<f32>(record + (<usize>c << 2), peak * 1.5, LIMIT)
  }
}
