// Every strip into a stereo bus, in one call.
//
// A row is 32 bytes: i32 srcL, i32 srcR (mono: the same), f32 gainL0, gainL1, gainR0, gainR1, 8 bytes spare.
// The block is cut into tiles of 16 frames; a tile's sums stay in registers while all rows pass by, so the bus is read and
// written once. The order of additions is that of the rows, whatever the tile.
import { lanes } from "./block"

const ROW_BYTES: usize = 32

@inline
function silent(row: usize): bool {
  return !v128.any_true(f32x4.ne(v128.load(row, 8), f32x4.splat(0)))
}

function mixTile(rows: usize, end: usize, outL: usize, outR: usize, first: i32, frames: i32): void {
  const at = (<usize>first) << 2
  let l0 = v128.load(outL + at), l1 = v128.load(outL + at, 16), l2 = v128.load(outL + at, 32), l3 = v128.load(outL + at, 48)
  let r0 = v128.load(outR + at), r1 = v128.load(outR + at, 16), r2 = v128.load(outR + at, 32), r3 = v128.load(outR + at, 48)
  for (let row = rows; row < end; row += ROW_BYTES) {
    if (silent(row)) continue
    const srcL = <usize>load<u32>(row) + at
    const srcR = <usize>load<u32>(row, 4) + at
    const gainL0 = load<f32>(row, 8), gainL1 = load<f32>(row, 12)
    const gainR0 = load<f32>(row, 16), gainR1 = load<f32>(row, 20)
    const a0 = v128.load(srcL), a1 = v128.load(srcL, 16), a2 = v128.load(srcL, 32), a3 = v128.load(srcL, 48)
    if (gainL0 == gainL1 && gainR0 == gainR1) {
      const gL = f32x4.splat(gainL0), gR = f32x4.splat(gainR0)
      l0 = f32x4.add(l0, f32x4.mul(a0, gL))
      l1 = f32x4.add(l1, f32x4.mul(a1, gL))
      l2 = f32x4.add(l2, f32x4.mul(a2, gL))
      l3 = f32x4.add(l3, f32x4.mul(a3, gL))
      if (srcL == srcR) {
        r0 = f32x4.add(r0, f32x4.mul(a0, gR))
        r1 = f32x4.add(r1, f32x4.mul(a1, gR))
        r2 = f32x4.add(r2, f32x4.mul(a2, gR))
        r3 = f32x4.add(r3, f32x4.mul(a3, gR))
      } else {
        r0 = f32x4.add(r0, f32x4.mul(v128.load(srcR), gR))
        r1 = f32x4.add(r1, f32x4.mul(v128.load(srcR, 16), gR))
        r2 = f32x4.add(r2, f32x4.mul(v128.load(srcR, 32), gR))
        r3 = f32x4.add(r3, f32x4.mul(v128.load(srcR, 48), gR))
      }
    } else {
      const startL = f32x4.splat(gainL0), stepL = f32x4.splat((gainL1 - gainL0) / <f32>frames)
      const startR = f32x4.splat(gainR0), stepR = f32x4.splat((gainR1 - gainR0) / <f32>frames)
      const four = f32x4.splat(4)
      const n0 = f32x4.add(f32x4.splat(<f32>first), lanes())
      const n1 = f32x4.add(n0, four)
      const n2 = f32x4.add(n1, four)
      const n3 = f32x4.add(n2, four)
      l0 = f32x4.add(l0, f32x4.mul(a0, f32x4.add(startL, f32x4.mul(stepL, n0))))
      l1 = f32x4.add(l1, f32x4.mul(a1, f32x4.add(startL, f32x4.mul(stepL, n1))))
      l2 = f32x4.add(l2, f32x4.mul(a2, f32x4.add(startL, f32x4.mul(stepL, n2))))
      l3 = f32x4.add(l3, f32x4.mul(a3, f32x4.add(startL, f32x4.mul(stepL, n3))))
      r0 = f32x4.add(r0, f32x4.mul(v128.load(srcR), f32x4.add(startR, f32x4.mul(stepR, n0))))
      r1 = f32x4.add(r1, f32x4.mul(v128.load(srcR, 16), f32x4.add(startR, f32x4.mul(stepR, n1))))
      r2 = f32x4.add(r2, f32x4.mul(v128.load(srcR, 32), f32x4.add(startR, f32x4.mul(stepR, n2))))
      r3 = f32x4.add(r3, f32x4.mul(v128.load(srcR, 48), f32x4.add(startR, f32x4.mul(stepR, n3))))
    }
  }
  v128.store(outL + at, l0); v128.store(outL + at, l1, 16); v128.store(outL + at, l2, 32); v128.store(outL + at, l3, 48)
  v128.store(outR + at, r0); v128.store(outR + at, r1, 16); v128.store(outR + at, r2, 32); v128.store(outR + at, r3, 48)
}

/** The frames after the last whole tile. */
function mixFrame(rows: usize, end: usize, outL: usize, outR: usize, frame: i32, frames: i32): void {
  const at = (<usize>frame) << 2
  let left = load<f32>(outL + at)
  let right = load<f32>(outR + at)
  for (let row = rows; row < end; row += ROW_BYTES) {
    if (silent(row)) continue
    const gainL0 = load<f32>(row, 8), gainR0 = load<f32>(row, 16)
    const stepL = (load<f32>(row, 12) - gainL0) / <f32>frames
    const stepR = (load<f32>(row, 20) - gainR0) / <f32>frames
    left += load<f32>(<usize>load<u32>(row) + at) * (gainL0 + stepL * <f32>frame)
    right += load<f32>(<usize>load<u32>(row, 4) + at) * (gainR0 + stepR * <f32>frame)
  }
  store<f32>(outL + at, left)
  store<f32>(outR + at, right)
}

/** Adds all rows to outL and outR. Gain at frame i is g0 + (g1 - g0) * i / frames; a row whose gains are all 0 is not read. */
export function mix(rows: usize, rowCount: i32, outL: usize, outR: usize, frames: i32): void {
  const end = rows + <usize>rowCount * ROW_BYTES
  let i = 0
  for (; i + 16 <= frames; i += 16) mixTile(rows, end, outL, outR, i, frames)
  for (; i < frames; i++) mixFrame(rows, end, outL, outR, i, frames)
}
