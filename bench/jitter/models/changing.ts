/** Paths that change: pauses, another route, and everything at once. */
import type { Model } from "../network.ts"
import type { Random } from "../random.ts"
import { burstLoss, goodWifi, heldIn, spanAt, spans, stalls, wakesIn, type Span } from "./parts.ts"

const pauses = (random: Random, traceMs: number): Span[] =>
  spans(traceMs, () => random.between(3000, 8000), () => random.between(700, 3000))

/** The path is 8 ms longer every other 7 s; at each change 80 ms are lost. */
const route = (random: Random, traceMs: number) => {
  const long = spans(traceMs, () => random.between(6000, 8000), () => random.between(6000, 8000))
  const outages = long.flatMap(({ fromMs, toMs }) => [fromMs, toMs]).map((at) => ({ fromMs: at - 80, toMs: at }))
  return {
    extraMs: (sentMs: number): number => (spanAt(long, sentMs) === undefined ? 0 : 8),
    lost: (sentMs: number): boolean => spanAt(outages, sentMs) !== undefined,
  }
}

export const pauseResume: Model = {
  name: "pause-resume", about: "sings 3 to 8 s, sends nothing for 0.7 to 3 s",
  path: (random, traceMs) => {
    const silent = pauses(random, traceMs)
    return { delayMs: goodWifi(random), sends: (atMs) => spanAt(silent, atMs) === undefined }
  },
}

export const routeStep: Model = {
  name: "route-step", about: "8 ms longer and shorter again every 7 s, 80 ms lost each time",
  path: (random, traceMs) => {
    const steps = route(random, traceMs)
    const jitterMs = goodWifi(random)
    return { delayMs: (sentMs) => jitterMs() + steps.extraMs(sentMs), lost: steps.lost }
  },
}

export const together: Model = {
  name: "all", about: "stalls, scans, dozing, loss, pauses, another route, sender's clock -120 ppm", driftPpm: -120,
  path: (random, traceMs) => {
    const steps = route(random, traceMs)
    const jitterMs = goodWifi(random)
    const silent = pauses(random, traceMs)
    const busy = heldIn(stalls(random, traceMs, 0.3, () => 7.5 * random.poisson(4)))
    const scans = heldIn(spans(traceMs, () => 11_000, () => random.between(60, 150)))
    const dozing = wakesIn(spans(traceMs, () => random.exponential(12_000), () => random.between(1000, 3000)), 20)
    const burst = burstLoss(random, 0.003, 3)
    return {
      delayMs: (sentMs) => jitterMs() + steps.extraMs(sentMs),
      released: (atMs) => scans(busy(dozing(atMs))),
      lost: (sentMs) => burst() || steps.lost(sentMs),
      sends: (atMs) => spanAt(silent, atMs) === undefined,
    }
  },
}
