/**
 * Turns one source's blocks into RTP packets of any length. Packets are built in the arena, by the DSP kernels, and handed out by
 * reference; blocks and packets need not fit each other. Audio that is missing from the ring shows as a jump in the timestamp.
 *
 * Thread: net      Realtime: wait-free, allocates nothing itself (the socket's own calls do)
 */
import { EdgeState, SourceStats, StreamStats } from "../../runtime/arena/pages.ts"
import { PACKET_SLOT_BYTES, PACKET_SLOTS, type PartyPlan } from "../../runtime/arena/party-plan.ts"
import type { Dsp } from "../../runtime/dsp/dsp.ts"
import { createBlockReader } from "../../runtime/ring/block-ring.ts"
import { openStats } from "../../runtime/ring/stats-page.ts"
import { createRtpPacket, maxRtpHeaderBytes, writeRtpHeader } from "../../runtime/rtp/header.ts"
import { ntpHiOfUs, ntpLoOfUs } from "../../runtime/rtp/ntp.ts"
import type { PayloadFormat } from "../../runtime/rtp/payload.ts"
import type { SendSource } from "../../runtime/rtp/send-source.ts"

export interface PacketizerOptions {
  readonly memory: WebAssembly.Memory
  readonly plan: PartyPlan
  readonly dsp: Dsp
  readonly source: number
  readonly stream: SendSource
  readonly format: PayloadFormat
  readonly packetFrames: number
  /** Wall clock minus party clock, us. */
  readonly wallOffsetUs: number
  /** The packet is valid until PACKET_SLOTS later ones were built. */
  readonly send: (bytes: Uint8Array, byteCount: number) => void
}

export interface Packetizer {
  /** Sends all that is waiting in the ring; behind a source that has ended, its tail. */
  drain(nowUs: number): void
  /** Frame position up to which audio was sent. */
  position(): number
  /** Capture of the last block, us on the party clock. */
  lastCaptureUs(): number
  /** Frames of the source that were never sent, since a thread before this one had no time. */
  missedFrames(): number
}

/** A backlog beyond this is old: after a stall of the thread only the newest is worth sending. */
const BACKLOG_BLOCKS = 32
const KEEP_BLOCKS = 2
/** Silence behind a source's end: its last packet becomes full, and who conceals what follows conceals silence. */
const TAIL_MS = 100

