/**
 * Durations in a shared page: 10 us bins up to 20 ms and 1 ms bins up to 500 ms, one writer. The worst is kept
 * apart, exact. Readers take percentiles of all since the start, or of the last while.
 *
 * Thread: audio (add), any (read)      Realtime: wait-free, allocates nothing
 */

const FINE_BINS = 2000
const COARSE_BINS = 480
const BINS = FINE_BINS + COARSE_BINS
const WORST = BINS
const COUNT = BINS + 1

export const HISTOGRAM_BYTES = (BINS + 2) * 8

export interface Histogram {
  /** Adds the duration in `cells[index]`, us; by reference, so that the number is not boxed on its way. */
  add(cells: Float64Array, index: number): void
}

export function createHistogram(memory: WebAssembly.Memory, at: number): Histogram {
  const page = new Float64Array(memory.buffer, at, BINS + 2)
  return {
    /* @hot */
    add(cells, index) {
      const valueUs = cells[index] as number
      const value = valueUs > 0 ? valueUs : 0
      const bin = value < 20_000 ? (value / 10) | 0 : Math.min(BINS - 1, FINE_BINS + (((value - 20_000) / 1000) | 0))
      page[bin] = (page[bin] as number) + 1
      if (value > (page[WORST] as number)) page[WORST] = value
      page[COUNT] = (page[COUNT] as number) + 1
    },
  }
}

export interface Distribution {
  readonly count: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly p999Ms: number
  readonly worstMs: number
}

/** A copy of several histograms' counts, summed. */
const sumPages = (pages: readonly Float64Array[]): Float64Array => {
  const sum = new Float64Array(BINS + 2)
  for (const page of pages) {
    for (let i = 0; i < BINS; i++) sum[i] = (sum[i] as number) + (page[i] as number)
    sum[COUNT] = (sum[COUNT] as number) + (page[COUNT] as number)
    sum[WORST] = Math.max(sum[WORST] as number, page[WORST] as number)
  }
  return sum
}

const edgeMs = (bin: number): number => (bin < FINE_BINS ? (bin + 1) / 100 : 20 + (bin - FINE_BINS + 1))

/** What came between two sums; the worst is the upper edge of the highest bin. */
const describe = (now: Float64Array, before: Float64Array | undefined): Distribution => {
  const counts = now.map((value, i) => (i < BINS ? value - (before?.[i] ?? 0) : value))
  const count = (now[COUNT] as number) - (before?.[COUNT] ?? 0)
  const highest = counts.subarray(0, BINS).findLastIndex((value) => value > 0)
  const worstMs = highest < 0 ? 0 : Math.min(edgeMs(highest), (now[WORST] as number) / 1000)
  const quantile = (share: number): number => {
    let seen = 0
    for (let bin = 0; bin <= highest; bin++) {
      seen += counts[bin] as number
      if (seen >= share * count) return Math.min(edgeMs(bin), worstMs)
    }
    return worstMs
  }
  return { count, p50Ms: quantile(0.5), p99Ms: quantile(0.99), p999Ms: quantile(0.999), worstMs }
}

/** Reads one or several histograms as one distribution of all since the start; the upper edge of a bin stands for it. */
export const readHistograms = (memory: WebAssembly.Memory, at: readonly number[]): Distribution =>
  describe(sumPages(at.map((address) => new Float64Array(memory.buffer, address, BINS + 2))), undefined)

/**
 * Reads one or several histograms as one distribution of the last while: what came since the oldest of the copies that are kept.
 * Call it often; a copy is made every `stepMs`, and `steps` of them are kept.
 */
export function createHistogramWindow(memory: WebAssembly.Memory, at: readonly number[], stepMs: number, steps: number): (nowMs: number) => Distribution {
  const pages = at.map((address) => new Float64Array(memory.buffer, address, BINS + 2))
  const kept: { readonly atMs: number; readonly sum: Float64Array }[] = []
  return (nowMs) => {
    const now = sumPages(pages)
    const newest = kept.at(-1)
    if (newest === undefined || nowMs - newest.atMs >= stepMs) {
      kept.push({ atMs: nowMs, sum: now })
      if (kept.length > steps) kept.shift()
    }
    return describe(now, kept[0]?.sum)
  }
}
