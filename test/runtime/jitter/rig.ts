/**
 * A jitter buffer on a virtual clock. A sender's frames carry their own number, so that what comes out tells which frame it is;
 * time is counted in frames of the receiver's clock.
 */
import { ARENA_BASE_BYTES, instantiateDsp } from "../../../src/runtime/dsp/dsp.ts"
import { createArenaMemory } from "../../../src/runtime/io/dsp-file.ts"
import { createJitterBuffer, type JitterBuffer, type JitterDelay, type JitterOptions } from "../../../src/runtime/jitter/jitter-buffer.ts"
import { JitterStats } from "../../../src/runtime/jitter/jitter-stats.ts"
import { jitterBytes } from "../../../src/runtime/jitter/memory.ts"
import type { PayloadLayout } from "../../../src/runtime/jitter/sample-store.ts"
import { Segment, SEGMENT_NUMBERS, segmentReportLength } from "../../../src/runtime/jitter/segment-report.ts"
import { BlockFlag } from "../../../src/runtime/ring/block-ring.ts"
import { buildModule } from "../dsp/kernels.ts"

export const RATE_HZ = 48_000
export const BLOCK = 128
/** Beside the grid of whole frames, so that nothing in a table hangs on the last bit of a division. */
const PHASE = 0.37

const module = await buildModule()

/** An odd number by channel: frame times it, modulo the word, is a sample; its inverse leads back. */
const FACTORS = [40503, 30011] as const
const inverseOf = (odd: number): number => {
  let inverse = odd
  for (let i = 0; i < 5; i++) inverse = Math.imul(inverse, 2 - Math.imul(odd, inverse))
  return inverse
}

/** What a packet's sample is: an integer of `bits`. */
export type Signal = (frame: number, channel: number, bits: number) => number

/** Every frame has its own value, and none of 65,535 in a row is 0. */
export const numbered: Signal = (frame, channel, bits) => {
  const word = Math.imul(frame + 1, FACTORS[channel as 0 | 1]) & (2 ** bits - 1)
  return word - 2 ** (bits - 1)
}

/** The frame that a numbered sample is, modulo 65536. */
export const frameOf = (sample: number, channel: number, bits: number): number => {
  const word = (Math.round(sample * 2 ** (bits - 1)) + 2 ** (bits - 1)) & (2 ** bits - 1)
  return (Math.imul(word, inverseOf(FACTORS[channel as 0 | 1])) - 1) & 0xffff
}

const tones = new Map<number, Float64Array>()

/** A tone of half scale, of a whole number of Hz. */
export const tone = (hz: number): Signal => {
  const second = tones.get(hz) ?? Float64Array.from({ length: RATE_HZ }, (_, frame) => Math.sin((2 * Math.PI * hz * frame) / RATE_HZ))
  tones.set(hz, second)
  return (frame, _, bits) => Math.round(2 ** (bits - 2) * (second[((frame % RATE_HZ) + RATE_HZ) % RATE_HZ] as number))
}

export interface RigOptions extends Partial<Pick<JitterOptions, "minDelayMs" | "maxDelayMs" | "concealer" | "predictorBudget">> {
  /** A delay that is kept; or a policy. */
  readonly delayFrames?: number
  readonly policy?: JitterDelay
  readonly layout?: PayloadLayout
  readonly signal?: Signal
  /** RTP timestamp of the sender's frame 0. */
  readonly timestamp?: number
}

export interface Packet {
  /** When it arrives, frames of the receiver's clock. */
  readonly at: number
  /** The sender's number of its first frame. */
  readonly frame: number
  readonly frames: number
  /** Instead of the one that the frame number gives. */
  readonly timestamp?: number
}

export interface Block {
  readonly at: number
  readonly flags: number
  readonly left: Float32Array
  readonly right: Float32Array
  /** Capture of its first frame and how long that has waited, us. */
  readonly captureUs: number
  readonly waitedUs: number
  readonly segments: readonly SegmentOf[]
}

/** A segment of a pull's report, readable. */
export interface SegmentOf {
  readonly kind: keyof typeof Segment
  /** RTP timestamp with the part of a frame. */
  readonly from: number
  readonly media: number
  readonly output: number
}

const KINDS = Object.keys(Segment) as (keyof typeof Segment)[]
const segmentsOf = (report: Float64Array): SegmentOf[] =>
  Array.from({ length: report[0] as number }, (_, i) => {
    const [kind = 0, from = 0, media = 0, output = 0] = report.slice(1 + SEGMENT_NUMBERS * i)
    return { kind: KINDS[kind] as keyof typeof Segment, from, media, output }
  })

export interface Rig {
  readonly buffer: JitterBuffer
  readonly memory: WebAssembly.Memory
  readonly payload: number
  readonly left: number
  readonly right: number
  stat(name: keyof typeof JitterStats): number
  layout: PayloadLayout
  signal: Signal
  insert(packet: Packet): void
  pull(at: number): Block
  /** The same, telling nothing but the flags; the block lies in `heard`. For long runs. */
  advance(at: number): number
  /** What the last pull filled. */
  readonly heard: readonly [Float32Array, Float32Array]
  /** Pulls blocks from `from` on until `until`; each packet goes in when it has arrived. */
  play(packets: readonly Packet[], until: number, from?: number): Block[]
}

const usOf = (frames: number): number => ((frames + PHASE) * 1e6) / RATE_HZ

