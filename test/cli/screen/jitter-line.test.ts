import { describe, expect, it } from "vitest"
import { jitterLine } from "../../../src/cli/screen/jitter-line.ts"
import type { JitterReport } from "../../../src/runtime/report.ts"
import { jitter, localStrip, strip } from "../helpers/reports.ts"

const said = (change: Partial<JitterReport>, columns = 200, driftPpm = 12.4): string =>
  jitterLine(strip("Ann", { driftPpm, jitter: jitter(change) }), columns).map(({ text }) => text).join("").trim()
const points = (...pairs: readonly (readonly [delayMs: number, lostShare: number])[]) => pairs.map(([delayMs, lostShare]) => ({ delayMs, lostShare }))

describe("the line about a jitter buffer", () => {
  it.each([
    ["a policy of the party's", {}, /^Ann {2}steady: 8\.2 of 8\.0 ms · drift \+12 ppm · would lose at 4 ms 6 %, 8 ms 2\.1 %, 15 ms 0\.3 %, 30 ms 0 %$/],
    ["a policy of its own", { policy: "safe", own: true }, /^Ann {2}safe \(its own\): 8\.2 of 8\.0 ms/],
    ["a kept delay", { policy: "kept", own: true }, /^Ann {2}kept \(its own\): 8\.2/],
    ["what was filled in", { concealedShare: 0.0123 }, /8\.0 ms · filled in 1\.2 % · drift/],
    ["no packet yet", { curve: [] }, /drift \+12 ppm$/],
    ["a good link, by the millisecond", { targetDelayMs: 2, curve: points([0, 0.02], [1, 0.004], [2, 0], [60, 0]) }, /would lose at 0 ms 2 %, 1 ms 0\.4 %, 2 ms 0 %, 4 ms 0 %$/],
    ["a bad link, by the tens", { targetDelayMs: 40, curve: points([0, 0.5], [10, 0.3], [30, 0.12], [60, 0.05]) }, /would lose at 8 ms 50 %, 15 ms 30 %, 30 ms 12 %, 60 ms 5 %$/],
    ["a thousandth of a per cent, which is as good as nothing", { targetDelayMs: 0, curve: points([0, 0.00001], [60, 0]) }, /would lose at 0 ms 0 %, 1 ms 0 %/],
  ] as const)("tells of %s", (_, change, expected) => {
    expect(said(change)).toMatch(expected)
  })

  it.each([
    [110, "Ann  steady: 8.2 of 8.0 ms · drift +12 ppm · would lose at 4 ms 6 %, 8 ms 2.1 %, 15 ms 0.3 %, 30 ms 0 %"],
    [100, "Ann  steady: 8.2 of 8.0 ms · would lose at 4 ms 6 %, 8 ms 2.1 %, 15 ms 0.3 %, 30 ms 0 %"],
    [80, "Ann  steady: 8.2 of 8.0 ms · would lose at 4 ms 6 %, 8 ms 2.1 %, 15 ms 0.3 %"],
    [70, "Ann  steady: 8.2 of 8.0 ms · would lose at 4 ms 6 %, 8 ms 2.1 %"],
    [50, "Ann  steady: 8.2 of 8.0 ms · drift +12 ppm"],
    [40, "Ann  steady: 8.2 of 8.0 ms"],
  ])("says in %d cells what fits", (columns, text) => {
    expect(said({}, columns)).toBe(text)
  })

  it("signs the drift", () => {
    expect([said({}, 200, -3.6), said({}, 200, 0.2)].map((text) => /drift \S+ ppm/.exec(text)?.[0])).toEqual(["drift -4 ppm", "drift 0 ppm"])
  })

  it("says when there is no buffer, and nothing when there is no strip", () => {
    expect(jitterLine(localStrip("Song"), 80).map(({ text }) => text).join("")).toBe("  Song  no jitter buffer yet")
    expect(jitterLine(undefined, 80)).toEqual([])
  })
})
