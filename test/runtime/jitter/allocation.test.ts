import { getHeapStatistics } from "node:v8"
import { expect, it } from "vitest"
import { BLOCK, createRig } from "./rig.ts"

const PULLS = 100_000
const WARM_UP = 20_000
const PARTS = 50

it.each([
  ["as the clock does", 1], ["300 ppm fast, with losses, slips and duplicates", 1.0003],
] as const)("100,000 pulls with packets that come %s leave next to nothing on the heap", (_, ratio) => {
  const { buffer, payload, left, right, layout, stat } = createRig({ delayFrames: 480 })
  const rough = ratio !== 1
  const cells = new Float64Array(3)
  const clock = new Float64Array(1)
  let pulls = 0
  let packets = 0
  const run = (count: number): void => {
    for (let i = 0; i < count; i++, pulls++) {
      clock[0] = (pulls * BLOCK * 1e6) / 48_000
      while (packets * BLOCK < pulls * BLOCK * ratio) {
        packets++
        if (rough && packets % 97 === 0) continue
        for (let copy = rough && packets % 31 === 0 ? 0 : 1; copy < 2; copy++) {
          cells[0] = clock[0]
          cells[2] = NaN
          buffer.insert(cells, (packets * BLOCK) | 0, BLOCK, payload, layout)
        }
      }
      cells[0] = clock[0]
      buffer.pull(cells, left, right)
    }
  }
  run(WARM_UP)
  // In parts, of which the middle one counts: a part in which somebody else's garbage was made or collected says nothing.
  const grown = new Float64Array(PARTS)
  for (let part = 0; part < PARTS; part++) {
    const before = getHeapStatistics().used_heap_size
    run(PULLS / PARTS)
    grown[part] = getHeapStatistics().used_heap_size - before
  }
  const middle = grown.sort()[PARTS / 2]!
  // 1 kB is the measuring. A box a pull would be 32 kB.
  expect(middle).toBeLessThan(4096)
  expect(middle).toBeGreaterThanOrEqual(0)
  expect(stat("pulls")).toBe(PULLS + WARM_UP)
  expect(stat("concealmentEvents") > 100).toBe(rough)
  expect(stat("slips") > 10).toBe(rough)
})
