import { describe, expect, it } from "vitest"
import { createDelayWatch } from "../../../src/actors/party/delay-watch.ts"
import type { JitterReport } from "../../../src/runtime/report.ts"
import { jitter, localStrip, stats, strip } from "../../cli/helpers/reports.ts"

/** A report each 100 ms; what was told, with the time. */
const watch = () => {
  const see = createDelayWatch()
  let timeMs = 0
  const told: (readonly [timeMs: number, strip: string, text: string])[] = []
  return {
    told,
    pass(seconds: number, change: Partial<JitterReport>, name = "Ann") {
      for (let i = 0; i < seconds * 10; i++) {
        timeMs += 100
        for (const { strip: whom, text } of see(stats({ timeMs, strips: [localStrip("Song"), strip(name, { jitter: jitter(change) })] }))) told.push([timeMs, whom, text])
      }
    },
  }
}

describe("a delay that has changed", () => {
  it("is told once it has stayed for a while, with what the delays would have lost", () => {
    const { pass, told } = watch()
    pass(6, { targetDelayMs: 8 })
    pass(5, { targetDelayMs: 31, recentGaps: 3 })
    expect(told).toEqual([[7600, "Ann", "from 8.0 ms to 31.0 ms: of the last minute 2.1 % would have been lost at 8.0 ms, 0 % at 31.0 ms; 3 gaps in the last 10 s"]])
    pass(5, { targetDelayMs: 9, recentGaps: 0 })
    expect(told[1]).toEqual([12_600, "Ann", "from 31.0 ms to 9.0 ms: of the last minute 0 % would have been lost at 31.0 ms, 2.1 % at 9.0 ms"])
    expect(told).toHaveLength(2)
  })

  it("says nothing of the curve where that does not reach, or is not there", () => {
    const { pass, told } = watch()
    pass(6, { targetDelayMs: 8, curve: [{ delayMs: 0, lostShare: 0.2 }, { delayMs: 60, lostShare: 0.1 }] })
    pass(3, { targetDelayMs: 90, curve: [{ delayMs: 0, lostShare: 0.2 }, { delayMs: 60, lostShare: 0.1 }] })
    pass(3, { targetDelayMs: 8, curve: [], recentGaps: 1 })
    expect(told.map(([, , text]) => text)).toEqual(["from 8.0 ms to 90.0 ms", "from 90.0 ms to 8.0 ms; 1 gap in the last 10 s"])
  })

  it.each([
    ["a stream that has only begun", [[2, { targetDelayMs: 8 }], [2.5, { targetDelayMs: 40 }]]],
    ["a change of some milliseconds", [[6, { targetDelayMs: 8 }], [4, { targetDelayMs: 12 }]]],
    ["a change that is small beside a long delay", [[6, { targetDelayMs: 80 }], [4, { targetDelayMs: 100 }]]],
    ["a change that passes", [[6, { targetDelayMs: 8 }], [1, { targetDelayMs: 40 }], [6, { targetDelayMs: 8 }]]],
    ["a delay that has changed because its setting has", [[6, { targetDelayMs: 8 }], [4, { targetDelayMs: 40, policy: "safe", maxDelayMs: 250 }]]],
    ["a delay that moves on slowly after it was set", [[6, { targetDelayMs: 8 }], [1, { policy: "tight", targetDelayMs: 20 }], [3, { policy: "tight", targetDelayMs: 3 }]]],
  ] as const)("is not told of %s", (_, course) => {
    const { pass, told } = watch()
    for (const [seconds, change] of course) pass(seconds, change)
    expect(told).toEqual([])
  })

  it("is not told of another stream of the same name, who begins anew", () => {
    const { pass, told } = watch()
    pass(6, { targetDelayMs: 8 })
    pass(1, {}, "Ben")
    pass(4, { targetDelayMs: 60 })
    expect(told).toEqual([])
  })
})
