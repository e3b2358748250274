import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, dirname, join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { freshPath } from "../../../src/runtime/io/fresh-path.ts"

let folder: string
beforeAll(() => { folder = mkdtempSync(join(tmpdir(), "wifi-party-")) })
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe("a fresh path", () => {
  it("makes the folder and counts up over files that are there", () => {
    const deep = join(folder, "a", "b")
    expect([1, 2, 3].map(() => freshPath(deep, "Ann", "wav"))).toEqual(["Ann.wav", "Ann (2).wav", "Ann (3).wav"].map((name) => join(deep, name)))
    expect(readdirSync(deep)).toHaveLength(3)
  })

  it.each([
    ["../../etc/passwd", "_.._etc_passwd"],
    ["..", "recording"],
    ["", "recording"],
    ["a\u0000b\nc", "a_b_c"],
    ["C:\\x?*", "C__x__"],
    ["Zoë 王 🎤", "Zoë 王 🎤"],
    ["\ud800 lone", "_ lone"],
  ])("stays in the folder for %j", (stem, expected) => {
    const path = freshPath(folder, stem, "wav")
    expect(dirname(path)).toBe(folder)
    expect(basename(path).replace(/( \(\d+\))?\.wav$/, "")).toBe(expected)
  })

  it("cuts a long name between letters", () => {
    const path = freshPath(folder, "🎤".repeat(200), "wav")
    expect(basename(path)).toBe(`${"🎤".repeat(45)}.wav`)
  })

  it("says what is wrong with the folder", () => {
    expect(() => freshPath("/proc/nowhere", "x", "wav")).toThrow("/proc/nowhere")
  })
})
