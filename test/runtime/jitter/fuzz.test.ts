/** Whatever is done to a jitter buffer, it fills its block with finite samples and stays inside its memory. */
import { describe, expect, it } from "vitest"
import { ARENA_BASE_BYTES, instantiateDsp } from "../../../src/runtime/dsp/dsp.ts"
import { createArenaMemory } from "../../../src/runtime/io/dsp-file.ts"
import type { Concealer } from "../../../src/runtime/jitter/conceal/concealer.ts"
import { createJitterBuffer } from "../../../src/runtime/jitter/jitter-buffer.ts"
import { JitterStats } from "../../../src/runtime/jitter/jitter-stats.ts"
import { jitterBytes } from "../../../src/runtime/jitter/memory.ts"
import { SEGMENT_NUMBERS, segmentReportLength } from "../../../src/runtime/jitter/segment-report.ts"
import { buildModule, createRandom } from "../dsp/kernels.ts"

const module = await buildModule()
const RATE_HZ = 48_000
const MOST_FRAMES = 16_000
const GUARD = 4096
const layouts = [
  { bytesPerSample: 2, channelCount: 1 }, { bytesPerSample: 3, channelCount: 1 },
  { bytesPerSample: 2, channelCount: 2 }, { bytesPerSample: 3, channelCount: 2 },
] as const
const policies = ["tight", "steady", "safe"] as const

/** As quick as can be: the real one takes most of the time. It stays inside what it is given. */
const quickConcealer = (memory: WebAssembly.Memory): Concealer => {
  const floats = new Float32Array(memory.buffer)
  let stereo = false
  const put = (left: number, right: number, frames: number, value: number): void => {
    floats.fill(value, left >> 2, (left >> 2) + frames)
    if (stereo) floats.fill(value, right >> 2, (right >> 2) + frames)
  }
  return {
    historyFrames: 2400, futureFrames: 960, pitched: false,
    begin: (_left, _right, channelCount) => { stereo = channelCount === 2 },
    extend: (left, right, frames) => put(left, right, frames, 0.25),
    bridge: (left, right, frames) => {
      if (frames < 1 || frames > 960) throw new Error(`a bridge of ${frames} frames`)
      put(left, right, frames, 0.125)
    },
    merge: (_left, _right, frames, done) => done + frames < 240,
  }
}

interface FuzzCase {
  readonly seed: number
  readonly operations: number
  readonly blockFrames: number
  readonly quick: boolean
}

const fuzz = ({ seed, operations, blockFrames, quick }: FuzzCase): Float64Array => {
  const random = createRandom(seed)
  const pick = (count: number): number => Math.floor(random() * count)
  const memory = createArenaMemory(1 << 21)
  const bytes = new Uint8Array(memory.buffer)
  const at = ARENA_BASE_BYTES + GUARD
  const guard = (at + jitterBytes(RATE_HZ) + 15) & ~15
  const left = guard + GUARD
  const right = left + blockFrames * 4
  const behind = right + blockFrames * 4
  const payload = behind + GUARD
  const guards = [[ARENA_BASE_BYTES, GUARD], [guard, GUARD], [behind, GUARD]] as const
  for (const [from, length] of guards) bytes.fill(0xa5, from, from + length)
  for (let i = 0; i < MOST_FRAMES * 6; i++) bytes[payload + i] = pick(256)
  const stats = new Float64Array(Object.keys(JitterStats).length)
  const report = new Float64Array(segmentReportLength(blockFrames))
  const out = new Float32Array(memory.buffer, left, 2 * blockFrames)
  const buffer = createJitterBuffer({
    dsp: instantiateDsp(module, memory), memory, at, sampleRate: RATE_HZ, blockFrames, policy: policies[pick(3)]!, stats, report,
    ...(quick && { concealer: quickConcealer(memory) }),
  })
  const cells = new Float64Array(3)
  let timeUs = 1e12
  let timestamp = pick(2 ** 32)
  let frames = 128
  let layout: (typeof layouts)[number] = layouts[0]

  const insert = (): void => {
    cells[0] = random() < 0.01 ? [NaN, Infinity, -Infinity, 0, -1e15][pick(5)]! : timeUs - random() * 3000
    cells[2] = random() < 0.1 ? NaN : timeUs - 5000
    const hostile = random()
    let at32 = timestamp
    if (hostile < 0.01) at32 = pick(2 ** 32)
    else if (hostile < 0.04) at32 = timestamp + pick(60_000) - 30_000
    else timestamp += frames
    buffer.insert(cells, at32 | 0, frames, payload, layout)
  }
  const pull = (): void => {
    out.fill(NaN)
    timeUs += random() < 0.002 ? (random() - 0.3) * 1e6 : (blockFrames * 1e6) / RATE_HZ
    cells[0] = random() < 0.001 ? NaN : timeUs
    const flags = buffer.pull(cells, left, right)
    const isMono = (flags & 8) !== 0
    for (let i = 0; i < (isMono ? blockFrames : 2 * blockFrames); i++) {
      if (!(Math.abs(out[i]!) < 8)) throw new Error(`sample ${i} is ${out[i]}`)
    }
    let output = 0
    for (let i = 0; i < report[0]!; i++) output += report[1 + SEGMENT_NUMBERS * i + 3]!
    if (output !== blockFrames) throw new Error(`the segments make ${output} frames`)
  }
  for (let i = 0; i < operations; i++) {
    const what = random()
    if (what < 0.49) insert()
    else if (what < 0.97) pull()
    else if (what < 0.98) frames = random() < 0.1 ? 1 + pick(MOST_FRAMES) : [64, 120, 128, 240, 347, 480, 960][pick(7)]!
    else if (what < 0.985) timestamp += pick(40_000) - 10_000
    else if (what < 0.99) buffer.skip(random() < 0.1 ? pick(2 ** 31) : pick(10))
    else if (what < 0.994) layout = layouts[pick(4)]!
    else if (what < 0.996) buffer.setDelay([0, 10, 400, -5, NaN, Infinity][pick(6)]!)
    else if (what < 0.999) buffer.setPolicy(policies[pick(3)]!, pick(2) === 0 ? undefined : random() * 500, pick(2) === 0 ? undefined : random() * 500)
    else buffer.reset()
  }
  for (const [from, length] of guards) expect(bytes.subarray(from, from + length).every((byte) => byte === 0xa5)).toBe(true)
  return stats
}

describe("random operations, hostile timestamps", () => {
  it.each([
    { seed: 1, operations: 500_000, blockFrames: 128, quick: true }, { seed: 2, operations: 300_000, blockFrames: 64, quick: true },
    { seed: 3, operations: 150_000, blockFrames: 512, quick: true }, { seed: 4, operations: 25_000, blockFrames: 128, quick: false },
    { seed: 5, operations: 25_000, blockFrames: 100, quick: false },
  ])("$operations, blocks of $blockFrames", (each) => {
    const stats = fuzz(each)
    for (const [name, index] of Object.entries(JitterStats)) expect(Number.isFinite(stats[index]), name).toBe(true)
    for (const [name, index] of Object.entries(JitterStats)) if (!/Us$|Ppm$/.test(name)) expect(stats[index], name).toBeGreaterThanOrEqual(0)
    for (const name of ["late", "repeated", "discarded", "resets", "concealmentEvents", "emittedFrames"] as const) expect(stats[JitterStats[name]], name).toBeGreaterThan(0)
  }, 60_000)

  it("end the same, twice", () => {
    const each = { seed: 6, operations: 10_000, blockFrames: 128, quick: false }
    expect([...fuzz(each)]).toEqual([...fuzz(each)])
  })
})
