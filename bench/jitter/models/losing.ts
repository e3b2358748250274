/** Paths that lose, reorder and repeat packets. */
import type { Model } from "../network.ts"
import { burstLoss, goodWifi } from "./parts.ts"

export const geLoss: Model = {
  name: "ge-loss", about: "1.9 % lost in bursts of 4",
  path: (random) => ({ delayMs: goodWifi(random), lost: burstLoss(random, 0.019, 4) }),
}

export const reorderDup: Model = {
  name: "reorder-dup", about: "3 % overtaken, 2 % repeated",
  path: (random) => {
    const delayMs = (): number => 1 + random.exponential(0.4)
    return {
      delayMs: () => delayMs() + (random.chance(0.03) ? random.between(3, 15) : 0),
      copiesMs: () => (random.chance(0.02) ? [delayMs() + random.between(0, 30)] : []),
      unordered: true,
    }
  },
}
