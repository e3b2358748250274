/** Counts what a test run showed: vitest's own report (JSON) and the stages around it. */

/**
 * Tests by outcome. A file that could not even be loaded counts as one failed test; so does a run that failed without saying why.
 * report     vitest's JSON; undefined where it wrote none
 * exitCode   of vitest
 */
export const countTests = (report, exitCode) => {
  const count = { passed: 0, failed: 0, skipped: 0 }
  for (const file of report?.testResults ?? []) {
    const before = count.failed
    for (const { status } of file.assertionResults) {
      if (status === "passed") count.passed++
      else if (status === "failed") count.failed++
      else count.skipped++
    }
    if (file.status === "failed" && count.failed === before) count.failed++
  }
  if (exitCode !== 0 && count.failed === 0) count.failed = 1
  return count
}

/** Adds the stages; each is { name, outcome: "passed" | "failed" | "skipped" }. */
export const addStages = (count, stages) => {
  const total = { ...count }
  for (const { outcome } of stages) total[outcome]++
  return total
}

/** "12 passed, 0 failed", and what was skipped when something was. */
export const summaryLine = ({ passed, failed, skipped }) => `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`
