/**
 * The statistics of one insert, in shared memory: what its calls took, in bins of a quarter octave from 0.25 us to 16 ms, how
 * often it failed, how many blocks a tap could not pass on. One writer, the mixer; anyone reads.
 *
 * Thread: audio (write), any (read)      Realtime: the writer is wait-free and allocates nothing after creation
 */
import { openStats, statsBytes, statsFields } from "../ring/stats-page.ts"

const fields = statsFields("state", "failures", "cause", "dropped", "worstUs", "calls")
const FIELD_BYTES = statsBytes(fields)
const BINS = 64
const BINS_PER_OCTAVE = 4
/** log2 of the lower end of the first bin, us. */
const FIRST_LOG = -2

export const SLOT_PAGE_BYTES = FIELD_BYTES + BINS * 8

export const SlotState = { running: 0, bypassed: 1, abandoned: 2 } as const

export interface SlotPage {
  /** Counts a call. */
  addUs(elapsedUs: number): void
  fail(cause: number): void
  setState(state: number): void
  drop(): void
}

export function createSlotPage(memory: WebAssembly.Memory, at: number): SlotPage {
  const page = openStats(memory, at, fields)
  const bins = new Float64Array(memory.buffer, at + FIELD_BYTES, BINS)
  page[fields.state] = SlotState.running
  return {
    /* @hot */
    addUs(elapsedUs) {
      const place = elapsedUs > 0 ? Math.floor((Math.log2(elapsedUs) - FIRST_LOG) * BINS_PER_OCTAVE) : 0
      const bin = Math.min(BINS - 1, Math.max(0, place))
      bins[bin] = (bins[bin] as number) + 1
      page[fields.calls] = (page[fields.calls] as number) + 1
      if (elapsedUs > (page[fields.worstUs] as number)) page[fields.worstUs] = elapsedUs
    },
    /* @hot */
    fail(cause) {
      page[fields.failures] = (page[fields.failures] as number) + 1
      page[fields.cause] = cause
    },
    /* @hot */
    setState(state) {
      page[fields.state] = state
    },
    /* @hot */
    drop() {
      page[fields.dropped] = (page[fields.dropped] as number) + 1
    },
  }
}

export interface SlotStats {
  readonly state: "running" | "bypassed" | "abandoned"
  readonly failures: number
  /** FailureCause of the last failure. */
  readonly cause: number
  /** Blocks that a tap's full ring did not take. */
  readonly dropped: number
  readonly calls: number
  /** Upper edges of their bins. */
  readonly p50Us: number
  readonly p999Us: number
  readonly worstUs: number
}

/** Reads a page. Thread: any      Realtime: no */
export function readSlotPage(memory: WebAssembly.Memory, at: number): SlotStats {
  const page = openStats(memory, at, fields)
  const bins = new Float64Array(memory.buffer, at + FIELD_BYTES, BINS)
  const read = (field: number): number => page[field] as number
  const calls = read(fields.calls)
  const worstUs = read(fields.worstUs)
  const quantile = (share: number): number => {
    let seen = 0
    for (let bin = 0; bin < BINS - 1; bin++) {
      seen += bins[bin] as number
      if (calls > 0 && seen >= share * calls) return Math.min(worstUs, 2 ** (FIRST_LOG + (bin + 1) / BINS_PER_OCTAVE))
    }
    return worstUs
  }
  const state = read(fields.state)
  return {
    state: state === SlotState.running ? "running" : state === SlotState.bypassed ? "bypassed" : "abandoned",
    failures: read(fields.failures), cause: read(fields.cause), dropped: read(fields.dropped),
    calls, p50Us: quantile(0.5), p999Us: quantile(0.999), worstUs,
  }
}
