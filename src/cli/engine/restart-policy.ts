/** How often a lost engine may come back: 100 ms doubling to 2 s, five times in a minute. Pure. */

export interface RestartPolicy {
  /**
   * Counts a death.
   * Returns  how long to wait, ms; undefined to give up
   */
  next(nowMs: number): number | undefined
}

export interface RestartLimits {
  readonly firstMs: number
  readonly longestMs: number
  readonly deaths: number
  readonly windowMs: number
}

export const engineLimits: RestartLimits = { firstMs: 100, longestMs: 2000, deaths: 5, windowMs: 60_000 }

export const createRestartPolicy = (limits: RestartLimits): RestartPolicy => {
  let deathsMs: readonly number[] = []
  return {
    next: (nowMs) => {
      deathsMs = [...deathsMs.filter((atMs) => nowMs - atMs < limits.windowMs), nowMs]
      return deathsMs.length > limits.deaths ? undefined : Math.min(limits.longestMs, limits.firstMs * 2 ** (deathsMs.length - 1))
    },
  }
}
