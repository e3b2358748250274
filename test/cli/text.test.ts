import { describe, expect, it } from "vitest"
import { clean, clockText, cut, dbText, left, right, widthOf } from "../../src/cli/text.ts"

describe("text in cells", () => {
  it("counts a Chinese character as two cells and an accent as none", () => {
    expect(widthOf("周末K歌")).toBe(7)
    expect(widthOf("e\u0301")).toBe(1)
    expect(widthOf("🎤")).toBe(2)
  })
  it("cuts with an ellipsis and never exceeds the cells, even in the middle of a wide character", () => {
    for (let cells = 0; cells < 9; cells += 1) expect(widthOf(cut("周末K歌房", cells))).toBeLessThanOrEqual(cells)
    expect(cut("Ann", 3)).toBe("Ann")
    expect(cut("Annabel", 4)).toBe("Ann…")
  })
  it("pads to exactly the cells on either side", () => {
    expect(left("歌", 4)).toBe("歌  ")
    expect(right("歌", 4)).toBe("  歌")
    expect(widthOf(left("周末K歌房", 6))).toBe(6)
  })
  it("removes whatever steers a terminal", () => {
    expect(clean("\u001b[2JAnn\u009b31m\u202e\u0007\nBen")).toBe("[2JAnn31m Ben")
  })
  it("writes levels, also silence, and times", () => {
    expect([dbText(-12.34), dbText(3, true), dbText(-Infinity), dbText(-0.01)]).toEqual(["-12.3", "+3.0", "-inf", "0.0"])
    expect([clockText(0), clockText(192_999), clockText(3_600_000 * 11 + 1000)]).toEqual(["00:00", "03:12", "11:00:01"])
  })
})
