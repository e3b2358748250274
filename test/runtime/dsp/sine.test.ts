import { expect, test } from "vitest"
import { sinePi } from "../../../src/runtime/dsp/sine.ts"

const places = Array.from({ length: 4096 }, (_, i) => i / 256 - 8)

test("is a sine", () => {
  for (const x of places) expect(Math.abs(sinePi(x) - Math.sin(Math.PI * (x % 2)))).toBeLessThan(1e-15)
})

test("is exactly 0, 1 and -1 where it should be", () => {
  expect([-2, -1, 0, 1, 2].map((x) => Math.abs(sinePi(x)))).toEqual([0, 0, 0, 0, 0])
  expect([-1.5, -0.5, 0.5, 1.5].map(sinePi)).toEqual([1, -1, 1, -1])
})

test("has the same bits everywhere", () => {
  const words = new Int32Array(Float64Array.from(places, sinePi).buffer)
  const hash = words.reduce((sum, word) => Math.imul(sum ^ word, 0x01000193), 0x811c9dc5 | 0)
  expect(hash).toBe(-238410043)
})
