/** Reads the renderer's statistics pages, in the units of a report. Thread: any      Realtime: no */
import { openStats } from "../ring/stats-page.ts"
import { gainToDb } from "../units.ts"
import type { RendererLayout } from "./layout.ts"
import { levelFields, stripFields } from "./levels.ts"
import type { SlotStats } from "./slot-page.ts"
import { readSlotPage } from "./slot-page.ts"

export interface LevelReading {
  readonly peakDb: number
  readonly rmsDb: number
  /** Blocks with a sample at or over full scale, since start. */
  readonly clipped: number
  /** Blocks with a sample that was no number, since start. */
  readonly broken: number
  readonly gainDb: number
}

export interface StripReading extends LevelReading {
  readonly pan: number
  readonly muted: boolean
  readonly solo: boolean
  /** Index of the seat that it sits in, -1 for none. */
  readonly seat: number
}

export interface MixReader {
  strip(index: number): StripReading
  bus(index: number): LevelReading
  master(): LevelReading
  slot(chain: number, slot: number): SlotStats
}

const readLevel = (page: Float64Array): LevelReading => ({
  peakDb: gainToDb(page[levelFields.peak] ?? 0),
  rmsDb: gainToDb(Math.sqrt(page[levelFields.meanSquare] ?? 0)),
  clipped: page[levelFields.clipped] ?? 0,
  broken: page[levelFields.broken] ?? 0,
  gainDb: gainToDb(page[levelFields.gain] ?? 0),
})

/** Indices beyond the plan are a RangeError. */
export function createMixReader(memory: WebAssembly.Memory, layout: RendererLayout): MixReader {
  const strips = layout.stripPages.map((at) => openStats(memory, at, stripFields))
  const buses = layout.busPages.map((at) => openStats(memory, at, levelFields))
  const master = openStats(memory, layout.masterPage, levelFields)
  const pick = <T>(list: readonly T[], index: number, what: string): T => {
    const found = list[index]
    if (found === undefined) throw new RangeError(`there is no ${what} ${index}`)
    return found
  }
  return {
    strip(index) {
      const page = pick(strips, index, "strip")
      return {
        ...readLevel(page),
        pan: page[stripFields.pan] ?? 0,
        muted: page[stripFields.muted] === 1,
        solo: page[stripFields.solo] === 1,
        seat: page[stripFields.seat] ?? -1,
      }
    },
    bus: (index) => readLevel(pick(buses, index, "bus")),
    master: () => readLevel(master),
    slot: (chain, slot) => readSlotPage(memory, pick(pick(layout.slotPages, chain, "chain"), slot, "slot")),
  }
}
