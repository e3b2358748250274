/**
 * How long streams should wait: what several places say, laid over each other, and what of it cannot be. A policy and its bounds
 * are laid over each other key by key; a kept delay replaces all of them, as they replace it. Thread: any      Realtime: no
 */
import { JITTER_POLICIES } from "../jitter/delay-target.ts"
import { JITTER_SPECS } from "./describe.ts"
import { orList } from "./nearest.ts"
import type { JitterChange, JitterSpec } from "./preset.ts"
import { quantityToText } from "./units-syntax.ts"

export const DEFAULT_JITTER: JitterSpec = { policy: "steady" }
/** Where nothing is said of a local source: its clock is near, its blocks come in time, and the singer hears it. */
export const LOCAL_JITTER: JitterSpec = { policy: "tight" }

/** What is written at one place. */
export interface WrittenJitter {
  readonly policy?: "tight" | "steady" | "safe"
  /** ms */
  readonly min?: number
  readonly max?: number
  readonly delay?: number
}

/** A written map as a change; undefined where it says nothing. */
export const jitterChange = ({ policy, min, max, delay }: WrittenJitter): JitterChange | undefined => {
  if (delay !== undefined) return { delayMs: delay }
  const change = { ...(policy !== undefined && { policy }), ...(min !== undefined && { minMs: min }), ...(max !== undefined && { maxMs: max }) }
  return Object.keys(change).length === 0 ? undefined : change
}

/** One change after another, as one. */
export const mergeJitter = (under: JitterChange | undefined, over: JitterChange | undefined): JitterChange | undefined => {
  if (under === undefined || over === undefined) return over ?? under
  return "delayMs" in over || "delayMs" in under ? over : { ...under, ...over }
}

/** What holds when a change is laid over what held before. */
export const overJitter = (under: JitterSpec, change: JitterChange | undefined): JitterSpec => {
  if (change === undefined) return under
  if ("delayMs" in change) return change
  return { ...("delayMs" in under ? DEFAULT_JITTER : under), ...change }
}

export interface JitterFault {
  /** Of the change. */
  readonly key: "policy" | "min" | "max"
  readonly expected: string
  readonly hint?: string
}

const ms = (value: number): string => quantityToText("ms", value)

/** Why a change cannot be laid over what holds; undefined when it can. */
export const jitterFault = (under: JitterSpec, change: JitterChange): JitterFault | undefined => {
  if ("delayMs" in change) return undefined
  if ("delayMs" in under && change.policy === undefined) {
    const key = change.minMs === undefined ? "max" : "min"
    return { key, expected: `no ${key}: a delay that is kept has no bounds`, hint: `Set a policy as well; kept are ${ms(under.delayMs)}.` }
  }
  const spec = overJitter(under, change)
  if ("delayMs" in spec || spec.minMs === undefined) return undefined
  const { policy, minMs, maxMs } = spec
  if (maxMs !== undefined) {
    if (minMs <= maxMs) return undefined
    return change.minMs === undefined
      ? { key: "max", expected: `a duration of at least ${ms(minMs)}, which is min` }
      : { key: "min", expected: `a duration of at most ${ms(maxMs)}, which is max` }
  }
  const mostMs = JITTER_POLICIES[policy].maxDelayMs
  if (minMs <= mostMs) return undefined
  if (change.minMs !== undefined) {
    const expected = `a duration of at most ${ms(mostMs)}, the longest that ${policy} waits`
    return { key: "min", expected, hint: "Give a max as well, or another policy." }
  }
  const able = JITTER_SPECS.policy.choices.filter((choice) => JITTER_POLICIES[choice].maxDelayMs >= minMs)
  return {
    key: "policy", expected: able.length === 0 ? "a max as well" : orList(able),
    hint: `${policy} waits ${ms(mostMs)} at most, but min is ${ms(minMs)}.`,
  }
}

/** Bounds of the delay, ms. */
export const leastDelayMs = (spec: JitterSpec): number => ("delayMs" in spec ? spec.delayMs : (spec.minMs ?? 0))
export const mostDelayMs = (spec: JitterSpec): number =>
  "delayMs" in spec ? spec.delayMs : (spec.maxMs ?? Math.max(spec.minMs ?? 0, JITTER_POLICIES[spec.policy].maxDelayMs))

/** `steady`, `safe from 5ms to 60ms`, `kept at 10ms`. */
export const jitterToText = (spec: JitterSpec): string => {
  if ("delayMs" in spec) return `kept at ${ms(spec.delayMs)}`
  if (spec.minMs === undefined && spec.maxMs === undefined) return spec.policy
  return `${spec.policy} from ${ms(leastDelayMs(spec))} to ${ms(mostDelayMs(spec))}`
}
