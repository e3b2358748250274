import { describe, expect, test } from "vitest"
import { clockTrimPpm } from "../../../src/actors/party/clock-trim.ts"
import { ResourceError } from "../../../src/runtime/errors.ts"

describe("the trim of the virtual clocks", () => {
  test.each([[undefined, 0], ["", 0], [" ", 0], ["0", 0], ["300", 300], ["-300", -300], ["+12.5", 12.5], ["1000", 1000]] as const)(
    "reads %o as %d ppm", (text, ppm) => {
      expect(clockTrimPpm({ WIFI_PARTY_CLOCK_PPM: text })).toBe(ppm)
    })

  test.each(["fast", "1001", "-1001", "3 ppm", "NaN", "Infinity"])("refuses %o and says what it takes", (text) => {
    expect(() => clockTrimPpm({ WIFI_PARTY_CLOCK_PPM: text })).toThrow(ResourceError)
    expect(() => clockTrimPpm({ WIFI_PARTY_CLOCK_PPM: text })).toThrow("not a number from -1000 to 1000")
  })
})
