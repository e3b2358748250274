/** Paths on which little happens: cables, idle Wi-Fi, clocks that differ. */
import type { Model } from "../network.ts"
import { cable, goodWifi } from "./parts.ts"

export const wired: Model = { name: "wired", about: "a switch and two cables", path: (random) => ({ delayMs: cable(random) }) }

export const wifiGood: Model = {
  name: "wifi-good", about: "idle Wi-Fi: Huitema's model without collisions", path: (random) => ({ delayMs: goodWifi(random) }),
}

const drifting = (driftPpm: number): Model => ({
  name: driftPpm > 0 ? `drift+${driftPpm}` : `drift${driftPpm}`, about: `idle Wi-Fi, sender's clock ${driftPpm} ppm`, driftPpm,
  path: (random) => ({ delayMs: goodWifi(random) }),
})

export const driftFast = drifting(300)
export const driftSlow = drifting(-300)
