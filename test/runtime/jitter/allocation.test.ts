import { getHeapStatistics } from "node:v8"
import { expect, it } from "vitest"
import { BLOCK, createRig } from "./rig.ts"

const PULLS = 100_000
const PARTS = 50
/** Bytes in a part: 1 kB is the measuring. A box a pull would be 32 kB. */
const MOST_BYTES = 4096
/** Parts before: the compiler works beside us, and on a busy machine comes when it can. */
const LEAST_WARM_UP = 10
const MOST_WARM_UP = 300

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
  const measure = (): number => {
    const before = getHeapStatistics().used_heap_size
    run(PULLS / PARTS)
    return getHeapStatistics().used_heap_size - before
  }
  for (let part = 0, quiet = 0; part < MOST_WARM_UP && (part < LEAST_WARM_UP || quiet < 3); part++) {
    quiet = measure() < MOST_BYTES ? quiet + 1 : 0
  }
  const pullsBefore = stat("pulls")
  // In parts, of which the middle one counts: a part in which somebody else's garbage was made or collected says nothing.
  const grown = new Float64Array(PARTS)
  for (let part = 0; part < PARTS; part++) grown[part] = measure()
  const middle = grown.sort()[PARTS / 2]!
  expect(middle).toBeLessThan(MOST_BYTES)
  expect(middle).toBeGreaterThanOrEqual(0)
  expect(stat("pulls") - pullsBefore).toBe(PULLS)
  expect(stat("concealmentEvents") > 100).toBe(rough)
  expect(stat("slips") > 10).toBe(rough)
})
