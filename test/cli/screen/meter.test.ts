import { describe, expect, it } from "vitest"
import { follow, meter } from "../../../src/cli/screen/meter.ts"
import { widthOfLine } from "../../../src/cli/screen/paint.ts"

const text = (levelDb: number, holdDb: number, cells: number): string => meter(levelDb, holdDb, cells, false).map((piece) => piece.text).join("")

describe("a meter", () => {
  it("is as wide as asked at every level", () => {
    for (let levelDb = -80; levelDb < 12; levelDb += 1.7) {
      for (const cells of [0, 1, 7, 40]) expect(widthOfLine(meter(levelDb, levelDb + 3, cells, false))).toBe(cells)
    }
  })
  it("runs from -60 dBFS to full scale in eighths of a cell", () => {
    expect(text(-Infinity, -Infinity, 6)).toBe("······")
    expect(text(0, 0, 6)).toBe("██████")
    expect(text(-30, -Infinity, 6)).toBe("███···")
    expect(text(-25, -Infinity, 6)).toBe("███▌··")
  })
  it("holds the peak with a tick", () => {
    expect(text(-50, -15, 6)).toBe("█···│·")
  })
  it("rises at once, falls 30 dB a second, and drops its hold after a second and a half", () => {
    const first = follow(undefined, -6, 0)
    const second = follow(first, -50, 100)
    expect(second.levelDb).toBeCloseTo(-9)
    expect(second.holdDb).toBe(-6)
    const third = follow(second, -50, 1600)
    expect(third.levelDb).toBe(-50)
    expect(third.holdDb).toBe(-50)
    expect(follow(third, -3, 1700)).toMatchObject({ levelDb: -3, holdDb: -3 })
  })
  it("survives silence, which is -Infinity", () => {
    const silent = follow(follow(undefined, -Infinity, 0), -Infinity, 5000)
    expect(silent.levelDb).toBe(-Infinity)
    expect(silent.holdDb).toBe(-Infinity)
  })
})
