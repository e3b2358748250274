/** What `replay` is asked to try, from its flags. */
import { PresetError, type Fault } from "../../runtime/errors.ts"
import type { WhatIf } from "../../runtime/trace/lane.ts"

export interface WhatIfFlags {
  readonly policy: "tight" | "steady" | "safe" | undefined
  /** ms */
  readonly delay: number | undefined
  readonly min: number | undefined
  readonly max: number | undefined
}

const MOST_MS = 400

const tooLong = (path: string, valueMs: number | undefined): readonly Fault[] =>
  valueMs !== undefined && valueMs > MOST_MS ? [{ path, expected: `at most ${MOST_MS} ms`, found: `${valueMs} ms` }] : []

/**
 * undefined: as it was recorded.
 * Fails  PresetError: what does not go together
 */
export function whatIfOf({ policy, delay, min, max }: WhatIfFlags): WhatIf | undefined {
  const faults: Fault[] = [...tooLong("--delay", delay), ...tooLong("--min", min), ...tooLong("--max", max)]
  if (delay !== undefined && (policy !== undefined || min !== undefined || max !== undefined)) {
    faults.push({ path: "--delay", expected: "no policy, no bounds", found: "a delay and more", hint: "A delay is kept; a policy moves between bounds." })
  } else if (delay === undefined && policy === undefined && (min !== undefined || max !== undefined)) {
    faults.push({ path: min === undefined ? "--max" : "--min", expected: "a policy that it bounds", found: "none", hint: "Add --policy steady." })
  }
  if (min !== undefined && max !== undefined && min > max) {
    faults.push({ path: "--min", expected: `at most --max (${max} ms)`, found: `${min} ms` })
  }
  if (faults.length > 0) throw new PresetError(faults)
  if (delay !== undefined) return { delayMs: delay }
  return policy === undefined ? undefined : { policy, ...(min !== undefined && { minMs: min }), ...(max !== undefined && { maxMs: max }) }
}

/** "tight", "steady 5 to 20 ms", "10 ms". */
export function whatIfText(asked: WhatIf): string {
  if ("delayMs" in asked) return `${asked.delayMs} ms`
  const { policy, minMs, maxMs } = asked
  if (minMs === undefined) return maxMs === undefined ? policy : `${policy} up to ${maxMs} ms`
  return maxMs === undefined ? `${policy} from ${minMs} ms` : `${policy} ${minMs} to ${maxMs} ms`
}
