import { expect, it } from "vitest"
import { createRandom } from "../dsp/kernels.ts"
import { BLOCK, createRig, heardBlocks, isWhole, RATE_HZ } from "./rig.ts"

const MINUTES = 2
const DELAY = 720

it.each([300, -300, 0])("a sender's clock off by %i ppm for two minutes: the delay stays, slips are counted, nothing else happens", (ppm) => {
  const random = createRandom(29)
  const ratio = 1 + ppm / 1e6
  const rig = createRig({ delayFrames: DELAY })
  const count = Math.floor((MINUTES * 60 * RATE_HZ * ratio) / BLOCK)
  // Half a millisecond of jitter, as on a quiet network.
  const packets = Array.from({ length: count }, (_, i) => ({ at: ((i + 1) * BLOCK) / ratio + random() ** 2 * 24, frame: i * BLOCK, frames: BLOCK }))
  const blocks = rig.play(packets, MINUTES * 60 * RATE_HZ)
  const heard = heardBlocks(blocks)
  let whole = heard[0]!.frame
  let jumps = 0
  let jumped = 0
  let least = Infinity
  let most = -Infinity
  heard.forEach(({ frame, at }, i) => {
    const step = i === 0 ? 0 : ((frame - whole) << 16) >> 16
    const jump = i === 0 ? 0 : step - (at - heard[i - 1]!.at)
    if (jump !== 0) jumps++
    jumped += jump
    whole += step
    const waited = at - (whole + BLOCK) / ratio
    least = Math.min(least, waited)
    most = Math.max(most, waited)
  })
  // A block too little or too much is borne for a second before a slip; the earliest arrival is known four seconds late.
  expect(least).toBeGreaterThan(DELAY - BLOCK - 5.5 * RATE_HZ * (Math.abs(ppm) / 1e6) - 1)
  expect(most).toBeLessThan(DELAY + 2 * BLOCK + 24 + 1.5 * RATE_HZ * (Math.abs(ppm) / 1e6) + 1)
  const drifted = MINUTES * 60 * RATE_HZ * (ppm / 1e6)
  expect(rig.stat("slips")).toBe(jumps)
  expect(Math.abs(jumped - drifted)).toBeLessThanOrEqual(3 * BLOCK)
  expect(jumps).toBeLessThanOrEqual(Math.abs(drifted) / BLOCK)
  expect([rig.stat("concealedFrames"), rig.stat("late"), rig.stat("resets")]).toEqual([0, 0, 0])
  // All blocks are whole from the first on, and all but those that a slip cross-fades are untouched.
  const begun = blocks.findIndex(isWhole)
  expect(blocks.slice(begun).every(isWhole)).toBe(true)
  expect(blocks.length - begun - heard.length).toBe(jumps)
})
