// The kernels' entry: what dsp.wasm exports. AssemblyScript, compiled by scripts/build-dsp.mjs; asc is its type checker.
//
// House rules of this folder: pointers and plain numbers only, no objects, no static data (all threads share one memory, and
// every instance would write it anew), no calls out. All state lies in memory that the caller gives.

export { clear, copy, gain, crossfade, overlapAdd } from "./block"
export { mix } from "./mix"
export { meter } from "./meter"
export {
  s16beToPlanar, s24beToPlanar, s16leToPlanar, s24leToPlanar, s32leToPlanar, f32leToPlanar,
} from "./unpack"
export { planarToS16be, planarToS24be, planarToS16le, planarToS24le, planarToF32le } from "./pack"
export { dot, correlate } from "./correlate"
export { resample } from "./resample"
export { concealTake } from "./conceal-record"
export { concealPitch, concealPitchNear, concealAlign } from "./conceal-pitch"
export { concealBurg, concealFit } from "./conceal-burg"
export { concealRun, concealWrite, concealBridge, concealMerge } from "./conceal-extend"

/** First address that the module itself does not use. */
export function heapBase(): usize {
  return __heap_base
}
