// One block in, one block out. Pointers are byte addresses of float32; `dst` may be the same block as a source; only `copy` may overlap.

/** Lanes 0 1 2 3, the frame numbers within a vector. */
@inline
export function lanes(): v128 {
  return f32x4(0, 1, 2, 3)
}

export function clear(dst: usize, frames: i32): void {
  memory.fill(dst, 0, (<usize>frames) << 2)
}

export function copy(dst: usize, src: usize, frames: i32): void {
  memory.copy(dst, src, (<usize>frames) << 2)
}

/** dst = src * g, g running in a line from g0 at frame 0 to g1 at frame `frames`. */
export function gain(dst: usize, src: usize, frames: i32, g0: f32, g1: f32): void {
  const step = (g1 - g0) / <f32>frames
  const start4 = f32x4.splat(g0)
  const step4 = f32x4.splat(step)
  let i = 0
  for (; i + 4 <= frames; i += 4) {
    const at = (<usize>i) << 2
    const frame4 = f32x4.add(f32x4.splat(<f32>i), lanes())
    const gain4 = f32x4.add(start4, f32x4.mul(step4, frame4))
    v128.store(dst + at, f32x4.mul(v128.load(src + at), gain4))
  }
  for (; i < frames; i++) {
    const at = (<usize>i) << 2
    store<f32>(dst + at, load<f32>(src + at) * (g0 + step * <f32>i))
  }
}

/** dst = a * (1 - w) + b * w, w running in a line from w0 to w1. At a steady 0 or 1 the unheard side is not read. */
export function crossfade(dst: usize, a: usize, b: usize, frames: i32, w0: f32, w1: f32): void {
  if (w0 == w1 && w0 == 0) { copy(dst, a, frames); return }
  if (w0 == w1 && w0 == 1) { copy(dst, b, frames); return }
  const step = (w1 - w0) / <f32>frames
  const start4 = f32x4.splat(w0)
  const step4 = f32x4.splat(step)
  const one4 = f32x4.splat(1)
  let i = 0
  for (; i + 4 <= frames; i += 4) {
    const at = (<usize>i) << 2
    const frame4 = f32x4.add(f32x4.splat(<f32>i), lanes())
    const w4 = f32x4.add(start4, f32x4.mul(step4, frame4))
    const a4 = f32x4.mul(v128.load(a + at), f32x4.sub(one4, w4))
    v128.store(dst + at, f32x4.add(a4, f32x4.mul(v128.load(b + at), w4)))
  }
  for (; i < frames; i++) {
    const at = (<usize>i) << 2
    const w = w0 + step * <f32>i
    store<f32>(dst + at, load<f32>(a + at) * (1 - w) + load<f32>(b + at) * w)
  }
}

/** dst += src * window. */
export function overlapAdd(dst: usize, src: usize, window: usize, frames: i32): void {
  let i = 0
  for (; i + 4 <= frames; i += 4) {
    const at = (<usize>i) << 2
    const add4 = f32x4.mul(v128.load(src + at), v128.load(window + at))
    v128.store(dst + at, f32x4.add(v128.load(dst + at), add4))
  }
  for (; i < frames; i++) {
    const at = (<usize>i) << 2
    store<f32>(dst + at, load<f32>(dst + at) + load<f32>(src + at) * load<f32>(window + at))
  }
}
