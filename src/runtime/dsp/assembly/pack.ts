// Planar float32 to interleaved samples of the network (big-endian) and of files and devices (little-endian).
//
// Round to nearest (ties to even), clamp to full scale, NaN to 0: what nearest, then a saturating conversion give by themselves.
// The general loops (more than two channels, tails, dither) do the same sample by sample.

const FULL_16: f32 = 32768
const FULL_24: f32 = 8388608
const TOP_24: i32 = 8388607
const HALF: f32 = 1.0 / 65536.0

/** Planar position of a sample. */
@inline
function sampleAt(src: usize, srcStride: usize, frame: usize, channel: i32): f32 {
  return load<f32>(src + <usize>channel * srcStride + (frame << 2))
}

@inline
function whole(value: f32, lowest: i32, highest: i32): i32 {
  return min(max(<i32>nearest(value), lowest), highest)
}

@inline
function put16(at: usize, value: i32, bigEndian: bool): void {
  store<u16>(at, bigEndian ? bswap<u16>(<u16>value) : <u16>value)
}

@inline
function put24(at: usize, value: i32, bigEndian: bool): void {
  store<u8>(at, bigEndian ? value >> 16 : value)
  store<u8>(at, value >> 8, 1)
  store<u8>(at, bigEndian ? value : value >> 16, 2)
}

@inline
function whole4(at: usize, full: f32): v128 {
  return i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(at), f32x4.splat(full))))
}

@inline
function whole24(at: usize): v128 {
  return i32x4.max_s(i32x4.min_s(whole4(at, FULL_24), i32x4.splat(TOP_24)), i32x4.splat(-TOP_24 - 1))
}

/** Whether every sample of the plane is a 16-bit value already. */
function fits16(src: usize, frames: usize): bool {
  let i: usize = 0
  for (; i + 4 <= frames; i += 4) {
    const scaled = f32x4.mul(v128.load(src + (i << 2)), f32x4.splat(FULL_16))
    const same = f32x4.eq(f32x4.nearest(scaled), scaled)
    const inside = v128.and(f32x4.ge(scaled, f32x4.splat(-FULL_16)), f32x4.lt(scaled, f32x4.splat(FULL_16)))
    if (!i32x4.all_true(v128.and(same, inside))) return false
  }
  for (; i < frames; i++) {
    const scaled = load<f32>(src + (i << 2)) * FULL_16
    if (!(nearest(scaled) == scaled && scaled >= -FULL_16 && scaled < FULL_16)) return false
  }
  return true
}

/** Triangular noise of two steps' width: the difference of two even ones, both out of one xorshift number. */
@inline
function packDithered16(
  src: usize, srcStride: usize, dst: usize, frames: usize, channels: i32, bigEndian: bool, ditherState: usize,
): void {
  let seed = load<u32>(ditherState)
  if (seed == 0) seed = 0x9e3779b9
  for (let i: usize = 0; i < frames; i++) {
    for (let c = 0; c < channels; c++) {
      seed ^= seed << 13
      seed ^= seed >> 17
      seed ^= seed << 5
      const noise = <f32>(<i32>(seed & 0xffff) - <i32>(seed >> 16)) * HALF
      const value = whole(sampleAt(src, srcStride, i, c) * FULL_16 + noise, -32768, 32767)
      put16(dst + ((i * <usize>channels + <usize>c) << 1), value, bigEndian)
    }
  }
  store<u32>(ditherState, seed)
}

/** mono, stereo: byte order, and the interleaving of [l l l l r r r r]. */
@inline
function pack16(
  src: usize, srcStride: usize, dst: usize, frames: i32, channels: i32, bigEndian: bool, ditherState: usize,
  mono: v128, stereo: v128,
): void {
  const count = <usize>frames
  if (ditherState != 0) {
    for (let c = 0; c < channels; c++) {
      if (fits16(src + <usize>c * srcStride, count)) continue
      packDithered16(src, srcStride, dst, count, channels, bigEndian, ditherState)
      return
    }
  }
  let i: usize = 0
  if (channels == 1) {
    for (; i + 8 <= count; i += 8) {
      const at = src + (i << 2)
      v128.store(dst + (i << 1), v128.swizzle(i16x8.narrow_i32x4_s(whole4(at, FULL_16), whole4(at + 16, FULL_16)), mono))
    }
  } else if (channels == 2) {
    for (; i + 4 <= count; i += 4) {
      const at = src + (i << 2)
      const both = i16x8.narrow_i32x4_s(whole4(at, FULL_16), whole4(at + srcStride, FULL_16))
      v128.store(dst + (i << 2), v128.swizzle(both, stereo))
    }
  }
  for (; i < count; i++) {
    for (let c = 0; c < channels; c++) {
      put16(dst + ((i * <usize>channels + <usize>c) << 1), whole(sampleAt(src, srcStride, i, c) * FULL_16, -32768, 32767), bigEndian)
    }
  }
}

