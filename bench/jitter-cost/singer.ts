/** One stream and its jitter buffer: a sound that repeats every second, in L24 packets, fed by arrivals that are given. */
import { ARENA_BASE_BYTES, type Dsp } from "../../src/runtime/dsp/dsp.ts"
import { createJitterBuffer, type JitterOptions } from "../../src/runtime/jitter/jitter-buffer.ts"
import { JitterStats } from "../../src/runtime/jitter/jitter-stats.ts"
import { jitterBytes } from "../../src/runtime/jitter/memory.ts"
import type { PayloadLayout } from "../../src/runtime/jitter/sample-store.ts"

export const RATE_HZ = 48_000
export const BLOCK_FRAMES = 128
export const PACKET_FRAMES = 128
const LAYOUTS: readonly PayloadLayout[] = [{ bytesPerSample: 3, channelCount: 1 }, { bytesPerSample: 3, channelCount: 2 }]
const STATS_BYTES = 512

/** A note is continued by its period, a chord in noise by linear prediction. */
export type Sound = "note" | "chord"

const align = (bytes: number): number => (bytes + 63) & ~63
const soundBytes = (channelCount: number): number => align(RATE_HZ * 3 * channelCount)
export const singerBytes = (channelCount: number): number =>
  align(jitterBytes(RATE_HZ)) + STATS_BYTES + 2 * BLOCK_FRAMES * 4 + soundBytes(channelCount)

/** The system gives memory only when it is first written to, which would be measured, too. */
export const touch = (memory: WebAssembly.Memory): void => void new Uint8Array(memory.buffer, ARENA_BASE_BYTES).fill(0)

function writeSound(view: DataView, at: number, sound: Sound, channelCount: number, hz: number): void {
  let seed = hz
  for (let frame = 0; frame < RATE_HZ; frame++) {
    for (let channel = 0; channel < channelCount; channel++) {
      seed = (Math.imul(seed, 1664525) + 1013904223) | 0
      const noise = seed / 2 ** 31
      let value = 0
      const turn = (2 * Math.PI * frame) / RATE_HZ
      if (sound === "note") for (let h = 1; h <= 12; h++) value += (0.15 / h) * Math.sin(turn * hz * h + h * h + channel)
      else for (const part of [1, 1.34, 2.27, 7.9]) value += 0.08 * Math.sin(turn * Math.round(hz * part) + channel)
      const sample = Math.round(2 ** 23 * (value + (sound === "note" ? 0.002 : 0.2) * noise))
      const to = at + (frame * channelCount + channel) * 3
      view.setInt16(to, sample >> 8)
      view.setUint8(to + 2, sample & 0xff)
    }
  }
}

export interface SingerOptions extends Pick<JitterOptions, "policy" | "minDelayMs" | "predictorBudget"> {
  readonly dsp: Dsp
  readonly memory: WebAssembly.Memory
  /** Address of singerBytes(channelCount), a multiple of 64. */
  readonly at: number
  readonly channelCount: 1 | 2
  readonly sound: Sound
  readonly hz: number
}

export interface Singer {
  /** Packet `index` arrives, at arrivals[index], frames. Nothing here leaves garbage: whose collection would be measured, too. */
  insert(index: number, arrivals: Float64Array): void
  pull(atFrames: number): void
  /** By JitterStats. */
  readonly stats: Float64Array
}

export function createSinger(options: SingerOptions): Singer {
  const { memory, at, channelCount } = options
  const statsAt = at + align(jitterBytes(RATE_HZ))
  const left = statsAt + STATS_BYTES
  const right = left + BLOCK_FRAMES * 4
  const song = right + BLOCK_FRAMES * 4
  const stats = new Float64Array(memory.buffer, statsAt, Object.keys(JitterStats).length)
  stats.fill(0)
  const buffer = createJitterBuffer({ ...options, sampleRate: RATE_HZ, blockFrames: BLOCK_FRAMES, stats })
  const layout = LAYOUTS[channelCount - 1] as PayloadLayout
  const cells = new Float64Array(3)
  writeSound(new DataView(memory.buffer), song, options.sound, channelCount, options.hz)
  return {
    insert(index, arrivals) {
      cells[0] = ((arrivals[index] as number) * 1e6) / RATE_HZ
      cells[2] = NaN
      const frame = index * PACKET_FRAMES
      buffer.insert(cells, frame | 0, PACKET_FRAMES, song + (frame % RATE_HZ) * 3 * channelCount, layout)
    },
    pull(atFrames) {
      cells[0] = (atFrames * 1e6) / RATE_HZ
      buffer.pull(cells, left, right)
    },
    stats,
  }
}
