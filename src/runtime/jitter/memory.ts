/** Where everything of a jitter buffer lies in its piece of the arena. */
import { RESAMPLE_STATE_BYTES } from "../dsp/dsp.ts"
import { resamplerTableBytes } from "../dsp/resampler-table.ts"
import { ASIDE_BYTES } from "./aside.ts"
import { concealerBytes } from "./conceal/concealer.ts"
import { DELAY_CURVE_BYTES } from "./delay-curve.ts"
import { HEARD_BYTES } from "./heard.ts"
import { INTERPOLATION } from "./interpolator.ts"
import { LEAP_BYTES } from "./leap.ts"
import { STORE_BYTES } from "./sample-store.ts"

export interface JitterMemory {
  readonly curve: number
  readonly store: number
  readonly heard: number
  readonly aside: number
  readonly leap: number
  readonly resampler: number
  readonly table: number
  readonly concealer: number
  readonly end: number
}

/** All audio that a buffer keeps. */
export const keptAudio = (memory: WebAssembly.Memory, { store, leap }: JitterMemory): Float32Array =>
  new Float32Array(memory.buffer, store, (leap - store) / 4)

/** Lays a buffer out at `at`, a multiple of 16. The delay curve comes first: that is where others read it; what has audio lies in one piece. */
export function planJitterMemory(at: number, sampleRate: number): JitterMemory {
  let next = at
  const take = (bytes: number): number => {
    const taken = next
    next += (bytes + 15) & ~15
    return taken
  }
  return {
    curve: take(DELAY_CURVE_BYTES), store: take(STORE_BYTES), heard: take(HEARD_BYTES), aside: take(ASIDE_BYTES), leap: take(LEAP_BYTES),
    resampler: take(RESAMPLE_STATE_BYTES), table: take(resamplerTableBytes(INTERPOLATION)), concealer: take(concealerBytes(sampleRate)),
    end: next,
  }
}

/** Bytes of arena that a jitter buffer takes. */
export const jitterBytes = (sampleRate: number): number => planJitterMemory(0, sampleRate).end
