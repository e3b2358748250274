/**
 * A jitter thread without a thread: buffers on a virtual clock and a seeded bad network, traced as the real loop traces them. What the
 * ring holds is taken out whenever the test's disk would.
 */
import { JitterStats } from "../../../src/runtime/jitter/jitter-stats.ts"
import { createJitterBuffer } from "../../../src/runtime/jitter/jitter-buffer.ts"
import type { JitterPolicy } from "../../../src/runtime/jitter/delay-target.ts"
import { jitterBytes } from "../../../src/runtime/jitter/memory.ts"
import { segmentReportLength } from "../../../src/runtime/jitter/segment-report.ts"
import { ARENA_BASE_BYTES, instantiateDsp } from "../../../src/runtime/dsp/dsp.ts"
import { createArenaMemory } from "../../../src/runtime/io/dsp-file.ts"
import { byteRingBytes } from "../../../src/runtime/ring/byte-ring.ts"
import { createRecordReader } from "../../../src/runtime/ring/record-ring.ts"
import { createTraceDecoder, type TraceRecord } from "../../../src/runtime/trace/decode.ts"
import { encodeHeader } from "../../../src/runtime/trace/encode.ts"
import { TRACE_FORMAT, type TraceHeader } from "../../../src/runtime/trace/format.ts"
import { createTraceRecorder } from "../../../src/runtime/trace/recorder.ts"
import { createReplay, type ReplayOptions, type ReplayResult } from "../../../src/runtime/trace/replay.ts"
import { createSlotRecorder } from "../../../src/runtime/trace/slot-recorder.ts"
import { buildModule, createRandom } from "../dsp/kernels.ts"

export const RATE_HZ = 48_000
export const BLOCK = 128
const PACKET_BYTES = BLOCK * 2
const L16 = { bytesPerSample: 2, channelCount: 1 } as const
const POLICIES: readonly JitterPolicy[] = ["tight", "steady", "safe"]

const module = await buildModule()

export const headerOf = (slotCount: number): TraceHeader => ({
  format: TRACE_FORMAT, program: "test", node: "", v8: "", party: "Rig", rateHz: RATE_HZ, blockFrames: BLOCK, wallOffsetUs: 0,
  threads: [Array.from({ length: slotCount }, (_, slot) => slot)], jitterStats: Object.keys(JitterStats), peerStats: ["received"],
})

export interface TraceRigOptions {
  readonly slotCount?: number
  readonly capacityBytes?: number
  readonly seed?: number
  /** Rounds in which a slot has somebody; default all. */
  readonly active?: (slot: number, round: number) => boolean
}

export interface TraceRig {
  /** The thread's loop, so many rounds. */
  run(rounds: number): void
  /** What the disk has so far. */
  drain(): void
  /** While it stalls, nothing is taken. */
  stall(stalled: boolean): void
  ask(segment: number): void
  /** Another policy is followed from the next round on. */
  wish(slot: number, policy: JitterPolicy): void
  /** Another stream takes the slot. */
  replace(slot: number): void
  readonly bytes: () => Uint8Array
  /** Of the live buffer. */
  stats(slot: number): Float64Array
  /** What it put out: the last blocks, by slot. */
  readonly blocks: Float32Array[][]
}