export const createRig = (options: RigOptions): Rig => {
  const memory = createArenaMemory(1 << 21)
  const statsAt = (ARENA_BASE_BYTES + jitterBytes(RATE_HZ) + 63) & ~63
  const left = statsAt + 512
  const right = left + BLOCK * 4
  const payload = right + BLOCK * 4
  const stats = new Float64Array(memory.buffer, statsAt, Object.keys(JitterStats).length)
  const report = new Float64Array(segmentReportLength(BLOCK))
  const bytes = new DataView(memory.buffer)
  const floats = new Float32Array(memory.buffer)
  const planes = [new Float32Array(memory.buffer, left, BLOCK), new Float32Array(memory.buffer, right, BLOCK)] as const
  const buffer = createJitterBuffer({
    ...(options.minDelayMs !== undefined && { minDelayMs: options.minDelayMs }),
    ...(options.maxDelayMs !== undefined && { maxDelayMs: options.maxDelayMs }),
    ...(options.concealer !== undefined && { concealer: options.concealer }),
    ...(options.predictorBudget !== undefined && { predictorBudget: options.predictorBudget }),
    dsp: instantiateDsp(module, memory), memory, at: ARENA_BASE_BYTES, sampleRate: RATE_HZ, blockFrames: BLOCK, stats, report,
    policy: options.policy ?? { delayMs: ((options.delayFrames ?? 480) * 1000) / RATE_HZ },
  })
  const cells = new Float64Array(3)
  let next = 0

  const write = (packet: Packet): void => {
    const { bytesPerSample, channelCount, planeBytes = 0 } = rig.layout
    if (bytesPerSample === 4) {
      for (let channel = 0; channel < channelCount; channel++) {
        const at = (payload + channel * planeBytes) / 4
        for (let i = 0; i < packet.frames; i++) floats[at + i] = rig.signal(packet.frame + i, channel, 24) / 2 ** 23
      }
      return
    }
    for (let i = 0; i < packet.frames; i++) {
      for (let channel = 0; channel < channelCount; channel++) {
        const value = rig.signal(packet.frame + i, channel, bytesPerSample * 8)
        const at = payload + (i * channelCount + channel) * bytesPerSample
        if (bytesPerSample === 2) bytes.setInt16(at, value)
        else {
          bytes.setInt16(at, value >> 8)
          bytes.setUint8(at + 2, value & 0xff)
        }
      }
    }
  }

  const rig: Rig = {
    buffer, memory, payload, left, right,
    layout: options.layout ?? { bytesPerSample: 2, channelCount: 1 },
    signal: options.signal ?? numbered,
    stat: (name) => stats[JitterStats[name]] as number,
    insert(packet) {
      write(packet)
      cells[0] = usOf(packet.at)
      cells[2] = usOf(packet.frame)
      buffer.insert(cells, (packet.timestamp ?? packet.frame + (options.timestamp ?? 0)) | 0, packet.frames, payload, rig.layout)
    },
    pull(at) {
      planes[0].fill(NaN)
      planes[1].fill(rig.layout.channelCount === 2 ? NaN : 0)
      cells[0] = usOf(at)
      const flags = buffer.pull(cells, left, right)
      if ((flags & BlockFlag.waiting) !== 0) planes.forEach((plane) => plane.fill(0))
      return { at, flags, left: planes[0].slice(), right: planes[1].slice(), captureUs: cells[1] as number, waitedUs: cells[2] as number, segments: segmentsOf(report) }
    },
    advance(at) {
      cells[0] = usOf(at)
      return buffer.pull(cells, left, right)
    },
    heard: planes,
    play(packets, until, from = next) {
      const waiting = packets.toSorted((a, b) => a.at - b.at)
      const blocks: Block[] = []
      let taken = 0
      for (next = from; next < until; next += BLOCK) {
        for (let packet = waiting[taken]; packet !== undefined && packet.at <= next; packet = waiting[++taken]) rig.insert(packet)
        blocks.push(rig.pull(next))
      }
      return blocks
    },
  }
  return rig
}

/** Packets of a sender without jitter: each arrives as soon as its last frame is there. */
export const steady = (count: number, frames: number, from = 0): Packet[] =>
  Array.from({ length: count }, (_, i) => ({ at: from + (i + 1) * frames, frame: from + i * frames, frames }))

export const isWhole = (block: Block): boolean => (block.flags & BlockFlag.concealed) === 0 && (block.flags & BlockFlag.waiting) === 0

export const join = (blocks: readonly Block[], channel = 0): Float32Array => {
  const all = new Float32Array(blocks.length * BLOCK)
  blocks.forEach((block, i) => all.set(channel === 0 ? block.left : block.right, i * BLOCK))
  return all
}

export interface Heard {
  readonly frame: number
  /** The pull that played it. */
  readonly at: number
}

/** The numbers of the frames heard, of the blocks in which they follow each other untouched: no gap, no cross-fade. */
export const heardFrames = (blocks: readonly Block[], bits = 16, channel = 0): Heard[] =>
  blocks.filter(isWhole).flatMap((block) => {
    const heard = Array.from(channel === 0 ? block.left : block.right, (sample) => ({ frame: frameOf(sample, channel, bits), at: block.at }))
    const first = heard[0]!.frame
    return heard.every(({ frame }, i) => frame === ((first + i) & 0xffff)) ? heard : []
  })

/** The loudest second difference of samples `from` to `to`. */
export const sharpness = (samples: Float32Array, from: number, to: number): number => {
  let largest = 0
  for (let i = Math.max(1, from); i < Math.min(samples.length - 1, to); i++) {
    largest = Math.max(largest, Math.abs((samples[i - 1] as number) - 2 * (samples[i] as number) + (samples[i + 1] as number)))
  }
  return largest
}
