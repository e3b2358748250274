// Level of a block.

/**
 * Writes f32 peak and f32 sum of squares of the finite samples, and i32 count of the others (NaN, infinity), to `out`.
 * Two accumulators, so that one addition need not wait for the other.
 */
export function meter(src: usize, frames: i32, out: usize): void {
  const limit = f32x4.splat(f32.MAX_VALUE)
  let peak4 = f32x4.splat(0)
  let sumA4 = f32x4.splat(0)
  let sumB4 = f32x4.splat(0)
  let bad4 = i32x4.splat(0)
  let i = 0
  for (; i + 8 <= frames; i += 8) {
    const at = src + ((<usize>i) << 2)
    const a = f32x4.abs(v128.load(at))
    const b = f32x4.abs(v128.load(at, 16))
    const fineA = f32x4.le(a, limit)
    const fineB = f32x4.le(b, limit)
    const goodA = v128.and(a, fineA)
    const goodB = v128.and(b, fineB)
    peak4 = f32x4.pmax(peak4, f32x4.pmax(goodA, goodB))
    sumA4 = f32x4.add(sumA4, f32x4.mul(goodA, goodA))
    sumB4 = f32x4.add(sumB4, f32x4.mul(goodB, goodB))
    bad4 = i32x4.add(bad4, i32x4.add(fineA, fineB))
  }
  // A lane of `bad4` is minus the number of finite samples seen there.
  let bad = i + i32x4.extract_lane(bad4, 0) + i32x4.extract_lane(bad4, 1) + i32x4.extract_lane(bad4, 2) + i32x4.extract_lane(bad4, 3)
  let peak = max(
    max(f32x4.extract_lane(peak4, 0), f32x4.extract_lane(peak4, 1)),
    max(f32x4.extract_lane(peak4, 2), f32x4.extract_lane(peak4, 3)),
  )
  const sum4 = f32x4.add(sumA4, sumB4)
  let sum = f32x4.extract_lane(sum4, 0) + f32x4.extract_lane(sum4, 1) + f32x4.extract_lane(sum4, 2) + f32x4.extract_lane(sum4, 3)
  for (; i < frames; i++) {
    const value = abs(load<f32>(src + ((<usize>i) << 2)))
    if (value <= f32.MAX_VALUE) {
      peak = max(peak, value)
      sum += value * value
    } else bad++
  }
  store<f32>(out, peak)
  store<f32>(out, sum, 4)
  store<i32>(out, bad, 8)
}
