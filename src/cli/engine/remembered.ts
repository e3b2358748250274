/**
 * Values that were set while a party ran, to be set again in a new engine: the last of each path, in the order in which they were
 * last set, since some replace others (a jitter buffer's policy its delay, and the other way round).
 */
type Value = string | number | boolean

export interface Remembered {
  note(path: string, value: Value): void
  /** Sets all again. `set` says whether a value was taken; one that was not is tried once more, when the others stand. */
  replay(set: (path: string, value: Value) => Promise<boolean>): Promise<void>
}

/** A delay that is kept, or going back to the party's setting, makes void what was set beside it. */
const sweeps = (path: string, value: Value): string | undefined => {
  const beside = /^(.*\bjitter\.)(policy|delay)$/su.exec(path)
  return beside !== null && (beside[2] === "delay" || value === "party") ? beside[1] : undefined
}

export const createRemembered = (): Remembered => {
  const values = new Map<string, Value>()
  return {
    note(path, value) {
      const swept = sweeps(path, value)
      if (swept !== undefined) for (const known of values.keys()) if (known.startsWith(swept)) values.delete(known)
      values.delete(path)
      values.set(path, value)
    },
    async replay(set) {
      const refused: (readonly [string, Value])[] = []
      for (const [path, value] of values) if (!(await set(path, value))) refused.push([path, value])
      for (const [path, value] of refused) await set(path, value)
    },
  }
}
