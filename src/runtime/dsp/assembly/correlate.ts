// Likeness of two signals.

@inline
function sumLanes(v: v128): f32 {
  return (f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1)) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3))
}

/** Sum of a[i] * b[i]. */
export function dot(a: usize, b: usize, count: i32): f32 {
  let sumA4 = f32x4.splat(0)
  let sumB4 = f32x4.splat(0)
  let i = 0
  for (; i + 8 <= count; i += 8) {
    const at = (<usize>i) << 2
    sumA4 = f32x4.add(sumA4, f32x4.mul(v128.load(a + at), v128.load(b + at)))
    sumB4 = f32x4.add(sumB4, f32x4.mul(v128.load(a + at, 16), v128.load(b + at, 16)))
  }
  let sum = sumLanes(f32x4.add(sumA4, sumB4))
  for (; i < count; i++) {
    const at = (<usize>i) << 2
    sum += load<f32>(a + at) * load<f32>(b + at)
  }
  return sum
}

/**
 * For each lag: out = sum(t[i] * s[lag + i]) / sqrt(sum t^2 * sum s[lag + i]^2), -1..1; 0 where either is silent.
 * Reads templateFrames + lagCount - 1 frames of the signal. The signal's energy is summed anew for each lag: a running sum
 * would keep the rounding of a loud passage when a quiet one follows.
 */
export function correlate(template: usize, signal: usize, templateFrames: i32, lagCount: i32, out: usize): void {
  const templateEnergy = dot(template, template, templateFrames)
  for (let lag = 0; lag < lagCount; lag++) {
    const s = signal + ((<usize>lag) << 2)
    let cross4 = f32x4.splat(0)
    let energy4 = f32x4.splat(0)
    let i = 0
    for (; i + 4 <= templateFrames; i += 4) {
      const at = (<usize>i) << 2
      const v = v128.load(s + at)
      cross4 = f32x4.add(cross4, f32x4.mul(v128.load(template + at), v))
      energy4 = f32x4.add(energy4, f32x4.mul(v, v))
    }
    let cross = sumLanes(cross4)
    let energy = sumLanes(energy4)
    for (; i < templateFrames; i++) {
      const at = (<usize>i) << 2
      const v = load<f32>(s + at)
      cross += load<f32>(template + at) * v
      energy += v * v
    }
    // In float64: the product of two small energies is no denormal there.
    const scale = sqrt(<f64>templateEnergy * <f64>energy)
    store<f32>(out + ((<usize>lag) << 2), scale > 0 ? <f32>(<f64>cross / scale) : 0)
  }
}
