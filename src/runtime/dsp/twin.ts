/**
 * The plain TypeScript twin of every kernel, on the same pointers: what the tests hold the WebAssembly against, and what runs
 * where no WebAssembly can be had. Equal bit by bit, but for the order of additions in meter, dot, correlate and resample, and for
 * concealment, which computes in float64 here.
 */
import type { Dsp } from "./dsp.ts"
import { createTwinBlock } from "./twin-block.ts"
import { createTwinConceal } from "./twin-conceal.ts"
import { createTwinPack } from "./twin-pack.ts"
import { createTwinResample } from "./twin-resample.ts"
import { createTwinUnpack } from "./twin-unpack.ts"

/** The memory must not grow afterwards. */
export const createTwinDsp = (memory: WebAssembly.Memory): Dsp => ({
  ...createTwinBlock(memory),
  ...createTwinUnpack(memory),
  ...createTwinPack(memory),
  ...createTwinResample(memory),
  ...createTwinConceal(memory),
})
