import { describe, expect, it } from "vitest"
import { createRestartPolicy, engineLimits } from "../../../src/cli/engine/restart-policy.ts"

describe("the restart policy", () => {
  it("doubles from 100 ms to 2 s and gives up with the sixth death in a minute", () => {
    const policy = createRestartPolicy(engineLimits)
    expect([0, 1, 2, 3, 4, 5].map((second) => policy.next(second * 1000))).toEqual([100, 200, 400, 800, 1600, undefined])
  })
  it("forgets deaths after a minute", () => {
    const policy = createRestartPolicy(engineLimits)
    expect([0, 61, 122, 183, 244, 305, 366].map((second) => policy.next(second * 1000))).toEqual(Array.from({ length: 7 }, () => 100))
  })
  it("never waits longer than its longest", () => {
    const policy = createRestartPolicy({ ...engineLimits, deaths: 20 })
    expect(Array.from({ length: 10 }, () => policy.next(0)).at(-1)).toBe(2000)
  })
})
