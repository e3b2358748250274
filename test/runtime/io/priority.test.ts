import { execFileSync } from "node:child_process"
import { describe, expect, it } from "vitest"
import { ownOsThread } from "../../../src/runtime/io/cpu-times.ts"
import { raisePriority } from "../../../src/runtime/io/priority.ts"

const policyOf = (osThread: number): string | undefined => {
  try {
    return execFileSync("chrt", ["--pid", String(osThread)], { encoding: "utf8" })
  } catch {
    return undefined
  }
}
const osThread = ownOsThread()
const why = process.platform !== "linux" ? "only Linux tells" : policyOf(osThread) === undefined ? "chrt is not installed" : undefined

describe("a thread's priority", () => {
  it("leaves alone what it does not know", async () => {
    expect(await raisePriority(0)).toBe("normal")
  })

  it.skipIf(why !== undefined)(`says what the system then says${why === undefined ? "" : ` (skipped: ${why})`}`, async () => {
    const got = await raisePriority(osThread)
    const policy = policyOf(osThread) ?? ""
    expect(policy.includes("SCHED_RR")).toBe(got === "real-time")
    if (got === "real-time") execFileSync("chrt", ["--other", "--pid", "0", String(osThread)])
  })
})
