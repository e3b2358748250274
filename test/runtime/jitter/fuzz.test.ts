/** Whatever is done to a jitter buffer, it fills its block with finite samples and stays inside its memory. */
import { createHash } from "node:crypto"
import { describe, expect, it } from "vitest"
import { ARENA_BASE_BYTES, instantiateDsp } from "../../../src/runtime/dsp/dsp.ts"
import { createArenaMemory } from "../../../src/runtime/io/dsp-file.ts"
import type { Concealer } from "../../../src/runtime/jitter/conceal/concealer.ts"
import { createJitterBuffer } from "../../../src/runtime/jitter/jitter-buffer.ts"
import type { PayloadLayout } from "../../../src/runtime/jitter/sample-store.ts"
import { JitterStats } from "../../../src/runtime/jitter/jitter-stats.ts"
import { jitterBytes } from "../../../src/runtime/jitter/memory.ts"
import { SEGMENT_NUMBERS, segmentReportLength } from "../../../src/runtime/jitter/segment-report.ts"
import { BlockFlag } from "../../../src/runtime/ring/block-ring.ts"
import { buildModule, createRandom } from "../dsp/kernels.ts"

const module = await buildModule()
const RATE_HZ = 48_000
const MOST_FRAMES = 16_000
const GUARD = 4096
const PLANE_BYTES = MOST_FRAMES * 4
const layouts: readonly PayloadLayout[] = ([1, 2] as const).flatMap((channelCount) => [
  { bytesPerSample: 2, channelCount }, { bytesPerSample: 3, channelCount }, { bytesPerSample: 4, channelCount, planeBytes: PLANE_BYTES },
] as const)
const ODD_NUMBERS = [NaN, Infinity, -Infinity, 0, -0, -1, -1e15, 1e300, 2 ** 31, 2 ** 53, 0.5] as const
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
    state: () => {},
  }
}

interface FuzzCase {
  readonly seed: number
  readonly operations: number
  readonly blockFrames: number
  readonly quick: boolean
}

interface FuzzResult {
  readonly stats: Float64Array
  /** Of all samples, flags and segments. */
  readonly digest: string
}

/** Random bytes with a sample of every kind among them, as integers and as planes of floats. */
const fillPayload = (bytes: Uint8Array, at: number, pick: (count: number) => number): void => {
  for (let i = 0; i < 2 * PLANE_BYTES; i++) bytes[at + i] = pick(256)
  const floats = new Float32Array(bytes.buffer, at, (2 * PLANE_BYTES) / 4)
  // Most of what random bytes make is far from audio: half of it is audio.
  for (let i = 0; i < floats.length; i++) if (pick(2) === 0) floats[i] = pick(2000) / 1000 - 1
}

