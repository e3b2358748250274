/**
 * Meters: peak that falls by half in 300 ms, mean square over about the same time, count of clipped blocks. A page a strip, bus and
 * master, which also says how its fader stands.
 *
 * Thread: audio (write), any (read)      Realtime: wait-free, allocates nothing after creation
 */
import type { Dsp } from "../dsp/dsp.ts"
import { statsFields } from "../ring/stats-page.ts"

export const levelFields = statsFields("peak", "meanSquare", "clipped", "broken", "gain")
/** The first fields are those of any level page. `seat`: -1 for none. */
export const stripFields = statsFields("peak", "meanSquare", "clipped", "broken", "gain", "pan", "muted", "solo", "seat")

/** What a block was. `hushed`: below -120 dBFS, nothing that anyone hears. `broken`: not all of it numbers. */
export const Level = { broken: -1, hushed: 0, sounding: 1 } as const

const HALF_LIFE_MS = 300
const HUSHED = 1e-6

export interface Meter {
  /** Measures a block into a page; mono: `right` is `left`. Returns one of Level. */
  measure(left: number, right: number, page: Float64Array): number
  /** A block of nothing. */
  rest(page: Float64Array): void
}

/** scratch  address of METER_BYTES */
export function createMeter(dsp: Dsp, memory: WebAssembly.Memory, scratch: number, rateHz: number, blockFrames: number): Meter {
  const floats = new Float32Array(memory.buffer, scratch, 2)
  const ints = new Int32Array(memory.buffer, scratch, 3)
  const keep = Math.pow(0.5, (blockFrames * 1000) / rateHz / HALF_LIFE_MS)
  const { peak, meanSquare, clipped, broken } = levelFields
  return {
    /* @hot */
    measure(left, right, page) {
      dsp.meter(left, blockFrames, scratch)
      let highest = floats[0] as number
      let squares = floats[1] as number
      let bad = ints[2] as number
      if (right !== left) {
        dsp.meter(right, blockFrames, scratch)
        highest = Math.max(highest, floats[0] as number)
        squares = (squares + (floats[1] as number)) / 2
        bad += ints[2] as number
      }
      if (bad > 0) page[broken] = (page[broken] as number) + 1
      if (highest >= 1) page[clipped] = (page[clipped] as number) + 1
      page[peak] = Math.max(highest, (page[peak] as number) * keep)
      page[meanSquare] = (page[meanSquare] as number) * keep + (squares / blockFrames) * (1 - keep)
      if (bad > 0) return Level.broken
      return highest < HUSHED ? Level.hushed : Level.sounding
    },
    /* @hot */
    rest(page) {
      page[peak] = (page[peak] as number) * keep
      page[meanSquare] = (page[meanSquare] as number) * keep
    },
  }
}
