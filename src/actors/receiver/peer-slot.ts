/**
 * One slot of the receiver: the stream that has it, what RFC 3550 counts of it, and the ring to its jitter buffer.
 *
 * Thread: net      Realtime: `take` allocates nothing
 */
import { PeerStats } from "../../runtime/arena/pages.ts"
import { LINE_WORDS, PeerWord, type PartyPlan } from "../../runtime/arena/party-plan.ts"
import { createPacketWriter, PacketMeta } from "../../runtime/ring/packet-ring.ts"
import { openStats } from "../../runtime/ring/stats-page.ts"
import type { RtpPacket } from "../../runtime/rtp/header.ts"
import { usOfNtp } from "../../runtime/rtp/ntp.ts"
import { formatOfType, framesOfPayload } from "../../runtime/rtp/payload.ts"
import { arrival, createReceiveSource, lastToUse } from "../../runtime/rtp/receive-source.ts"

/**
 * Packets from another address are another's, who has the same number or pretends to (RFC 3550 8.2), unless the stream has moved:
 * its thread was replaced, its network changed. Then the known address falls silent, and the new one has gone on for so long, us,
 * without a word from the old.
 */
const MOVED_US = 100_000

const COUNTERS = ["received", "expected", "lost", "duplicate", "reordered", "discarded"] as const

export function createPeerSlot(memory: WebAssembly.Memory, plan: PartyPlan, slot: number, wallOffsetUs: number) {
  const peer = plan.peers[slot]
  if (peer === undefined) throw new Error("broken invariant: a peer's slot stands in the plan")
  const words = new Int32Array(memory.buffer, peer.words, LINE_WORDS)
  const writer = createPacketWriter(memory, peer.packets)
  const stats = openStats(memory, peer.peerStats, PeerStats)
  const { rateHz } = plan
  let source = createReceiveSource({ rateHz, minSequential: 1 })
  /** Counts of the thread before this one. */
  const base = COUNTERS.map((name) => stats[PeerStats[name]] as number)
  let sameClock = (stats[PeerStats.sameClock] as number) === 1
  let ringFull = 0

  /** Since when others, and only they, have sent in this stream's name; -1 for not. */
  let otherSinceUs = -1

  const hasMoved = (arrivalUs: number): boolean => {
    if (arrivalUs - source.lastArrivalUs < MOVED_US) return false
    if (otherSinceUs < 0) otherSinceUs = arrivalUs
    return arrivalUs - otherSinceUs >= MOVED_US
  }

  const publish = (): void => {
    for (let i = 0; i < COUNTERS.length; i++) {
      const name = COUNTERS[i] as (typeof COUNTERS)[number]
      stats[PeerStats[name]] = (base[i] as number) + source[name]
    }
    stats[PeerStats.jitterUs] = (source.jitterTicks * 1e6) / rateHz
    stats[PeerStats.lastArrivalUs] = source.lastArrivalUs
  }

  return {
    address: "",
    port: 0,
    /** What was last told of gaps, for the log. */
    told: { lost: base[2] as number, duplicate: base[3] as number, reordered: base[4] as number },
    stats,
    active: () => Atomics.load(words, PeerWord.active) === 1,
    ssrc: () => (words[PeerWord.ssrc] as number) >>> 0,
    source: () => source,
    ringFull: () => ringFull,
    publish,
    /** Whether the stream comes from there. */
    isAt(address: string, port: number): boolean {
      return port === this.port && address === this.address
    },
    /** Whether a packet from there belongs to the stream; counts it where it does not. */
    isFrom(address: string, port: number, arrivalUs: number): boolean {
      if (port === this.port && address === this.address) {
        otherSinceUs = -1
        return true
      }
      if (this.port !== 0 && !hasMoved(arrivalUs)) {
        source.discard()
        return false
      }
      this.address = address
      this.port = port
      otherSinceUs = -1
      return true
    },
    /** Gives the slot to a stream. */
    begin(ssrc: number, payloadType: number, own: boolean): void {
      source = createReceiveSource({ rateHz, minSequential: 1 })
      base.fill(0)
      stats.fill(0)
      this.told = { lost: 0, duplicate: 0, reordered: 0 }
      this.address = ""
      this.port = 0
      otherSinceUs = -1
      sameClock = own
      stats[PeerStats.sameClock] = own ? 1 : 0
      stats[PeerStats.format] = payloadType
      words[PeerWord.ssrc] = ssrc | 0
      words[PeerWord.payloadType] = payloadType
      Atomics.add(words, PeerWord.epoch, 1)
      Atomics.store(words, PeerWord.active, 1)
    },
    end(): void {
      Atomics.store(words, PeerWord.active, 0)
    },
    /** Takes a packet in; false when it was of no use. */
    take(bytes: Uint8Array, packet: RtpPacket, arrivalUs: number): boolean {
      const code = source.update(packet.seq, packet.rtpTimestamp, arrivalUs)
      if (code > lastToUse) return false
      if (code === arrival.restart) Atomics.add(words, PeerWord.epoch, 1)
      const format = formatOfType(packet.payloadType, rateHz)
      if (format === undefined || format.rateHz !== rateHz || framesOfPayload(format, packet.payloadBytes) <= 0) {
        source.discard()
        return false
      }
      stats[PeerStats.format] = packet.payloadType
      writer.meta[PacketMeta.arrivalUs] = arrivalUs
      writer.meta[PacketMeta.extSeq] = source.extSeq
      writer.meta[PacketMeta.captureUs] = packet.hasCapture && sameClock ? usOfNtp(packet.captureNtpHi, packet.captureNtpLo) - wallOffsetUs : NaN
      const fits = writer.write(bytes, packet.payloadOffset, packet.payloadBytes, packet.rtpTimestamp | 0, packet.payloadType,
        words[PeerWord.epoch] as number)
      if (!fits) {
        source.discard()
        ringFull++
      }
      return fits
    },
  }
}

export type PeerSlot = ReturnType<typeof createPeerSlot>