export function planarToS16be(src: usize, srcStride: usize, dst: usize, frames: i32, channels: i32, ditherState: usize): void {
  pack16(src, srcStride, dst, frames, channels, true, ditherState,
    i8x16(1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14),
    i8x16(1, 0, 9, 8, 3, 2, 11, 10, 5, 4, 13, 12, 7, 6, 15, 14))
}

export function planarToS16le(src: usize, srcStride: usize, dst: usize, frames: i32, channels: i32, ditherState: usize): void {
  pack16(src, srcStride, dst, frames, channels, false, ditherState,
    i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
    i8x16(0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12, 13, 6, 7, 14, 15))
}

/**
 * mono             4 samples to 12 bytes
 * left0, right0    the first 16 of a stereo group's 24 bytes
 * left1, right1    its last 8 bytes
 */
@inline
function pack24(
  src: usize, srcStride: usize, dst: usize, frames: i32, channels: i32, bigEndian: bool,
  mono: v128, left0: v128, right0: v128, left1: v128, right1: v128,
): void {
  const count = <usize>frames
  let i: usize = 0
  if (channels == 1) {
    for (; i + 4 <= count; i += 4) {
      const packed = v128.swizzle(whole24(src + (i << 2)), mono)
      v128.store64_lane(dst + i * 3, packed, 0)
      v128.store32_lane(dst + i * 3, packed, 2, 8)
    }
  } else if (channels == 2) {
    for (; i + 4 <= count; i += 4) {
      const left = whole24(src + (i << 2))
      const right = whole24(src + srcStride + (i << 2))
      v128.store(dst + i * 6, v128.or(v128.swizzle(left, left0), v128.swizzle(right, right0)))
      v128.store64_lane(dst + i * 6, v128.or(v128.swizzle(left, left1), v128.swizzle(right, right1)), 0, 16)
    }
  }
  for (; i < count; i++) {
    for (let c = 0; c < channels; c++) {
      const value = whole(sampleAt(src, srcStride, i, c) * FULL_24, -TOP_24 - 1, TOP_24)
      put24(dst + (i * <usize>channels + <usize>c) * 3, value, bigEndian)
    }
  }
}

export function planarToS24be(src: usize, srcStride: usize, dst: usize, frames: i32, channels: i32): void {
  pack24(src, srcStride, dst, frames, channels, true,
    i8x16(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1),
    i8x16(2, 1, 0, -1, -1, -1, 6, 5, 4, -1, -1, -1, 10, 9, 8, -1),
    i8x16(-1, -1, -1, 2, 1, 0, -1, -1, -1, 6, 5, 4, -1, -1, -1, 10),
    i8x16(-1, -1, 14, 13, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1),
    i8x16(9, 8, -1, -1, -1, 14, 13, 12, -1, -1, -1, -1, -1, -1, -1, -1))
}

export function planarToS24le(src: usize, srcStride: usize, dst: usize, frames: i32, channels: i32): void {
  pack24(src, srcStride, dst, frames, channels, false,
    i8x16(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1),
    i8x16(0, 1, 2, -1, -1, -1, 4, 5, 6, -1, -1, -1, 8, 9, 10, -1),
    i8x16(-1, -1, -1, 0, 1, 2, -1, -1, -1, 4, 5, 6, -1, -1, -1, 8),
    i8x16(-1, -1, 12, 13, 14, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1),
    i8x16(9, 10, -1, -1, -1, 12, 13, 14, -1, -1, -1, -1, -1, -1, -1, -1))
}

export function planarToF32le(src: usize, srcStride: usize, dst: usize, frames: i32, channels: i32): void {
  const count = <usize>frames
  let i: usize = 0
  if (channels == 1) {
    memory.copy(dst, src, count << 2)
    return
  }
  if (channels == 2) {
    for (; i + 4 <= count; i += 4) {
      const left = v128.load(src + (i << 2))
      const right = v128.load(src + srcStride + (i << 2))
      v128.store(dst + (i << 3), v128.shuffle<f32>(left, right, 0, 4, 1, 5))
      v128.store(dst + (i << 3), v128.shuffle<f32>(left, right, 2, 6, 3, 7), 16)
    }
  }
  for (; i < count; i++) {
    for (let c = 0; c < channels; c++) store<f32>(dst + ((i * <usize>channels + <usize>c) << 2), sampleAt(src, srcStride, i, c))
  }
}
