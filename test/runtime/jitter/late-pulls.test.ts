/** Pulls that come late, since the machine stood still: the network was none the faster for it. */
import { describe, expect, it } from "vitest"
import { BLOCK, createRig, isWhole, RATE_HZ, steady, tone } from "./rig.ts"

/** Ten seconds; in the middle of each from the third on, the pulls of `lateFrames` come all at once at its end. */
const run = (packetFrames: number, lateFrames: number) => {
  const rig = createRig({ policy: "steady", minDelayMs: 30, signal: tone(440), layout: { bytesPerSample: 2, channelCount: 1 } })
  const packets = steady((10 * RATE_HZ) / packetFrames, packetFrames)
  const delays: number[] = []
  const rates: number[] = []
  let whole = true
  let taken = 0
  for (let due = 0; due < 9.9 * RATE_HZ; due += BLOCK) {
    const second = Math.floor(due / RATE_HZ)
    const stallFrom = (second + 0.5) * RATE_HZ
    const at = second >= 3 && due >= stallFrom && due < stallFrom + lateFrames ? stallFrom + lateFrames : due
    while (taken < packets.length && packets[taken]!.at <= at) rig.insert(packets[taken++]!)
    const block = rig.pull(at)
    if (second < 3) continue
    delays.push(rig.stat("currentDelayUs"))
    rates.push(Math.abs(rig.stat("ratePpm")))
    whole &&= isWhole(block)
  }
  return { whole, wanderUs: Math.max(...delays) - Math.min(...delays), ratePpm: Math.max(...rates) }
}

describe("pulls that are late for a moment, under a policy", () => {
  it.each([[128, 240], [128, 480], [240, 240], [240, 960]])(
    "packets of %i frames, %i frames late: neither delay nor pitch moves", (packetFrames, lateFrames) => {
      expect(run(packetFrames, lateFrames)).toEqual({ whole: true, wanderUs: expect.closeTo(0, 6) as number, ratePpm: 0 })
    })
})
