import { getHeapStatistics } from "node:v8"
import { expect, it } from "vitest"
import { createRig, RATE_HZ } from "./rig.ts"

const WARM_UP = 30_000
const PARTS = 20
const PULLS = 40_000

it.each([
  ["as it is", 0, 0], ["with drift and loss", 80, 40], ["with lateness", 0, 7],
] as const)("40,000 blocks of a stream %s leave next to nothing on the heap", (_, ppm, fault) => {
  const rig = createRig({ policy: "steady", layout: { bytesPerSample: 2, channelCount: 1 } })
  const { buffer, payload, left, right, layout } = rig
  const cells = new Float64Array(3)
  let packet = 0
  let pull = 0
  // Beyond the small integers, as timestamps are.
  const first = 2 ** 31 - 20_000_000
  const run = (count: number): void => {
    for (let i = 0; i < count; i++, pull++) {
      for (; (packet + 1) * 240 <= pull * 128 * (1 + ppm * 1e-6); packet++) {
        if (ppm > 0 && packet % fault === 0) continue
        // Three of four hundred wait for the fourth.
        if (fault === 7 && packet % 400 < 3) continue
        cells[0] = ((pull * 128 - 20) * 1e6) / RATE_HZ
        cells[2] = NaN
        if (fault === 7 && packet % 400 === 3) for (let back = 3; back > 0; back--) buffer.insert(cells, (first + (packet - back) * 240) | 0, 240, payload, layout)
        buffer.insert(cells, (first + packet * 240) | 0, 240, payload, layout)
      }
      cells[0] = (pull * 128 * 1e6) / RATE_HZ
      buffer.pull(cells, left, right)
    }
  }
  run(WARM_UP)
  // In parts, of which the middle one counts: a part in which somebody else's garbage was collected says nothing.
  const grown = new Float64Array(PARTS)
  for (let part = 0; part < PARTS; part++) {
    const before = getHeapStatistics().used_heap_size
    run(PULLS / PARTS)
    grown[part] = getHeapStatistics().used_heap_size - before
  }
  const middle = grown.sort()[PARTS / 2]!
  expect(middle / (PULLS / PARTS)).toBeLessThan(4)
  expect(middle).toBeGreaterThanOrEqual(0)
  if (fault > 0) expect(rig.stat("concealmentEvents")).toBeGreaterThan(50)
}, 30_000)
