/** Every model of the bench, in the order of its table. */
import type { Model } from "../network.ts"
import { pauseResume, routeStep, together } from "./changing.ts"
import { geLoss, reorderDup } from "./losing.ts"
import { contention, mcastDtim, powersave, scan, wifiBad, wifiBusy } from "./stalling.ts"
import { driftFast, driftSlow, wifiGood, wired } from "./steady.ts"

export const models: readonly Model[] = [
  wired, wifiGood, driftFast, driftSlow, wifiBusy, wifiBad, contention, scan, powersave, mcastDtim, geLoss, reorderDup,
  pauseResume, routeStep, together,
]

export const modelNamed = (name: string): Model => {
  const model = models.find((candidate) => candidate.name === name)
  if (model === undefined) throw new Error(`there is no model "${name}"; there are: ${models.map((each) => each.name).join(", ")}`)
  return model
}
