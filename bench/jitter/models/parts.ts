/** What models are made of: delays, holds, losses. Times in ms. */
import type { Random } from "../random.ts"

export interface Span {
  readonly fromMs: number
  readonly toMs: number
}

/** Spans one after the other, by time. */
export function spans(traceMs: number, waitMs: () => number, lengthMs: () => number): Span[] {
  const found: Span[] = []
  for (let at = waitMs(); at < traceMs;) {
    const toMs = at + lengthMs()
    found.push({ fromMs: at, toMs })
    at = toMs + waitMs()
  }
  return found
}

/** The span in which a time lies. */
export function spanAt(list: readonly Span[], atMs: number): Span | undefined {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((list[middle] as Span).toMs <= atMs) low = middle + 1
    else high = middle
  }
  const span = list[low]
  return span !== undefined && atMs >= span.fromMs ? span : undefined
}

/** Nothing comes through in a span; all of it comes at its end. */
export const heldIn = (list: readonly Span[]) => (atMs: number): number => spanAt(list, atMs)?.toMs ?? atMs

/** Stalls at random, `perSecond` of them on average. */
export const stalls = (random: Random, traceMs: number, perSecond: number, lengthMs: () => number): Span[] =>
  spans(traceMs, () => random.exponential(1000 / perSecond), lengthMs)

/** One wake-up every `everyMs`, while in a span. */
export const wakesIn = (list: readonly Span[], everyMs: number) => (atMs: number): number =>
  spanAt(list, atMs) === undefined ? atMs : Math.ceil(atMs / everyMs) * everyMs

/** Loss in bursts: Gilbert and Elliott's two states, all lost in the bad one. */
export function burstLoss(random: Random, fraction: number, burstPackets: number): () => boolean {
  const leave = 1 / burstPackets
  const enter = (leave * fraction) / (1 - fraction)
  let bad = false
  return () => {
    bad = random.chance(bad ? 1 - leave : enter)
    return bad
  }
}

/**
 * Good Wi-Fi without collisions: Poisson(1) steps of 1 ms less a uniform part of one, never below 0.
 * Source   C. Huitema, "Wi-Fi jitter" (private-octopus/c4, papers/wifi-jitter.md), x = 0
 */
export const goodWifi = (random: Random, baseMs = 1) => (): number => baseMs + Math.max(0, random.poisson(1) - random.uniform())

/** A switch and two cables. */
export const cable = (random: Random) => (): number => 0.3 + random.exponential(0.03)