export function createTraceRig({ slotCount = 2, capacityBytes = 1 << 22, seed = 1, active = () => true }: TraceRigOptions = {}): TraceRig {
  const ringAt = ARENA_BASE_BYTES
  const first = (ringAt + byteRingBytes(capacityBytes) + 63) & ~63
  const storeBytes = (jitterBytes(RATE_HZ) + 63) & ~63
  const slotBytes = storeBytes + 512 + 2 * BLOCK * 4 + 1024
  const memory = createArenaMemory(first + slotCount * slotBytes)
  const dsp = instantiateDsp(module, memory)
  const random = createRandom(seed)
  const plan = { at: ringAt, capacityBytes }
  const recorder = createTraceRecorder(memory, plan, 0)
  const reader = createRecordReader(memory, plan)
  const pieces: Uint8Array[] = [encodeHeader(headerOf(slotCount))]
  const budget = new Int32Array(1)
  const nowCells = new Float64Array(1)
  let stalled = false
  let round = 100

  const slots = Array.from({ length: slotCount }, (_, slot) => {
    const at = first + slot * slotBytes
    const stats = new Float64Array(memory.buffer, at + storeBytes, Object.keys(JitterStats).length)
    const left = at + storeBytes + 512
    const payloadAt = left + 2 * BLOCK * 4
    const report = new Float64Array(segmentReportLength(BLOCK))
    const buffer = createJitterBuffer({
      dsp, memory, at, sampleRate: RATE_HZ, blockFrames: BLOCK, stats, policy: "steady", report, predictorBudget: budget,
    })
    const ssrc = Int32Array.of(1000 + slot)
    const trace = createSlotRecorder({
      ring: recorder.ring, dsp, memory, thread: 0, slot, buffer, report, stats, blockFrames: BLOCK, peerStats: Float64Array.of(7),
      ssrc, statsPulls: 50,
    })
    const onWay: { readonly atRound: number; readonly timestamp: number; readonly us: number }[] = []
    const payload = new DataView(memory.buffer, payloadAt, PACKET_BYTES)
    return { stats, left, payloadAt, buffer, ssrc, trace, onWay, payload, timestamp: -300 + slot, wished: -1, epoch: 0 }
  })
  const blocks: Float32Array[][] = slots.map(() => [])
  const cells = new Float64Array(3)
  const wishCells = new Float64Array(3)

  /** A packet a round and slot: late by a block or some, seldom by many; one in twenty lost, one in thirty twice. */
  const send = (slot: (typeof slots)[number]): void => {
    const { timestamp } = slot
    slot.timestamp = (timestamp + BLOCK) | 0
    if (random() < 0.05) return
    const luck = random()
    const late = luck < 0.015 ? random() * 30 : luck < 0.065 ? random() * 10 : random() * 1.5
    const packet = { atRound: round + late, timestamp, us: nowCells[0]! + late * 2000 }
    slot.onWay.push(packet)
    if (random() < 0.03) slot.onWay.push({ ...packet, atRound: packet.atRound + 1 })
  }

  const take = (slot: (typeof slots)[number]): void => {
    const due = slot.onWay.filter(({ atRound }) => atRound <= round)
    slot.onWay.splice(0, slot.onWay.length, ...slot.onWay.filter(({ atRound }) => atRound > round))
    for (const { timestamp, us } of due.toSorted((a, b) => a.atRound - b.atRound)) {
      for (let i = 0; i < BLOCK; i++) {
        slot.payload.setInt16(i * 2, Math.round(8000 * Math.sin((timestamp + i) * 0.05) + 3000 * Math.sin((timestamp + i) * 0.31)))
      }
      cells[0] = us
      cells[1] = timestamp
      cells[2] = NaN
      slot.trace.packet(cells, timestamp, BLOCK, slot.payloadAt, PACKET_BYTES, 96, L16)
      slot.buffer.insert(cells, timestamp, BLOCK, slot.payloadAt, L16)
    }
  }

  const drain = (): void => {
    for (let bytes = reader.next(); bytes.length > 0; bytes = reader.next()) {
      pieces.push(bytes.slice())
      reader.release(bytes.length)
    }
  }

  const step = (index: number, missed: number): void => {
    const slot = slots[index]!
    slot.trace.begin()
    if (slot.wished >= 0) {
      wishCells.set([slot.wished, NaN, NaN])
      slot.wished = -1
      slot.buffer.setPolicy(POLICIES[wishCells[0]!]!)
      slot.trace.wish(wishCells)
    }
    if (missed > 0) {
      slot.buffer.skip(missed)
      slot.trace.skip(missed)
    }
    if (slot.epoch < 0) {
      slot.epoch = -slot.epoch
      slot.buffer.reset()
      slot.trace.reset(slot.epoch)
    }
    for (let i = 0; i <= missed; i++) send(slot)
    take(slot)
    cells[0] = nowCells[0]!
    const allowed = budget[0]!
    const flags = slot.buffer.pull(cells, slot.left, slot.left + BLOCK * 4)
    slot.trace.pull(flags, slot.left, slot.left + BLOCK * 4, allowed)
    blocks[index]!.push(new Float32Array(memory.buffer, slot.left, BLOCK).slice())
  }

  return {
    run(rounds) {
      for (let i = 0; i < rounds; i++) {
        // Now and then the thread is kept from two rounds.
        const missed = i % 97 === 96 ? 2 : 0
        round += 1 + missed
        nowCells[0] = round * ((BLOCK * 1e6) / RATE_HZ) + random() * 300
        budget[0] = 1
        recorder.round(nowCells, round, missed)
        for (let slot = 0; slot < slotCount; slot++) if (active(slot, round)) step(slot, missed)
        recorder.publish()
        if (!stalled) drain()
      }
    },
    drain,
    stall: (value) => void (stalled = value),
    ask: (segment) => reader.ask(segment),
    wish: (slot, policy) => void (slots[slot]!.wished = POLICIES.indexOf(policy)),
    replace(slot) {
      slots[slot]!.ssrc[0] = slots[slot]!.ssrc[0]! + 5000
      slots[slot]!.epoch = -(Math.abs(slots[slot]!.epoch) + 1)
      slots[slot]!.onWay.length = 0
      slots[slot]!.timestamp = 1_000_000
    },
    bytes: () => joined(...pieces),
    stats: (slot) => slots[slot]!.stats.slice(),
    blocks,
  }
}

export const joined = (...parts: readonly Uint8Array[]): Uint8Array => {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  parts.reduce((at, part) => {
    bytes.set(part, at)
    return at + part.length
  }, 0)
  return bytes
}

/** Cuts bytes into records, copied. */
export const recordsOf = (bytes: Uint8Array): TraceRecord[] => {
  const records: TraceRecord[] = []
  const decoder = createTraceDecoder((record) => records.push({ ...record }))
  decoder.push(bytes)
  return records
}

/** Replays bytes that come in pieces of a size. */
export const replayOf = (bytes: Uint8Array, header: TraceHeader, more: Partial<ReplayOptions> = {}, pieceBytes = bytes.length): ReplayResult => {
  const replay = createReplay({ dspModule: module, header, ...more })
  const decoder = createTraceDecoder((record) => replay.take(record))
  for (let at = 0; at < bytes.length; at += pieceBytes) decoder.push(bytes.subarray(at, at + pieceBytes))
  decoder.end()
  return replay.end()
}

export const dspModule = module
