/**
 * The virtual network: turns a model's path into a trace, the list of what a receiver would see. Seeded and clockless.
 *
 *   media index ──capture, in blocks of 128──▶ packet ──delay──▶ holds ──in order, unless it reorders──▶ arrival
 *
 * All times are on the receiver's clock, from the trace's start, but for `sendUs`; media indices count the sender's frames.
 */
import { createRandom, seedOf, type Random } from "./random.ts"

export const RATE_HZ = 48_000
/** Frames that a capture device hands over at once, and that a pull takes. */
export const BLOCK_FRAMES = 128
export const TRACE_SECONDS = 60

/** What packets meet on their way. Times in ms on the receiver's clock. */
export interface Path {
  /** Time from sending to arriving, if nothing holds it. */
  delayMs(sentMs: number): number
  /** When a packet that would arrive at `atMs` is let through, never earlier. */
  released?(atMs: number): number
  /** Called once a packet, in the order of sending. */
  lost?(sentMs: number): boolean
  /** Delays of further copies. */
  copiesMs?(sentMs: number): readonly number[]
  /** Packets may overtake each other. */
  readonly unordered?: boolean
  /** Whether the sender sends audio captured at this time at all. */
  sends?(capturedMs: number): boolean
}

export interface Model {
  readonly name: string
  readonly about: string
  /** How much faster than ours the sender's clock runs. */
  readonly driftPpm?: number
  path(random: Random, traceMs: number): Path
}

export interface TracePacket {
  readonly seq: number
  /** As on the wire, unsigned. */
  readonly rtpTimestamp: number
  /** Number of its first frame, from 0 at the trace's start. */
  readonly mediaIndex: number
  /** On the sender's clock. */
  readonly sendUs: number
  /** The earliest copy's; undefined: lost. */
  readonly arrivalUs: number | undefined
  /** Arrivals of later copies. */
  readonly copiesUs: readonly number[]
}

export interface Delivery {
  readonly packet: TracePacket
  readonly arrivalUs: number
}

export interface Trace {
  readonly name: string
  readonly packetFrames: number
  readonly driftPpm: number
  readonly firstTimestamp: number
  readonly packets: readonly TracePacket[]
  /** What arrives, by time. */
  readonly deliveries: readonly Delivery[]
  /** Time of the first pull; one comes every block after that, before endUs. */
  readonly firstPullUs: number
  readonly endUs: number
}

/** The trace's time 0 is so long before the first capture, us. */
const LEAD_US = 50_000
/** Sender's work and the least time between two packets on the air, ms. */
const SEND_MS = 0.05
const AIR_MS = 0.1
/** Timestamps wrap, or change their sign, after so many seconds, sequence numbers after so many packets. */
const WRAP_SECONDS = 20
const WRAP_PACKETS = 60

/** When the sender captured the frame of this index, us on our clock. */
export const captureUs = (trace: { readonly driftPpm: number }, mediaIndex: number): number =>
  LEAD_US + (mediaIndex * 1e6) / (RATE_HZ * (1 + trace.driftPpm * 1e-6))

const byTime = (a: Delivery, b: Delivery): number => a.arrivalUs - b.arrivalUs || a.packet.mediaIndex - b.packet.mediaIndex

export function makeTrace(model: Model, packetFrames: number, seed: number, seconds = TRACE_SECONDS): Trace {
  const random = createRandom(seedOf(model.name, seed))
  const driftPpm = model.driftPpm ?? 0
  const firstTimestamp = (random.chance(0.5) ? 2 ** 32 : 2 ** 31) - WRAP_SECONDS * RATE_HZ
  const path = model.path(random, seconds * 1000 + 1000)
  const count = Math.floor((seconds * RATE_HZ) / packetFrames)
  const packets: TracePacket[] = []
  const deliveries: Delivery[] = []
  let lastMs = 0

  const arrivalMs = (sentMs: number, delayMs: number): number => {
    let at = sentMs + delayMs
    if (path.released !== undefined) at = path.released(at)
    if (path.unordered !== true) {
      at = Math.max(at, lastMs + AIR_MS)
      lastMs = at
    }
    return at
  }

  for (let i = 0; i < count; i++) {
    const mediaIndex = i * packetFrames
    const capturedMs = captureUs({ driftPpm }, mediaIndex) / 1000
    if (path.sends !== undefined && !path.sends(capturedMs)) continue
    const blockEnd = Math.ceil((mediaIndex + packetFrames) / BLOCK_FRAMES) * BLOCK_FRAMES
    const sentMs = captureUs({ driftPpm }, blockEnd) / 1000 + SEND_MS
    const lost = path.lost?.(sentMs) ?? false
    const delayMs = path.delayMs(sentMs)
    const arrivals = lost ? [] : [arrivalMs(sentMs, delayMs)]
    for (const copyMs of path.copiesMs?.(sentMs) ?? []) if (!lost) arrivals.push(arrivalMs(sentMs, copyMs))
    const [arrivalUs, ...copiesUs] = arrivals.map((at) => at * 1000).toSorted((a, b) => a - b)
    const packet = {
      seq: (65536 - WRAP_PACKETS + packets.length) & 0xffff,
      rtpTimestamp: (firstTimestamp + mediaIndex) % 2 ** 32,
      mediaIndex, sendUs: LEAD_US + (blockEnd * 1e6) / RATE_HZ + SEND_MS * 1000, arrivalUs, copiesUs,
    }
    packets.push(packet)
    for (const at of arrivals) deliveries.push({ packet, arrivalUs: at * 1000 })
  }
  return {
    name: model.name, packetFrames, driftPpm, firstTimestamp, packets,
    deliveries: deliveries.toSorted(byTime),
    firstPullUs: random.between(0, (BLOCK_FRAMES * 1e6) / RATE_HZ),
    endUs: captureUs({ driftPpm }, count * packetFrames),
  }
}
