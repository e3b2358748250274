/** Buffers over whole traces: the baselines do what they are for, and nobody beats the receiver that knows the future. */
import { describe, expect, test } from "vitest"
import { fixedDelay } from "../../../bench/jitter/baselines/fixed.ts"
import { percentile } from "../../../bench/jitter/baselines/percentile.ts"
import { models } from "../../../bench/jitter/models/models.ts"
import { FAST, bestJ, GRID_MS, oracleInput } from "../../../bench/jitter/oracle.ts"
import { plot } from "../../../bench/jitter/plot.ts"
import { projectBuffer } from "../../../bench/jitter/project-buffer.ts"
import { prepare, runModel } from "../../../bench/jitter/run.ts"
import { geometricMean, summary, table } from "../../../bench/jitter/table.ts"
import { buildModule } from "../../runtime/dsp/kernels.ts"

const module = await buildModule()

test.each(models.map((model) => [model.name] as const))("no buffer beats the fast oracle on %s", (name) => {
  const least = bestJ(oracleInput(prepare(name, 480, 1).trace), FAST)
  for (const make of [fixedDelay(10), fixedDelay(40), percentile]) {
    const scores = runModel(name, 480, 1, make)
    expect(scores.j).toBeGreaterThan(least - GRID_MS)
    expect(scores.bestJ).toBeGreaterThanOrEqual(least)
  }
})

describe("baselines", () => {
  test("a fixed delay is what it says over the earliest arrival, to a pull", () => {
    const { delayMs, concealedPercent, startUpMs } = runModel("wired", 240, 1, fixedDelay(20))
    const earliest = Math.min(...oracleInput(prepare("wired", 240, 1).trace).delaysMs)
    expect(delayMs - earliest).toBeGreaterThanOrEqual(19.9)
    expect(delayMs - earliest).toBeLessThan(22.7)
    expect(concealedPercent).toBe(0)
    expect(startUpMs).toBeLessThan(24)
  })

  test("a longer fixed delay conceals less", () => {
    const [short, middle, long] = [10, 20, 40].map((ms) => runModel("wifi-busy", 240, 1, fixedDelay(ms)).concealedPercent)
    expect(short).toBeGreaterThan(middle as number)
    expect(middle).toBeGreaterThan(long as number)
  })

  test("the percentile buffer buys little concealment with much delay, and does not come back from a stall", () => {
    const own = runModel("wifi-busy", 240, 1, percentile)
    const fixed = runModel("wifi-busy", 240, 1, fixedDelay(20))
    expect(own.delayMs).toBeGreaterThan(fixed.delayMs)
    expect(own.concealedPercent).toBeLessThan(fixed.concealedPercent)
    expect(own.recoveryMs).toBeGreaterThan(500)
    expect(own.rateDeviationPpm).toBeGreaterThan(90_000)
  })
})

describe("the project's buffer", () => {
  test.each([120, 128, 240, 480])("plays everything of a wired sender in packets of %i frames", (packetFrames) => {
    const scores = runModel("wired", packetFrames, 1, projectBuffer("steady", { policy: "steady" }, module))
    expect(scores.concealedPercent).toBeLessThan(0.1)
    expect(scores.delayMs).toBeGreaterThan(scores.bestJ - GRID_MS)
    expect(scores.delayMs).toBeLessThan(40)
  })

  test("is heard alike with the plain twins of the kernels", () => {
    const [wasm, twin] = [module, undefined].map((kernels) => runModel("scan", 480, 1, projectBuffer("steady", { policy: "steady" }, kernels)))
    expect(twin!.delayMs).toBeCloseTo(wasm!.delayMs, 1)
    expect(twin!.concealedPercent).toBeCloseTo(wasm!.concealedPercent, 1)
  })

  test.each(["scan", "drift+300", "reorder-dup"])("says of itself what is heard, on %s", (name) => {
    const [heard, said] = [false, true].map((believed) =>
      runModel(name, 240, 1, projectBuffer("steady", { policy: "steady" }, module, believed)))
    expect(Math.abs(said!.delayMs - heard!.delayMs)).toBeLessThan(0.1)
    expect(Math.abs(said!.concealedPercent - heard!.concealedPercent)).toBeLessThan(0.1)
  })

  test("gives the same figures twice", () => {
    const run = () => runModel("all", 480, 1, projectBuffer("steady", { policy: "steady" }, module))
    expect(run()).toEqual(run())
  })
})

describe("what is printed", () => {
  const rows = [10, 40].map((ms) => ({ model: "wired", buffer: `fixed ${ms}`, scores: runModel("wired", 480, 1, fixedDelay(ms)) }))

  test("the table has a line a row, and a dash where nothing could be measured", () => {
    const lines = table(rows).split("\n")
    expect(lines).toHaveLength(4)
    expect(lines[2]).toMatch(/^wired +fixed 10 +\d+\.\d\d .* - /)
  })

  test("the summary has the geometric mean, judged where there is a target", () => {
    expect(geometricMean([1, 4])).toBeCloseTo(2)
    expect(summary(rows, 10).split("\n")).toHaveLength(2)
    expect(summary(rows.map((row) => ({ ...row, buffer: "steady" })), 10)).toContain("target 1.22: NOT met")
  })

  test("the plot is one well-formed SVG with a panel a model", () => {
    const point = { priceMs: 1000, delayMs: 8, concealedPercent: 0, costMs: 8 }
    const panel = { title: "a < b & c", about: "", slow: [point], fast: [point], buffers: [{ name: "x", delayMs: 10, concealedPercent: 0.5 }] }
    const svg = plot([panel, panel], "heading")
    expect(svg.match(/<g /g)).toHaveLength(2)
    expect(svg).toContain("a &lt; b &amp; c")
    expect(svg).not.toContain("NaN")
    for (const tag of ["svg", "g", "text"]) {
      expect(svg.match(new RegExp(`<${tag}[ >]`, "g"))?.length).toBe(svg.match(new RegExp(`</${tag}>`, "g"))?.length)
    }
  })
})
