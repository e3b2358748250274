/** Hot functions allocate nothing, throw nothing, log nothing: what can be seen in their text. The rule: test/scripts/hot-functions.ts. */
import { describe, expect, test } from "vitest"
import { hotFaultsOf, hotFunctionCount } from "./scripts/hot-functions.ts"
import { readSources, type SourceFile } from "./scripts/source-text.ts"

const sources = readSources("src")

describe("the source tree", () => {
  test("keeps its hot functions clean", () => {
    expect(sources.flatMap(hotFaultsOf)).toEqual([])
  })

  test("marks a hot function in every .rt.ts file and in every ring", () => {
    const isHot = ({ path, text }: SourceFile): boolean =>
      path.endsWith(".rt.ts") || (path.startsWith("src/runtime/ring/") && /export (?:function|const) create/.test(text))
    const due = sources.filter(isHot)
    expect(due.length).toBeGreaterThan(3)
    expect(due.filter((file) => hotFunctionCount(file) === 0).map(({ path }) => path)).toEqual([])
  })

  test("finds the process method of every insert", () => {
    const inserts = sources.filter(({ path, text }) => path.startsWith("src/plugins/") && text.includes("activate(") && !text.includes("createFaustProcessor"))
    expect(inserts.length).toBeGreaterThan(0)
    expect(inserts.filter((file) => hotFunctionCount(file) === 0).map(({ path }) => path)).toEqual([])
  })
})

const inMethod = (body: string, path = "src/runtime/ring/a.ts"): SourceFile => ({
  path,
  text: `export const create = () => {\n  return {\n    /* @hot */\n    step(count: number): number {\n${body}\n    },\n    cold() {\n      return [new Map()]\n    },\n  }\n}\n`,
})
const whatIn = (file: SourceFile): readonly string[] => hotFaultsOf(file).map((fault) => fault.split(": ").at(-1) ?? "")

describe("the check itself", () => {
  test.each([
    ["const a = new Float32Array(4)", "new"],
    ["const a = [1, 2]", "array literal"],
    ["return [count]", "array literal"],
    ["call([count])", "array literal"],
    ["for (const x of [1, 2]) use(x)", "array literal"],
    ["[a, b] = pair", "array literal"],
    ["const a = count > 0 ? [] : other", "array literal"],
    ["const a = { x: 1 }", "object literal"],
    ["return { x: 1 }", "object literal"],
    ["call({ x: 1 })", "object literal"],
    ["call(1, {})", "object literal"],
    ["const a = ok ? {} : other", "object literal"],
    ["const a = ok ? other : {}", "object literal"],
    ["const a = b ?? {}", "object literal"],
    ["call(...list)", "spread"],
    ["const a = () => 1", "closure"],
    ["const a = function () { return 1 }", "closure"],
    ["function inner() { return 1 }", "closure"],
    ["const a = `x`", "template literal"],
    ["const a = `x${count}y`", "template literal"],
    ["const a = view.subarray(1)", "allocating call"],
    ["const a = view.slice(1)", "allocating call"],
    ["list.push(1)", "allocating call"],
    ["list.push(pair(1, 2))", "allocating call"],
    ["const a = Array.from(list)", "allocating call"],
    ["throw error", "throw"],
    ["await later", "waiting"],
    ["console.log(1)", "console"],
    ["const a = Date.now()", "clock"],
    ["const a = performance.now()", "clock"],
    ["const [a, b] = process.hrtime()", "clock"],
    ["return Promise.resolve()", "runtime call"],
    ["const a = x / 2 // fine\n const b = new Map()", "new"],
    ["const a = /[/]/.test(b) ? {} : 1", "object literal"],
  ])("catches %s", (body, what) => {
    expect(whatIn(inMethod(body))).toContain(what)
  })

  test.each([
    "const a = x[0]",
    "const a = x[0]![1]!",
    "const a = x?.[0]",
    "const a = call()[0]",
    "x[i] = y[i] as number",
    "const [a, b] = pair",
    "const { a, b } = pair",
    "const list: number[] = kept",
    "const pair = kept as [number, number]",
    "if (count > 0) { return 1 } else { return 2 }",
    "for (let i = 0; i < count; i++) {\n  total += i\n}",
    "for (;;) {\n  break\n}",
    "switch (count) {\n  case 1: {\n    return 1\n  }\n  default: {\n    return 2\n  }\n}",
    "try {\n  risky()\n} catch {\n  count = 0\n} finally {\n  done()\n}",
    "try {\n  risky()\n} catch (error) {\n  count = 0\n}",
    "outer: for (;;) {\n  break outer\n}",
    "do {\n  count--\n} while (count > 0)",
    "// const a = new Map()",
    "/* throw, await, console */ return count",
    'const a = "new Map() => [1]"',
    "const a = (x + y) / 2 / z",
    "events.push(now, code, 1)",
    "return renewed + thrown + this.console",
    "const ok = a >= b && c <= d",
  ])("lets pass %s", (body) => {
    expect(hotFaultsOf(inMethod(body))).toEqual([])
  })

  test("does not look into functions that are not hot", () => {
    expect(hotFaultsOf(inMethod("return 1"))).toEqual([])
    expect(hotFunctionCount(inMethod("return 1"))).toBe(1)
  })

  test("names file and line", () => {
    expect(hotFaultsOf(inMethod("const a = 1\nconst b = new Map()"))).toEqual(["src/runtime/ring/a.ts:6: new"])
  })

  test.each([
    ["a function", "/* @hot */\nexport function step(a: number): void {\n  new Map()\n}"],
    ["a function with an object type", "/* @hot */\nexport function step(a: { b: number }): { c: number } {\n  new Map()\n}"],
    ["an arrow with a body", "/* @hot */\nexport const step = (a: number): number => {\n  new Map()\n}"],
    ["an arrow with an expression", "/* @hot */\nexport const step = (a: number): Map =>\n  a > 0\n    ? new Map()\n    : other\nconst cold = 1"],
    ["a property", "const x = {\n  /* @hot */\n  step: (a: number) => new Map(),\n}"],
    ["a getter", "const x = {\n  /* @hot */\n  get size() {\n    return new Map()\n  },\n}"],
  ])("understands %s", (_, text) => {
    expect(whatIn({ path: "src/runtime/ring/a.ts", text })).toEqual(["new"])
  })

  test("ends an arrow's expression where it ends", () => {
    const text = "/* @hot */\nexport const step = (a: number) => a +\n  1\n\nexport const cold = () => new Map()"
    expect(hotFaultsOf({ path: "src/runtime/ring/a.ts", text })).toEqual([])
  })

  test("fails on a marker before no function", () => {
    expect(() => hotFunctionCount({ path: "src/a.ts", text: "/* @hot */\nconst a = 1" })).toThrow("stands before no function")
  })

  test("takes every process method of a plugin for hot, but no declaration and no call", () => {
    const text = "interface P {\n  process(io: BlockIo): void\n  reset(): void\n}\nchain.process(io)\nexport default {\n  activate() {\n    return {\n      process(io) {\n        new Map()\n      },\n    }\n  },\n}"
    expect(whatIn({ path: "src/plugins/a/a.ts", text })).toEqual(["new"])
    expect(whatIn({ path: "src/cli/a.ts", text })).toEqual([])
  })

  test("lets only io read the clock", () => {
    const body = "const [a, b] = process.hrtime()\ncells[0] = a * 1e6 + b / 1000"
    expect(hotFaultsOf(inMethod(body, "src/runtime/io/clock.ts"))).toEqual([])
    expect(hotFaultsOf(inMethod(body, "src/actors/a.rt.ts"))).toHaveLength(1)
  })
})
