import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { loadScript } from "./load.ts"

interface Setup {
  nodeFault(version?: string): string | undefined
  isInstalled(folder?: string): boolean
  withLock<Result>(work: () => Promise<Result>, path?: string): Promise<Result>
  debianPackages: readonly string[]
  missingDebianPackages(wanted?: readonly string[]): readonly string[]
}
const { nodeFault, isInstalled, withLock, debianPackages, missingDebianPackages } = await loadScript<Setup>("setup.mjs")

let folder = ""
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wifi-party-setup-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe("the check of Node's version", () => {
  test.each(["20.19.0", "20.20.2", "22.12.0", "22.23.3", "24.0.0", "26.1.0"])("takes %s", (version) => {
    expect(nodeFault(version)).toBeUndefined()
  })
  test.each(["18.20.0", "20.18.3", "21.7.0", "22.11.0", "23.5.0"])("refuses %s and says what is needed", (version) => {
    expect(nodeFault(version)).toContain(`Node ${version} cannot run this: it needs 20.19`)
  })
  test("takes the Node that runs this", () => {
    expect(nodeFault()).toBeUndefined()
  })
})

test("packages count as missing without a stamp, and with one for another lock file", () => {
  writeFileSync(join(folder, "package-lock.json"), "{}")
  expect(isInstalled(folder)).toBe(false)
  mkdirSync(join(folder, "node_modules"))
  writeFileSync(join(folder, "node_modules/.wifi-party-stamp"), '{ "signature": "of something else" }')
  expect(isInstalled(folder)).toBe(false)
})

describe("the lock", () => {
  test("lets one in after the other", async () => {
    const path = join(folder, "lock")
    const order: string[] = []
    const enter = (name: string, ms: number): Promise<number> =>
      withLock(async () => {
        order.push(`${name} in`)
        await sleep(ms)
        return order.push(`${name} out`)
      }, path)
    await Promise.all([enter("a", 60), enter("b", 5)])
    expect(order).toEqual(["a in", "a out", "b in", "b out"])
    expect(existsSync(path)).toBe(false)
  })

  test("is opened again when the work fails", async () => {
    const path = join(folder, "lock")
    await expect(withLock(() => Promise.reject(new Error("work failed")), path)).rejects.toThrow("work failed")
    expect(existsSync(path)).toBe(false)
  })

  test("of a process that died is taken over", async () => {
    const path = join(folder, "lock")
    // Above every pid that Linux, macOS or Windows gives by default.
    writeFileSync(path, "99999999")
    expect(await withLock(() => Promise.resolve("in"), path)).toBe("in")
  })
})

test("knows which Debian packages are missing", ({ skip }) => {
  if (!existsSync("/usr/bin/dpkg-query")) skip("no dpkg here")
  expect(missingDebianPackages(["dpkg", "no-such-package-anywhere"])).toEqual(["no-such-package-anywhere"])
  expect(debianPackages).toContain("ffmpeg")
})