const fuzz = ({ seed, operations, blockFrames, quick }: FuzzCase): FuzzResult => {
  const random = createRandom(seed)
  const pick = (count: number): number => Math.floor(random() * count)
  const odd = (): number => ODD_NUMBERS[pick(ODD_NUMBERS.length)]!
  const memory = createArenaMemory(1 << 21)
  const bytes = new Uint8Array(memory.buffer)
  const at = ARENA_BASE_BYTES + GUARD
  const guard = (at + jitterBytes(RATE_HZ) + 15) & ~15
  const statsAt = guard + GUARD
  const statsBehind = statsAt + Object.keys(JitterStats).length * 8
  const left = (statsBehind + GUARD + 15) & ~15
  const right = left + blockFrames * 4
  const behind = right + blockFrames * 4
  const payload = (behind + GUARD + 15) & ~15
  // All but the buffer's own memory, its statistics and the block.
  const guards = [[0, at], [at + jitterBytes(RATE_HZ), statsAt], [statsBehind, left], [behind, bytes.length]] as const
  for (let from = guard; from < payload; from++) bytes[from] = 0xa5
  bytes.fill(0xa5, ARENA_BASE_BYTES, at)
  bytes.fill(0, at, at + jitterBytes(RATE_HZ))
  bytes.fill(0, statsAt, statsBehind)
  fillPayload(bytes, payload, pick)
  bytes.fill(0xa5, payload + 2 * PLANE_BYTES)
  const kept = bytes.slice()
  const stats = new Float64Array(memory.buffer, statsAt, Object.keys(JitterStats).length)
  const report = new Float64Array(segmentReportLength(blockFrames))
  const out = new Float32Array(memory.buffer, left, 2 * blockFrames)
  const buffer = createJitterBuffer({
    dsp: instantiateDsp(module, memory), memory, at, sampleRate: RATE_HZ, blockFrames, policy: policies[pick(3)]!, stats, report,
    ...(quick && { concealer: quickConcealer(memory) }),
  })
  const digest = createHash("sha1")
  const cells = new Float64Array(3)
  let timeUs = 1e12
  let timestamp = pick(2 ** 32)
  let frames = 128
  let layout = layouts[0]!

  const insert = (): void => {
    cells[0] = random() < 0.01 ? odd() : timeUs - random() * 3000
    cells[2] = random() < 0.1 ? odd() : timeUs - 5000
    const hostile = random()
    let at32 = timestamp
    if (hostile < 0.01) at32 = pick(2 ** 32)
    else if (hostile < 0.04) at32 = timestamp + pick(60_000) - 30_000
    else timestamp += frames
    buffer.insert(cells, at32 | 0, frames, payload, layout)
  }
  const pull = (): void => {
    out.fill(NaN)
    timeUs += random() < 0.002 ? (random() - 0.5) * 1e6 : (blockFrames * 1e6) / RATE_HZ
    cells[0] = random() < 0.001 ? odd() : timeUs
    const flags = buffer.pull(cells, left, right)
    const samples = (flags & BlockFlag.mono) !== 0 ? blockFrames : 2 * blockFrames
    for (let i = 0; i < samples; i++) if (!Number.isFinite(out[i])) throw new Error(`sample ${i} is ${out[i]}`)
    let output = 0
    for (let i = 0; i < report[0]!; i++) output += report[1 + SEGMENT_NUMBERS * i + 3]!
    if (output !== blockFrames) throw new Error(`the segments make ${output} frames`)
    if (quick) return
    digest.update(Int32Array.of(flags)).update(out.slice(0, samples)).update(report.slice(0, 1 + SEGMENT_NUMBERS * report[0]!)).update(stats.slice())
  }
  const bound = (): number | undefined => (pick(3) === 0 ? undefined : pick(4) === 0 ? odd() : random() * 500)
  for (let i = 0; i < operations; i++) {
    const what = random()
    if (what < 0.49) insert()
    else if (what < 0.97) pull()
    else if (what < 0.98) frames = random() < 0.02 ? 1 + pick(MOST_FRAMES) : random() < 0.5 ? 1 + pick(2000) : [64, 120, 128, 240, 347, 480, 960][pick(7)]!
    else if (what < 0.985) timestamp += pick(40_000) - 10_000
    else if (what < 0.99) buffer.skip(random() < 0.1 ? pick(2 ** 31) : pick(10))
    else if (what < 0.994) layout = layouts[pick(layouts.length)]!
    else if (what < 0.996) buffer.setDelay(bound() ?? 10)
    else if (what < 0.999) buffer.setPolicy(policies[pick(3)]!, bound(), bound())
    else buffer.reset()
  }
  for (const [from, to] of guards) expect(Buffer.compare(bytes.subarray(from, to), kept.subarray(from, to)), `bytes ${from} to ${to}`).toBe(0)
  return { stats, digest: digest.digest("hex") }
}

describe("random operations, hostile timestamps", () => {
  it.each([
    { seed: 1, operations: 500_000, blockFrames: 128, quick: true }, { seed: 2, operations: 300_000, blockFrames: 64, quick: true },
    { seed: 3, operations: 150_000, blockFrames: 512, quick: true }, { seed: 4, operations: 25_000, blockFrames: 128, quick: false },
    { seed: 5, operations: 25_000, blockFrames: 100, quick: false },
  ])("$operations, blocks of $blockFrames", (each) => {
    const { stats } = fuzz(each)
    for (const [name, index] of Object.entries(JitterStats)) expect(Number.isFinite(stats[index]), name).toBe(true)
    for (const [name, index] of Object.entries(JitterStats)) if (!/Us$|Ppm$/.test(name)) expect(stats[index], name).toBeGreaterThanOrEqual(0)
    for (const name of ["late", "repeated", "discarded", "resets", "concealmentEvents", "emittedFrames"] as const) expect(stats[JitterStats[name]], name).toBeGreaterThan(0)
  }, 60_000)

  it("are bit-identical the second time", () => {
    const each = { seed: 6, operations: 15_000, blockFrames: 128, quick: false }
    const [first, second] = [fuzz(each), fuzz(each)]
    expect(second.digest).toBe(first.digest)
    expect([...second.stats]).toEqual([...first.stats])
    expect(fuzz({ ...each, seed: 7 }).digest).not.toBe(first.digest)
  })
})
