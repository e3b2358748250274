import { describe, expect, it } from "vitest"
import { ntpHiOfUs, ntpLoOfUs, ntpMiddle, roundTripUs, shortOfUs, usOfNtp, usOfShort } from "../../../src/runtime/rtp/ntp.ts"
import { seeded } from "./seeded.ts"

const us = (iso: string): number => Date.parse(iso) * 1000

describe("NTP time", () => {
  it("knows 1970, and the example of RFC 3550 figure 2", () => {
    expect(ntpHiOfUs(0)).toBe(2_208_988_800)
    expect(ntpLoOfUs(0)).toBe(0)
    // 10 Nov 1995 11:33:25.125 UTC is b44db705:20000000.
    expect(ntpHiOfUs(us("1995-11-10T11:33:25.125Z")).toString(16)).toBe("b44db705")
    expect(ntpLoOfUs(us("1995-11-10T11:33:25.125Z")).toString(16)).toBe("20000000")
    expect(ntpMiddle(0xb44d_b705, 0x2000_0000).toString(16)).toBe("b7052000")
  })

  it("computes the round trip of RFC 3550 figure 2: 6.125 s", () => {
    expect(roundTripUs(0xb710_8000, 0xb705_2000, 0x0005_4000)).toBe(6_125_000)
  })

  it("computes a round trip over the wrap of the middle bits, and never a negative one", () => {
    expect(roundTripUs(0x0000_8000, 0xffff_8000, 0x0000_8000)).toBe(500_000)
    expect(roundTripUs(0x1000, 0x2000, 0)).toBe(0)
  })

  it("returns every whole microsecond, on both sides of 2036", () => {
    const random = seeded(36)
    for (let trial = 0; trial < 20_000; trial += 1) {
      const wallUs = Math.floor(us("2020-01-01T00:00:00Z") + random() * (us("2050-01-01T00:00:00Z") - us("2020-01-01T00:00:00Z")))
      const back = usOfNtp(ntpHiOfUs(wallUs), ntpLoOfUs(wallUs))
      if (back !== wallUs) expect(back).toBe(wallUs)
    }
    // 7 Feb 2036 06:28:16 UTC is second 0 of the next era.
    expect(ntpHiOfUs(us("2036-02-07T06:28:16Z"))).toBe(0)
    expect(usOfNtp(0, 0)).toBe(us("2036-02-07T06:28:16Z"))
    expect(usOfNtp(0xffff_ffff, 0)).toBe(us("2036-02-07T06:28:15Z"))
  })

  it("keeps the fraction below 2^32", () => {
    expect(ntpLoOfUs(999_999)).toBeLessThan(2 ** 32)
    expect(ntpLoOfUs(999_999.999_999)).toBeLessThan(2 ** 32)
  })

  it("writes time spans as 16.16 seconds, clamped", () => {
    expect(shortOfUs(1e6)).toBe(65536)
    expect(shortOfUs(-5)).toBe(0)
    expect(shortOfUs(1e12)).toBe(0xffff_ffff)
    expect(usOfShort(65536)).toBe(1e6)
  })
})
