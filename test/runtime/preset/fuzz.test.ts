import { expect, test } from "vitest"
import { PresetError, renderFault } from "../../../src/runtime/errors.ts"
import { decodePreset } from "../../../src/runtime/preset/decode.ts"
import { FULL_PRESET, fakePlugins as plugins } from "./fake-plugins.ts"

/** Seeded, so that a failure comes again. A linear congruence modulo 2^32, its low bits dropped. */
const createRandom = (seed: number) => {
  let state = seed
  return (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return (state >>> 8) % below
  }
}

const SIGNS = [
  ...Array.from("{}[]:,-#&*!|>'\"%@`? \t\n\r0a\\.~=<\0\u001b\u009b\u2028é𝄞\ud800\ufeff"),
  "null", "__proto__", ".inf", ".nan", "- ", ": ", "<<: ", "&a ", "*a", "!!set ", "---\n",
]

const mutate = (text: string, random: (below: number) => number): string => {
  const lines = text.split("\n")
  const line = random(lines.length)
  const start = random(text.length)
  const end = Math.min(text.length, start + 1 + random(6))
  switch (random(7)) {
    case 0: return text.slice(0, start) + text.slice(end)
    case 1: return text.slice(0, end) + text.slice(start)
    case 2: return text.slice(0, start) + (SIGNS[random(SIGNS.length)] ?? "") + text.slice(end)
    case 3: return lines.toSpliced(line, 1).join("\n")
    case 4: return lines.toSpliced(random(lines.length), 0, lines[line] ?? "").join("\n")
    case 5: return text.slice(0, start) + String.fromCharCode(random(0x250)) + text.slice(start)
    default: return text.slice(0, start) + (SIGNS[random(SIGNS.length)] ?? "") + text.slice(start)
  }
}

test("500 mutations of a full preset decode, or fail with nothing but whole faults", () => {
  const random = createRandom(20260801)
  let refused = 0
  for (let round = 0; round < 500; round++) {
    let text = FULL_PRESET
    for (let times = 1 + random(4); times > 0; times--) text = mutate(text, random)
    try {
      decodePreset(text, { file: "p.yaml", plugins, fileExists: (path) => !path.includes("y") })
    } catch (error) {
      refused++
      if (!(error instanceof PresetError)) throw new Error(`round ${round}: ${JSON.stringify(text)}`, { cause: error })
      expect(error.faults.length).toBeGreaterThan(0)
      const lineCount = text.split(/\r\n|\r|\n/u).length
      for (const fault of error.faults) {
        const line = renderFault(fault)
        expect(line).not.toMatch(/[\p{Cc}\u2028\u2029]|undefined|\[object/u)
        expect(fault.expected, line).not.toBe("")
        expect(fault.expected, line).not.toBe("another value")
        expect(fault.found, line).not.toBe("")
        expect(fault.line, line).toBeGreaterThanOrEqual(1)
        expect(fault.line, line).toBeLessThanOrEqual(lineCount)
      }
    }
  }
  // Most mutations break something, and some do not: else this test would prove little.
  expect(refused).toBeGreaterThan(250)
  expect(refused).toBeLessThan(500)
})
