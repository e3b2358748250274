import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { loadScript } from "./load.ts"

interface Listed { readonly path: string; readonly size: number; readonly changedMs: number }
interface Step { readonly inputs: readonly string[]; readonly outputs: readonly string[]; readonly keep?: (path: string) => boolean }
interface Stamp { readonly signature: string; readonly files: readonly string[] }
interface Fresh {
  listFiles(root: string, paths: readonly string[], keep?: (path: string) => boolean): readonly Listed[]
  isFresh(root: string, step: Step, stamp: Stamp | undefined): boolean
  stampOf(files: readonly Listed[]): Stamp
  readStamp(path: string): unknown
  writeStamp(path: string, stamp: unknown): void
  hashFile(path: string): string
}

const { listFiles, isFresh, stampOf, readStamp, writeStamp, hashFile } = await loadScript<Fresh>("fresh.mjs")

let root = ""
const put = (path: string, text = path): void => {
  mkdirSync(join(root, path, ".."), { recursive: true })
  writeFileSync(join(root, path), text)
}
const step: Step = { inputs: ["src", "config.json"], outputs: ["dist/main.js"], keep: (path) => !path.endsWith(".md") }
const stamp = (): Stamp => stampOf(listFiles(root, step.inputs, step.keep))

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "wifi-party-fresh-"))
  put("src/a.ts")
  put("src/deep/b.ts")
  put("src/README.md")
  put("config.json")
  put("dist/main.js")
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

describe("a build step", () => {
  test("is fresh as long as nothing changes", () => {
    expect(isFresh(root, step, stamp())).toBe(true)
  })

  test("is stale before it ever ran", () => {
    expect(isFresh(root, step, undefined)).toBe(false)
  })

  test.each([
    ["a source changes its size", () => put("src/deep/b.ts", "longer than it was")],
    ["a source changes its time only", () => utimesSync(join(root, "src/a.ts"), 1, 1)],
    ["a source is added", () => put("src/deep/c.ts")],
    ["a source is removed", () => rmSync(join(root, "src/a.ts"))],
    ["a single file among the inputs changes", () => put("config.json", "{ }")],
    ["an output is gone", () => rmSync(join(root, "dist"), { recursive: true })],
  ])("is stale when %s", (_, change) => {
    const before = stamp()
    change()
    expect(isFresh(root, step, before)).toBe(false)
  })

  test("does not care for files that it leaves out", () => {
    const before = stamp()
    put("src/README.md", "other words")
    expect(isFresh(root, step, before)).toBe(true)
  })

  test("does without inputs that do not exist", () => {
    expect(listFiles(root, ["nowhere", "src/a.ts"]).map(({ path }) => path)).toEqual(["src/a.ts"])
  })

  test("remembers the files that went in", () => {
    expect(stamp().files).toEqual(["config.json", "src/a.ts", "src/deep/b.ts"])
  })
})

describe("a stamp", () => {
  test("is read back as it was written", () => {
    writeStamp(join(root, "new/folder/stamp"), { signature: "x" })
    expect(readStamp(join(root, "new/folder/stamp"))).toEqual({ signature: "x" })
  })

  test("counts as none when it is missing or broken", () => {
    put("broken", "{ half")
    expect(readStamp(join(root, "broken"))).toBeUndefined()
    expect(readStamp(join(root, "missing"))).toBeUndefined()
  })

  test("follows a file's content, not its time", () => {
    const before = hashFile(join(root, "config.json"))
    utimesSync(join(root, "config.json"), 1, 1)
    expect(hashFile(join(root, "config.json"))).toBe(before)
    put("config.json", "other")
    expect(hashFile(join(root, "config.json"))).not.toBe(before)
    expect(hashFile(join(root, "missing"))).toBe("")
  })
})
