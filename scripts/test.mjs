/**
 * npm test [-- VITEST OPTIONS]: everything that "checked" means. Installs what is missing, builds, checks types, lints, tests.
 * The last line counts the tests and the stages before them; the exit code is 0 only where nothing failed.
 */
import { mkdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { build } from "./build.mjs"
import { readStamp } from "./fresh.mjs"
import { addStages, countTests, summaryLine } from "./report.mjs"
import { ensureDebianPackages, ensureInstalled, nodeFault, root, runTool, say, withLock } from "./setup.mjs"

const stages = []

/** Runs one stage and shows how it went. `work` returns a remark, throws when it failed, or returns { skipped: why }. */
const stage = async (name, work) => {
  const startedMs = performance.now()
  let outcome = "passed"
  let remark = ""
  try {
    const result = await work()
    if (result?.skipped !== undefined) {
      outcome = "skipped"
      remark = result.skipped
    }
  } catch (error) {
    outcome = "failed"
    remark = error.message
  }
  stages.push({ name, outcome })
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  console.log(`${outcome.padEnd(7)}  ${name} (${seconds} s)${remark === "" ? "" : `${remark.includes("\n") ? "\n" : ": "}${remark}`}`)
  return outcome !== "failed"
}

const tool = (path, args) => async () => {
  const { code, text } = await runTool(path, args, { quiet: true })
  if (code !== 0) throw new Error(`\n${text.trimEnd()}`)
}

const fault = nodeFault()
if (fault !== undefined) {
  say(fault)
  process.exit(1)
}

await stage("Debian packages", async () => {
  const { missing, why } = await ensureDebianPackages()
  return missing.length === 0 ? undefined : { skipped: `tests that need them are skipped (${why}). Install: ${missing.join(" ")}` }
})
let tests = { passed: 0, failed: 0, skipped: 0 }
if (await stage("npm packages", () => withLock(ensureInstalled))) {
  const isBuilt = await stage("build", () => withLock(build))
  await stage("types", tool("typescript/bin/tsc", ["-p", "test/tsconfig.json"]))
  await stage("lint", tool("oxlint/bin/oxlint", ["--type-aware", "--deny-warnings", "src", "test", "bench"]))
  await stage("unused code", tool("knip/bin/knip.js", ["--no-progress"]))
  if (isBuilt) {
    const reportPath = join(root, ".cache/vitest.json")
    mkdirSync(join(root, ".cache"), { recursive: true })
    rmSync(reportPath, { force: true })
    const args = ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${reportPath}`, ...process.argv.slice(2)]
    const { code } = await runTool("vitest/vitest.mjs", args)
    tests = countTests(readStamp(reportPath), code)
  } else stages.push({ name: "tests", outcome: "failed" })
}

const total = addStages(tests, stages)
for (const { name, outcome } of stages) if (outcome === "failed") console.log(`failed: ${name}`)
console.log(summaryLine(total))
process.exitCode = total.failed === 0 ? 0 : 1
