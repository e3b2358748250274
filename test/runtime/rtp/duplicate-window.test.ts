import { describe, expect, it } from "vitest"
import { createDuplicateWindow, seen } from "../../../src/runtime/rtp/duplicate-window.ts"
import { seeded } from "./seeded.ts"

describe("duplicate window", () => {
  it("agrees with a plain set over 50,000 random steps, across 2^31 and 2^32", () => {
    for (const start of [0, 2 ** 31 - 20_000, 2 ** 32 - 20_000]) {
      const random = seeded(start + 1)
      const window = createDuplicateWindow(64)
      window.reset(start)
      const marked = new Set<number>()
      let highest = start
      for (let step = 0; step < 50_000; step += 1) {
        const leap = random() < 0.01 ? Math.floor(random() * 300) : Math.floor(random() * 5) - 1
        const extSeq = random() < 0.3 ? highest - Math.floor(random() * 80) : highest + leap
        const expected = extSeq <= highest - 64 ? seen.tooOld : marked.has(extSeq) ? seen.already : seen.fresh
        const found = window.mark(extSeq)
        if (found !== expected) expect({ step, extSeq, highest, found }).toEqual({ step, extSeq, highest, found: expected })
        if (expected === seen.fresh) marked.add(extSeq)
        highest = Math.max(highest, extSeq)
      }
      expect(highest).toBeGreaterThan(start + 40_000)
    }
  })

  it("forgets everything at a reset", () => {
    const window = createDuplicateWindow(32)
    window.mark(5)
    window.reset(5)
    expect(window.mark(5)).toBe(seen.fresh)
    expect(window.mark(5)).toBe(seen.already)
  })

  it.each([0, 16, 33, 1000])("cannot be of %i packets", (packetCount) => {
    expect(() => createDuplicateWindow(packetCount)).toThrow(/power of two/)
  })
})
