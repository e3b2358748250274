/** What the jitter buffer promises over the bench's models: how near it is to the oracle, and that its policies are in order. */
import { describe, expect, it } from "vitest"
import { models } from "../../../bench/jitter/models/models.ts"
import { RATE_HZ } from "../../../bench/jitter/network.ts"
import { projectBuffer } from "../../../bench/jitter/project-buffer.ts"
import { runModel, type ModelScores } from "../../../bench/jitter/run.ts"
import { geometricMean, TARGETS } from "../../../bench/jitter/table.ts"
import { buildModule } from "../../runtime/dsp/kernels.ts"

const module = await buildModule()
const SEED = 1
/** A change of pitch that nobody hears. */
const MOST_PPM = 2000
/** Where two policies both lose next to nothing, or need the same delay, chance decides which is ahead: ms, per cent. */
const SAME_MS = 0.2
const SAME_PERCENT = 0.02

type Policy = "tight" | "steady" | "safe"
const scoresOf = (policy: Policy, packetMs: number): readonly ModelScores[] =>
  models.map(({ name }) => runModel(name, Math.round((packetMs * RATE_HZ) / 1000), SEED, projectBuffer(policy, { policy }, module)))

const known = new Map<string, readonly ModelScores[]>()
const scores = (policy: Policy, packetMs: number): readonly ModelScores[] => {
  const key = `${policy} ${packetMs}`
  const made = known.get(key) ?? scoresOf(policy, packetMs)
  known.set(key, made)
  return made
}

describe("steady", () => {
  it.each([...TARGETS])("with packets of %f ms costs at most %f of the oracle's best, in the geometric mean", (packetMs, target) => {
    const ratios = scores("steady", packetMs).map(({ ratio }) => ratio)
    // Nobody beats the oracle; a mean of nothing would be no mean.
    expect(ratios.length).toBe(models.length)
    expect(Math.min(...ratios)).toBeGreaterThan(1)
    expect(geometricMean(ratios)).toBeLessThanOrEqual(target)
  }, 60_000)

  it.each([...TARGETS.keys()])("with packets of %f ms stretches nothing beyond 0.2 %% outside gaps", (packetMs) => {
    expect(Math.max(...scores("steady", packetMs).map(({ rateDeviationPpm }) => rateDeviationPpm))).toBeLessThan(MOST_PPM)
  }, 60_000)
})

describe("the targets", () => {
  it("are those that were set", () => {
    expect([...TARGETS]).toEqual([[2.5, 1.28], [5, 1.25], [10, 1.22]])
  })
})

describe("the policies are in order", () => {
  const order = ["tight", "steady", "safe"] as const
  const mean = (policy: Policy, of: (scores: ModelScores) => number): number =>
    scores(policy, 5).reduce((sum, each) => sum + of(each), 0) / models.length

  it("on the mean of all models: delay one way, what is concealed the other", () => {
    const delays = order.map((policy) => mean(policy, ({ delayMs }) => delayMs))
    const concealed = order.map((policy) => mean(policy, ({ concealedPercent }) => concealedPercent))
    expect(delays[1]! / delays[0]!).toBeGreaterThan(1.1)
    expect(delays[2]! / delays[1]!).toBeGreaterThan(1.1)
    expect(concealed[0]! / concealed[1]!).toBeGreaterThan(1.1)
    expect(concealed[1]! / concealed[2]!).toBeGreaterThan(1.1)
  }, 60_000)

  it.each(models.map(({ name }, at) => [name, at] as const))("on %s", (_, at) => {
    for (const [less, more] of [["tight", "steady"], ["steady", "safe"]] as const) {
      const first = scores(less, 5)[at]!
      const second = scores(more, 5)[at]!
      expect(first.delayMs, `delay of ${less} and ${more}`).toBeLessThanOrEqual(second.delayMs + SAME_MS)
      expect(first.concealedPercent, `concealed by ${less} and ${more}`).toBeGreaterThanOrEqual(second.concealedPercent - SAME_PERCENT)
    }
  }, 60_000)

  it("and no policy stretches anything beyond 0.2 %", () => {
    for (const policy of order) expect(Math.max(...scores(policy, 5).map(({ rateDeviationPpm }) => rateDeviationPpm)), policy).toBeLessThan(MOST_PPM)
  }, 60_000)
})