export function createPacketizer(options: PacketizerOptions): Packetizer {
  const { memory, plan, dsp, stream, format, packetFrames, send, wallOffsetUs } = options
  const source = plan.sources[options.source]
  if (source?.send === undefined) throw new Error("broken invariant: a sent source has a ring to the sender")
  const reader = createBlockReader(memory, source.send)
  const stats = openStats(memory, source.streamStats, StreamStats)
  const sourceStats = openStats(memory, source.stats, SourceStats)
  const { channelCount } = source
  const { blockFrames, rateHz } = plan
  const frameBytes = (format.codec === "l16" ? 2 : 3) * channelCount
  const payloadBytes = packetFrames * frameBytes
  const base = source.packets
  const meterAt = base + PACKET_SLOTS * PACKET_SLOT_BYTES
  const ditherAt = meterAt + 16
  const slots = Array.from({ length: PACKET_SLOTS }, (_, i) => Buffer.from(memory.buffer, base + i * PACKET_SLOT_BYTES, PACKET_SLOT_BYTES))
  const packets = new Uint8Array(memory.buffer, base, PACKET_SLOTS * PACKET_SLOT_BYTES)
  const meter = new Float32Array(memory.buffer, meterAt, 4)
  const dither = new Uint32Array(memory.buffer, ditherAt, 1)
  if (dither[0] === 0) dither[0] = 0x9e37_79b9 ^ stream.ssrc || 1
  const packet = createRtpPacket()
  packet.payloadType = format.payloadType
  packet.hasCapture = true
  packet.hasLevel = true

  let slot = 0
  let filled = 0
  let energy = 0
  let position = 0
  let packetPosition = 0
  let captureUs = 0
  let lastCaptureUs = 0
  let expected = -1
  let missedFrames = 0
  let tailBlocks = 0
  const blockUs = (blockFrames * 1e6) / rateHz
  const mostTailBlocks = Math.ceil((TAIL_MS * 1000) / blockUs)

  const level = (): number => {
    const meanSquare = energy / (packetFrames * channelCount)
    return meanSquare > 0 ? Math.max(-127, Math.min(0, 10 * Math.log10(meanSquare))) : -127
  }

  const flush = (): void => {
    const bytes = slots[slot] as Buffer
    packet.levelDb = level()
    packet.captureNtpHi = ntpHiOfUs(captureUs + wallOffsetUs)
    packet.captureNtpLo = ntpLoOfUs(captureUs + wallOffsetUs)
    stream.next(packetPosition, payloadBytes, packet)
    writeRtpHeader(bytes, 0, packet)
    packet.marker = false
    stats[StreamStats.packets] = (stats[StreamStats.packets] as number) + 1
    stats[StreamStats.octets] = (stats[StreamStats.octets] as number) + payloadBytes
    send(bytes, maxRtpHeaderBytes + payloadBytes)
    slot = (slot + 1) % PACKET_SLOTS
    filled = 0
    energy = 0
  }

  const pack = (from: number, frameCount: number): void => {
    const to = base + slot * PACKET_SLOT_BYTES + maxRtpHeaderBytes + filled * frameBytes
    if (format.codec === "l16") dsp.planarToS16be(from, reader.planeBytes, to, frameCount, channelCount, ditherAt)
    else dsp.planarToS24be(from, reader.planeBytes, to, frameCount, channelCount)
    for (let channel = 0; channel < channelCount; channel++) {
      dsp.meter(from + channel * reader.planeBytes, frameCount, meterAt)
      energy += meter[1] as number
    }
    filled += frameCount
  }

  /** Where the block of a packet begins, and when it was captured. */
  const beginPacket = (done: number): void => {
    packetPosition = position + done
    captureUs = lastCaptureUs - ((blockFrames - done) * 1e6) / rateHz
  }

  const takeBlock = (): void => {
    const at = reader.peek()
    reader.read(at)
    position = reader.meta[0] as number
    lastCaptureUs = reader.meta[1] as number
    tailBlocks = 0
    if (position !== expected) {
      if (expected >= 0) missedFrames += position - expected
      filled = 0
      energy = 0
      packet.marker = true
    }
    expected = position + blockFrames
    let done = 0
    while (done < blockFrames) {
      if (filled === 0) beginPacket(done)
      const count = Math.min(blockFrames - done, packetFrames - filled)
      pack(reader.address(at) + done * 4, count)
      done += count
      if (filled === packetFrames) flush()
    }
    reader.release()
  }

  /** One block of silence where the source would have gone on, at the time when it would have come. */
  const addTail = (): void => {
    position = expected
    expected = position + blockFrames
    lastCaptureUs += blockUs
    tailBlocks++
    for (let done = 0; done < blockFrames;) {
      if (filled === 0) beginPacket(done)
      const count = Math.min(blockFrames - done, packetFrames - filled)
      const to = slot * PACKET_SLOT_BYTES + maxRtpHeaderBytes + filled * frameBytes
      packets.fill(0, to, to + count * frameBytes)
      filled += count
      done += count
      if (filled === packetFrames) flush()
    }
  }

  return {
    drain(nowUs) {
      // Looked at first: whatever was made before the end is in the ring by then.
      const ended = sourceStats[SourceStats.state] === EdgeState.ended
      if (reader.level() > BACKLOG_BLOCKS) {
        stats[StreamStats.skippedBlocks] = (stats[StreamStats.skippedBlocks] as number) + reader.skipTo(KEEP_BLOCKS)
      }
      while (reader.peek() >= 0) takeBlock()
      if (!ended || expected < 0) return
      while (tailBlocks < mostTailBlocks && nowUs >= lastCaptureUs + blockUs) addTail()
    },
    position: () => position + blockFrames,
    lastCaptureUs: () => lastCaptureUs,
    missedFrames: () => missedFrames,
  }
}
