import { describe, expect, it } from "vitest"
import { createRandom } from "../dsp/kernels.ts"
import { BLOCK, createRig } from "./rig.ts"

const OPERATIONS = 100_000
const LONGEST_BYTES = 65_507

describe("100,000 random operations never throw and always leave a whole block of finite samples", () => {
  it.each([1, 2, 3])("seed %i", (seed) => {
    const random = createRandom(seed)
    const below = (limit: number): number => Math.floor(random() * limit)
    const rig = createRig({ delayFrames: [0, 480, 4800][seed - 1]! })
    const { buffer, memory, payload, left, right } = rig
    const bytes = new Uint8Array(memory.buffer, payload, LONGEST_BYTES)
    for (let i = 0; i < bytes.length; i++) bytes[i] = below(256)
    const planes = [new Float32Array(memory.buffer, left, BLOCK), new Float32Array(memory.buffer, right, BLOCK)] as const
    const guard = new Uint32Array(memory.buffer, right + BLOCK * 4, 16)
    const cells = new Float64Array(3)
    let timeUs = 1e9
    let timestamp = below(2 ** 32)
    let channelCount: 1 | 2 = 1
    let bad = 0
    let heard = 0

    const anyTimestamp = (): number => {
      const kind = below(10)
      if (kind < 6) return timestamp
      if (kind < 8) return timestamp + below(40_000) - 20_000
      if (kind < 9) return timestamp + below(2000) - 1000
      return below(2 ** 32)
    }
    const anyFrames = (): number => {
      const most = Math.floor(LONGEST_BYTES / 6)
      return [128, 1 + below(400), 1 + below(most), 1][below(4)]!
    }
    for (let operation = 0; operation < OPERATIONS; operation++) {
      const kind = below(100)
      if (kind < 45) {
        if (below(500) === 0) channelCount = channelCount === 1 ? 2 : 1
        const frames = anyFrames()
        cells[0] = timeUs - below(3000)
        cells[2] = below(2) === 0 ? NaN : timeUs - below(1e6)
        buffer.insert(cells, anyTimestamp() | 0, frames, payload, { bytesPerSample: below(2) === 0 ? 2 : 3, channelCount })
        timestamp += frames
      } else if (kind < 97) {
        planes[0].fill(NaN)
        planes[1].fill(NaN)
        cells[0] = timeUs
        buffer.pull(cells, left, right)
        const planeCount = rig.stat("channelCount") === 2 ? 2 : 1
        for (let channel = 0; channel < planeCount; channel++) {
          for (const sample of planes[channel as 0 | 1]) {
            if (!(Math.abs(sample) <= 3)) bad++
            if (sample !== 0) heard++
          }
        }
        timeUs += (BLOCK * 1e6) / 48_000
      } else if (kind < 98) buffer.skip(below(200))
      else if (kind < 99) timeUs += below(2e6) - 5e5
      else if (below(20) === 0) buffer.reset()
    }
    expect(bad).toBe(0)
    expect(guard.every((word) => word === 0)).toBe(true)
    // It was not silence all along.
    expect(heard).toBeGreaterThan(100_000)
  })
})
