/** Wi-Fi that holds packets back and lets them through together: busy, bad, contended, scanning, dozing. */
import type { Model } from "../network.ts"
import { burstLoss, goodWifi, heldIn, spans, stalls, wakesIn } from "./parts.ts"

export const wifiBusy: Model = {
  name: "wifi-busy", about: "a stall every 2 s of 30 ms on average",
  path: (random, traceMs) => ({
    delayMs: goodWifi(random),
    released: heldIn(stalls(random, traceMs, 0.5, () => 7.5 * random.poisson(4))),
  }),
}

export const wifiBad: Model = {
  name: "wifi-bad", about: "a stall every 0.8 s of 90 ms on average, and 0.5 % lost in bursts",
  path: (random, traceMs) => ({
    delayMs: goodWifi(random),
    released: heldIn(stalls(random, traceMs, 1.2, () => 7.5 * random.poisson(12))),
    lost: burstLoss(random, 0.005, 4),
  }),
}

export const contention: Model = {
  name: "contention", about: "many stations: lognormal waits, one in fifty heavy-tailed",
  path: (random) => ({
    delayMs: () => 0.8 + Math.exp(0.9 * random.normal()) + (random.chance(0.02) ? Math.min(120, random.pareto(3, 1.6)) : 0),
  }),
}

export const scan: Model = {
  name: "scan", about: "idle Wi-Fi that looks for networks: 60 to 150 ms of nothing every 11 s",
  path: (random, traceMs) => ({
    delayMs: goodWifi(random),
    released: heldIn(spans(traceMs, () => 11_000 + random.between(-50, 50), () => random.between(60, 150))),
  }),
}

export const powersave: Model = {
  name: "powersave", about: "a receiver that wakes every 20 ms, a third of the time",
  path: (random, traceMs) => ({
    delayMs: goodWifi(random),
    released: wakesIn(spans(traceMs, () => random.exponential(8000), () => random.between(2000, 6000)), 20),
  }),
}

export const mcastDtim: Model = {
  name: "mcast-dtim", about: "multicast while a station dozes: bursts every 102.4 ms, 2 % lost in bursts",
  path: (random, traceMs) => ({
    delayMs: goodWifi(random),
    released: wakesIn(spans(traceMs, () => random.exponential(3000), () => random.exponential(5000)), 102.4),
    lost: burstLoss(random, 0.02, 4),
  }),
}
