import { describe, expect, test } from "vitest"
import { loadScript } from "./load.ts"

interface Count { readonly passed: number; readonly failed: number; readonly skipped: number }
interface Report {
  countTests(report: unknown, exitCode: number): Count
  addStages(count: Count, stages: readonly { readonly name: string; readonly outcome: keyof Count }[]): Count
  summaryLine(count: Count): string
}
const { countTests, addStages, summaryLine } = await loadScript<Report>("report.mjs")

const file = (status: string, ...tests: readonly string[]): unknown => ({ status, assertionResults: tests.map((outcome) => ({ status: outcome })) })

describe("the count of tests", () => {
  test("adds up all files", () => {
    const report = { testResults: [file("passed", "passed", "passed", "pending"), file("failed", "passed", "failed", "todo")] }
    expect(countTests(report, 1)).toEqual({ passed: 3, failed: 1, skipped: 2 })
  })
  test("counts a file that cannot be loaded as one failure", () => {
    expect(countTests({ testResults: [file("passed", "passed"), file("failed")] }, 1)).toEqual({ passed: 1, failed: 1, skipped: 0 })
  })
  test("counts a run that failed without saying why", () => {
    expect(countTests({ testResults: [file("passed", "passed")] }, 1)).toEqual({ passed: 1, failed: 1, skipped: 0 })
    expect(countTests(undefined, 1)).toEqual({ passed: 0, failed: 1, skipped: 0 })
  })
})

test("stages count beside the tests", () => {
  const stages = [{ name: "a", outcome: "passed" }, { name: "b", outcome: "failed" }, { name: "c", outcome: "skipped" }] as const
  expect(addStages({ passed: 10, failed: 0, skipped: 1 }, stages)).toEqual({ passed: 11, failed: 1, skipped: 2 })
})

test("the last line names what was skipped only where something was", () => {
  expect(summaryLine({ passed: 12, failed: 0, skipped: 0 })).toBe("12 passed, 0 failed")
  expect(summaryLine({ passed: 12, failed: 1, skipped: 3 })).toBe("12 passed, 1 failed, 3 skipped")
})
