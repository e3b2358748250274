/**
 * Keeps what waits in the server's buffer small, and no smaller than it stays whole. Pure: fed with reports.
 *
 * Output is paced by what the device consumes, a block for a block, so the level stays where it is by itself. An underrun
 * raises it by the time that was missed; this takes the surplus back by leaving out a turn. Nothing audible is left out: the
 * stream goes on where it was, a block nearer to the ear. Underruns themselves raise the level that is aimed at.
 * Thread: any one
 */

export interface LevelKeeper {
  /** One report, some twenty a second. */
  report(latencyMs: number): void
  underrun(): void
  /** Asked at each turn. Returns  true when this turn is to be left out */
  takeSkip(): boolean
  readonly latencyMs: number
  readonly targetMs: number
}

/** Reports that a decision looks at: 0.5 s. */
const windowReports = 10
/** Without an underrun for this many reports (10 s) the aim comes down half a block. */
const calmReports = 200
export interface LevelOptions {
  /** The lowest aim. */
  readonly targetMs: number
  /** The highest: above it the server takes no more, the rest waits in the pipe and reports no longer tell. */
  readonly limitMs: number
  readonly blockMs: number
}

export const createLevelKeeper = (options: LevelOptions): LevelKeeper => {
  const { targetMs, blockMs } = options
  const raiseLimitMs = Math.max(0, options.limitMs - targetMs)
  let raisedMs = 0
  let calm = 0
  let latencyMs = 0
  let lowestMs = Infinity
  let count = 0
  let skips = 0
  const restart = (): void => {
    lowestMs = Infinity
    count = 0
  }
  return {
    report: (value) => {
      latencyMs = value
      lowestMs = Math.min(lowestMs, value)
      calm++
      if (calm >= calmReports) {
        calm = 0
        raisedMs = Math.max(0, raisedMs - blockMs / 2)
      }
      count++
      if (count < windowReports) return
      const surplusMs = lowestMs - targetMs - raisedMs
      if (surplusMs > 0) skips = Math.min(4, Math.ceil(surplusMs / blockMs))
      restart()
    },
    underrun: () => {
      calm = 0
      raisedMs = Math.min(raiseLimitMs, raisedMs + blockMs)
      skips = 0
      restart()
    },
    takeSkip: () => {
      if (skips === 0) return false
      skips--
      return true
    },
    get latencyMs() {
      return latencyMs
    },
    get targetMs() {
      return targetMs + raisedMs
    },
  }
}
