import { expect, it } from "vitest"
import { createLevelKeeper } from "../../../../src/runtime/io/device/pulse-level.ts"
import type { LevelKeeper } from "../../../../src/runtime/io/device/pulse-level.ts"

const blockMs = 2.67
const make = (): LevelKeeper => createLevelKeeper({ targetMs: 5, limitMs: 9, blockMs })

/** Reports for a while; between the lines the level swings by a block. Returns  turns left out */
const run = (keeper: LevelKeeper, start: { levelMs: number }, reports: number): number => {
  let skips = 0
  for (let i = 0; i < reports; i++) {
    keeper.report(start.levelMs + (i % 3) * 0.8)
    // Some 19 turns pass between two reports.
    for (let turn = 0; turn < 19; turn++) {
      if (!keeper.takeSkip()) continue
      skips++
      start.levelMs -= blockMs
    }
  }
  return skips
}

it("leaves a level alone that is not above the aim", () => {
  expect(run(make(), { levelMs: 4.9 }, 200)).toBe(0)
})

it("brings a level that is too high down, and no lower than a block below the aim", () => {
  const state = { levelMs: 40 }
  run(make(), state, 200)
  expect(state.levelMs).toBeLessThanOrEqual(5)
  expect(state.levelMs).toBeGreaterThan(5 - blockMs)
})

it("aims higher after underruns, up to the limit, and lower again after 10 s of calm", () => {
  const keeper = make()
  keeper.underrun()
  expect(keeper.targetMs).toBeCloseTo(5 + blockMs)
  for (let i = 0; i < 10; i++) keeper.underrun()
  expect(keeper.targetMs).toBe(9)
  expect(run(keeper, { levelMs: 8.5 }, 199)).toBe(0)
  keeper.report(8.5)
  expect(keeper.targetMs).toBeCloseTo(9 - blockMs / 2)
})

it("forgets what it wanted to leave out when the buffer runs dry", () => {
  const keeper = make()
  for (let i = 0; i < 10; i++) keeper.report(40)
  keeper.underrun()
  expect(keeper.takeSkip()).toBe(false)
})
