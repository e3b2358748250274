/** Who may import what (HOUSE rules as tables: test/scripts/imports.ts), and the outer form of the source tree. */
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { importsOf, violationsOf } from "./scripts/imports.ts"
import { readSources, repositoryRoot } from "./scripts/source-text.ts"

const sources = readSources("src")

describe("the source tree", () => {
  test("has files to look at", () => {
    expect(sources.length).toBeGreaterThan(30)
  })

  test("imports only what the rules allow", () => {
    expect(violationsOf(sources)).toEqual([])
  })

  test("resolves every relative import to a file", () => {
    const missing = sources.flatMap(({ path, text }) =>
      importsOf(text)
        .filter(({ target }) => target.startsWith("."))
        .filter(({ target }) => !existsSync(join(repositoryRoot, path, "..", target)))
        .map(({ target }) => `${path} → ${target}`),
    )
    expect(missing).toEqual([])
  })

  test("has no file over 300 lines", () => {
    const long = sources.map(({ path, text }) => ({ path, lines: text.trimEnd().split("\n").length })).filter(({ lines }) => lines > 300)
    expect(long).toEqual([])
  })

  test("has a README in each subsystem's folder", () => {
    const runtime = readdirSync(join(repositoryRoot, "src/runtime"), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `src/runtime/${name}`)
    const missing = [...runtime, "src/plugins", "src/cli", "src/actors"].filter((folder) => !existsSync(join(repositoryRoot, folder, "README.md")))
    expect(missing).toEqual([])
  })
})

describe("the check of imports itself", () => {
  const violated = (path: string, text: string, others: Record<string, string> = {}): readonly string[] =>
    violationsOf([{ path, text }, ...Object.entries(others).map(([name, content]) => ({ path: name, text: content }))])

  test.each([
    ["src/runtime/units.ts", 'import { x } from "./errors.ts"'],
    ["src/runtime/ring/a.ts", 'import type { X } from "../rtp/header.ts"'],
    ["src/runtime/rtp/a.ts", 'import { x } from "node:buffer"'],
    ["src/runtime/jitter/a.ts", 'import { x } from "../io/clock.ts"'],
    ["src/runtime/graph/a.ts", 'import { x } from "../preset/preset.ts"'],
    ["src/runtime/preset/a.ts", 'import { x } from "../graph/plan.ts"'],
    ["src/runtime/io/a.ts", 'import { x } from "../graph/plugin.ts"'],
    ["src/runtime/host/a.ts", 'import { x } from "../../actors/a.ts"'],
    ["src/runtime/host/a.ts", 'export { x } from "../../actors/a.ts"'],
    ["src/runtime/host/a.ts", 'const x = await import("../../cli/a.ts")'],
    ["src/plugins/echo/echo.ts", 'import { x } from "../gain/gain.ts"'],
    ["src/plugins/echo/echo.ts", 'import { x } from "../../actors/a.ts"'],
    ["src/actors/mixer/a.ts", 'import echo from "../../plugins/echo/echo.ts"'],
    ["src/actors/mixer/a.ts", 'import { Subject } from "rxjs"'],
    ["src/actors/mixer/a.ts", 'import { readFileSync } from "node:fs"'],
    ["src/runtime/host/a.ts", 'import { createSocket } from "node:dgram"'],
    ["src/runtime/io/a.ts", 'import { setup } from "xstate"'],
    ["src/cli/a.ts", 'import leftPad from "left-pad"'],
    ["src/cli/a.ts", 'import {\n  a,\n  b,\n} from "xstate"'],
    ["src/cli/a.ts", 'import "xstate"'],
    ["src/cli/a.ts", 'const x = require("naudiodon")'],
    ["src/elsewhere/a.ts", ""],
  ])("catches %s: %s", (path, text) => {
    expect(violated(path, text)).toHaveLength(1)
  })

  test.each([
    ["src/runtime/graph/a.ts", 'import type { Preset } from "../preset/preset.ts"'],
    ["src/runtime/jitter/a.ts", 'import { x } from "../rtp/header.ts"\nimport type { Db } from "../units.ts"'],
    ["src/runtime/preset/a.ts", 'import * as Schema from "effect/Schema"\nimport { parse } from "yaml"'],
    ["src/plugins/echo/echo.ts", 'import { x } from "../../runtime/graph/plugin.ts"\nimport { y } from "./line.ts"'],
    ["src/plugins/registry.ts", 'const x = () => import("./echo/echo.ts")'],
    ["src/actors/party/a.ts", 'import { Subject } from "rxjs"'],
    ["src/actors/receiver/a.ts", 'import type { Socket } from "node:dgram"'],
    ["src/cli/a.ts", '// import { x } from "xstate"\nconst text = `\nimport { y } from "xstate"\n`'],
    ["src/cli/a.ts", "const doc = 'import { y } from \"xstate\"'"],
  ])("lets pass %s: %s", (path, text) => {
    expect(violated(path, text)).toEqual([])
  })

  test("follows a hot loop's imports, but not its types", () => {
    const machine = { "src/actors/b.ts": 'import { setup } from "xstate"' }
    expect(violated("src/actors/a.rt.ts", 'import { b } from "./b.ts"', machine)).toEqual(["src/actors/a.rt.ts → xstate: a hot loop reaches it by src/actors/b.ts"])
    expect(violated("src/actors/a.rt.ts", 'import type { B } from "./b.ts"', machine)).toEqual([])
  })

  test("lets one file only use naudiodon", () => {
    const other = { "src/runtime/io/b.ts": 'import "naudiodon"' }
    expect(violated("src/runtime/io/a.ts", 'import "naudiodon"')).toEqual([])
    expect(violated("src/runtime/io/a.ts", 'import "naudiodon"', other)).toHaveLength(1)
  })
})
