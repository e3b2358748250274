// Interleaved samples of the network (big-endian) and of files and devices (little-endian) to planar float32.
//
// Each 32-bit lane is filled with a sample at its top and zeros below, so that one conversion and one factor, 2^-31, serve all
// widths; 16 and 24 bits come out exact. One swizzle does the byte order and the deinterleaving; -1 in a mask gives a zero.
// The vector loops never read beyond the last sample: the memory may end there.

const UNIT: f32 = 1.0 / 2147483648.0

/** One sample, left-justified; `float` samples are bits as they are. */
@inline
function sampleAt(at: usize, bytes: usize, bigEndian: bool): i32 {
  if (bytes == 4) return load<i32>(at)
  if (bytes == 2) return bigEndian ? (<i32>load<u8>(at) << 24) | (<i32>load<u8>(at, 1) << 16) : <i32>load<u16>(at) << 16
  return bigEndian
    ? (<i32>load<u8>(at) << 24) | (<i32>load<u8>(at, 1) << 16) | (<i32>load<u8>(at, 2) << 8)
    : (<i32>load<u8>(at) << 8) | (<i32>load<u16>(at, 1) << 16)
}

@inline
function put4(dst: usize, samples: v128, float: bool): void {
  v128.store(dst, float ? samples : f32x4.mul(f32x4.convert_i32x4_s(samples), f32x4.splat(UNIT)))
}

/**
 * mono            picks 4 samples from 16 bytes
 * left0, right0   pick frames 0 and 1 of a stereo group of 4 from its first 16 bytes
 * left1, right1   pick frames 2 and 3 from its last 16 bytes
 */
@inline
function unpack(
  src: usize, dst: usize, dstStride: usize, frames: i32, channels: i32, bytes: usize, bigEndian: bool, float: bool,
  mono: v128, left0: v128, left1: v128, right0: v128, right1: v128,
): void {
  let i: usize = 0
  const count = <usize>frames
  if (channels == 1) {
    const end = src + count * bytes
    for (; src + i * bytes + 16 <= end; i += 4) put4(dst + (i << 2), v128.swizzle(v128.load(src + i * bytes), mono), float)
  } else if (channels == 2) {
    const frameBytes = bytes << 1
    for (; i + 4 <= count; i += 4) {
      const a = v128.load(src + i * frameBytes)
      const b = v128.load(src + i * frameBytes + (frameBytes << 2) - 16)
      put4(dst + (i << 2), v128.or(v128.swizzle(a, left0), v128.swizzle(b, left1)), float)
      put4(dst + dstStride + (i << 2), v128.or(v128.swizzle(a, right0), v128.swizzle(b, right1)), float)
    }
  }
  for (; i < count; i++) {
    for (let c = 0; c < channels; c++) {
      const sample = sampleAt(src + (i * <usize>channels + <usize>c) * bytes, bytes, bigEndian)
      store<f32>(dst + <usize>c * dstStride + (i << 2), float ? reinterpret<f32>(sample) : <f32>sample * UNIT)
    }
  }
}

export function s16beToPlanar(src: usize, dst: usize, dstStride: usize, frames: i32, channels: i32): void {
  unpack(src, dst, dstStride, frames, channels, 2, true, false,
    i8x16(-1, -1, 1, 0, -1, -1, 3, 2, -1, -1, 5, 4, -1, -1, 7, 6),
    i8x16(-1, -1, 1, 0, -1, -1, 5, 4, -1, -1, -1, -1, -1, -1, -1, -1),
    i8x16(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 9, 8, -1, -1, 13, 12),
    i8x16(-1, -1, 3, 2, -1, -1, 7, 6, -1, -1, -1, -1, -1, -1, -1, -1),
    i8x16(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 11, 10, -1, -1, 15, 14))
}

export function s16leToPlanar(src: usize, dst: usize, dstStride: usize, frames: i32, channels: i32): void {
  unpack(src, dst, dstStride, frames, channels, 2, false, false,
    i8x16(-1, -1, 0, 1, -1, -1, 2, 3, -1, -1, 4, 5, -1, -1, 6, 7),
    i8x16(-1, -1, 0, 1, -1, -1, 4, 5, -1, -1, -1, -1, -1, -1, -1, -1),
    i8x16(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 8, 9, -1, -1, 12, 13),
    i8x16(-1, -1, 2, 3, -1, -1, 6, 7, -1, -1, -1, -1, -1, -1, -1, -1),
    i8x16(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 10, 11, -1, -1, 14, 15))
}

// A stereo group of 24 bits is 24 bytes; the second load starts at its byte 8, where frame 2 stands at 4.
export function s24beToPlanar(src: usize, dst: usize, dstStride: usize, frames: i32, channels: i32): void {
  unpack(src, dst, dstStride, frames, channels, 3, true, false,
    i8x16(-1, 2, 1, 0, -1, 5, 4, 3, -1, 8, 7, 6, -1, 11, 10, 9),
    i8x16(-1, 2, 1, 0, -1, 8, 7, 6, -1, -1, -1, -1, -1, -1, -1, -1),
    i8x16(-1, -1, -1, -1, -1, -1, -1, -1, -1, 6, 5, 4, -1, 12, 11, 10),
    i8x16(-1, 5, 4, 3, -1, 11, 10, 9, -1, -1, -1, -1, -1, -1, -1, -1),
    i8x16(-1, -1, -1, -1, -1, -1, -1, -1, -1, 9, 8, 7, -1, 15, 14, 13))
}

export function s24leToPlanar(src: usize, dst: usize, dstStride: usize, frames: i32, channels: i32): void {
  unpack(src, dst, dstStride, frames, channels, 3, false, false,
    i8x16(-1, 0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11),
    i8x16(-1, 0, 1, 2, -1, 6, 7, 8, -1, -1, -1, -1, -1, -1, -1, -1),
    i8x16(-1, -1, -1, -1, -1, -1, -1, -1, -1, 4, 5, 6, -1, 10, 11, 12),
    i8x16(-1, 3, 4, 5, -1, 9, 10, 11, -1, -1, -1, -1, -1, -1, -1, -1),
    i8x16(-1, -1, -1, -1, -1, -1, -1, -1, -1, 7, 8, 9, -1, 13, 14, 15))
}

@inline
function unpack32(src: usize, dst: usize, dstStride: usize, frames: i32, channels: i32, float: bool): void {
  unpack(src, dst, dstStride, frames, channels, 4, false, float,
    i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
    i8x16(0, 1, 2, 3, 8, 9, 10, 11, -1, -1, -1, -1, -1, -1, -1, -1),
    i8x16(-1, -1, -1, -1, -1, -1, -1, -1, 0, 1, 2, 3, 8, 9, 10, 11),
    i8x16(4, 5, 6, 7, 12, 13, 14, 15, -1, -1, -1, -1, -1, -1, -1, -1),
    i8x16(-1, -1, -1, -1, -1, -1, -1, -1, 4, 5, 6, 7, 12, 13, 14, 15))
}

export function s32leToPlanar(src: usize, dst: usize, dstStride: usize, frames: i32, channels: i32): void {
  unpack32(src, dst, dstStride, frames, channels, false)
}

export function f32leToPlanar(src: usize, dst: usize, dstStride: usize, frames: i32, channels: i32): void {
  unpack32(src, dst, dstStride, frames, channels, true)
}
