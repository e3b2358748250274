/**
 * A page of numbers that one thread writes and anyone reads: float64 a field, aligned, so a reader sees an old or a new value,
 * never half of one. Fields are named once, in a table, and addressed by index in hot code.
 */

export type StatsFields<Name extends string> = Readonly<Record<Name, number>>

/** Names to indices: `statsFields("blocks", "underruns")` gives { blocks: 0, underruns: 1 }. */
export const statsFields = <const Name extends string>(...names: readonly Name[]): StatsFields<Name> =>
  Object.fromEntries(names.map((name, index) => [name, index])) as StatsFields<Name>

export const statsBytes = (fields: StatsFields<string>): number => (Object.keys(fields).length * 8 + 63) & ~63

export const openStats = (memory: WebAssembly.Memory, at: number, fields: StatsFields<string>): Float64Array =>
  new Float64Array(memory.buffer, at, Object.keys(fields).length)
