// Polyphase windowed sinc at any ratio.
//
// State record, 64 bytes:
//   0 f64 position    of the next output frame, in input frames from `src`; not negative
//   8 f64 step        input frames per output frame
//  16 f64 stepTarget  step reached at the end of the next call: it runs there in a line, so a change has no edge
//  24 i32 table       float32[257][tapCount]; row p is the filter for an output p / 256 after tap tapCount/2 - 1
//  28 i32 tapCount    multiple of 8
//  32 i32 channelCount
//  36 i32 srcStride   bytes from a channel's plane to the next
//  40 i32 dstStride
//  44 .. spare
// Between rows the coefficients are interpolated in a line. Two channels share that work, so channels go by pairs.
//
// Within a call the position is fixed-point, 40 bits after the point: whole frame, row and the rest of it are then shifts. (In
// float64, V8's rounding instructions wait for the frame before: measured, 21 ns a frame more.) A call may span 2^22 frames.

const POINT: f64 = 1099511627776.0
const REST: f32 = 1.0 / 16777216.0

@inline
function sumLanes(v: v128): f32 {
  return (f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1)) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3))
}

/** One channel, or two when `pair`. Returns the position after the last frame. */
@inline
function filter(state: usize, srcA: usize, srcB: usize, dstA: usize, dstB: usize, frames: i32, pair: bool): f64 {
  const table = <usize>load<u32>(state, 24)
  const rowBytes = <usize>load<u32>(state, 28) << 2
  const stepStart = load<f64>(state, 8)
  const change = <i64>((load<f64>(state, 16) - stepStart) / <f64>frames * POINT)
  let position = <i64>(load<f64>(state) * POINT)
  let step = <i64>(stepStart * POINT)
  let i: usize = 0
  // Both loops test at their end: then V8 keeps what is constant in the inner one out of it (measured: six times faster).
  do {
    const between = f32x4.splat(<f32>(<i32>(position >> 8) & 0xffffff) * REST)
    const low = table + (<usize>(position >> 32) & 0xff) * rowBytes
    const high = low + rowBytes
    const x = <usize>(position >> 40) << 2
    const xA = srcA + x
    const xB = srcB + x
    let a4 = f32x4.splat(0)
    let b4 = f32x4.splat(0)
    let evenA4 = a4
    let evenB4 = b4
    let t: usize = 0
    do {
      const even = v128.load(low + t)
      const odd = v128.load(low + t, 16)
      const evenC = f32x4.add(even, f32x4.mul(between, f32x4.sub(v128.load(high + t), even)))
      const oddC = f32x4.add(odd, f32x4.mul(between, f32x4.sub(v128.load(high + t, 16), odd)))
      evenA4 = f32x4.add(evenA4, f32x4.mul(evenC, v128.load(xA + t)))
      a4 = f32x4.add(a4, f32x4.mul(oddC, v128.load(xA + t, 16)))
      if (pair) {
        evenB4 = f32x4.add(evenB4, f32x4.mul(evenC, v128.load(xB + t)))
        b4 = f32x4.add(b4, f32x4.mul(oddC, v128.load(xB + t, 16)))
      }
      t += 32
    } while (t < rowBytes)
    a4 = f32x4.add(a4, evenA4)
    b4 = f32x4.add(b4, evenB4)
    store<f32>(dstA + (i << 2), sumLanes(a4))
    if (pair) store<f32>(dstB + (i << 2), sumLanes(b4))
    step += change
    position += step
    i++
  } while (i < <usize>frames)
  return <f64>position / POINT
}

/**
 * Makes `frames` frames of every channel. Reads input frames floor(position) .. floor(last position) + tapCount - 1, which
 * the caller must have; moves `position` on (the caller takes the whole frames off again) and sets step to stepTarget.
 */
export function resample(state: usize, src: usize, dst: usize, frames: i32): void {
  if (frames <= 0) return
  const channelCount = load<i32>(state, 32)
  const srcStride = <usize>load<u32>(state, 36)
  const dstStride = <usize>load<u32>(state, 40)
  let position = load<f64>(state)
  let c = 0
  for (; c + 2 <= channelCount; c += 2) {
    const srcA = src + <usize>c * srcStride
    const dstA = dst + <usize>c * dstStride
    position = filter(state, srcA, srcA + srcStride, dstA, dstA + dstStride, frames, true)
  }
  if (c < channelCount) {
    const srcA = src + <usize>c * srcStride
    const dstA = dst + <usize>c * dstStride
    position = filter(state, srcA, srcA, dstA, dstA, frames, false)
  }
  store<f64>(state, position)
  store<f64>(state, load<f64>(state, 16), 8)
}
