/**
 * The door of the party: every datagram is looked at, and becomes a packet in a slot's ring, a word about who is singing, or a
 * count. Nothing from the network throws, grows memory, or takes more than its slot.
 *
 * Thread: net      Realtime: the path of a packet of a known stream allocates nothing
 */
import { NetStats, PeerStats, StreamStats } from "../../runtime/arena/pages.ts"
import type { PartyPlan } from "../../runtime/arena/party-plan.ts"
import { createEventWriter } from "../../runtime/ring/event-ring.ts"
import { createHistogram } from "../../runtime/ring/histogram.ts"
import { JournalCode } from "../../runtime/ring/journal.ts"
import { openStats } from "../../runtime/ring/stats-page.ts"
import { createRtpPacket, isRtcp, parseCode, parseRtp } from "../../runtime/rtp/header.ts"
import { usOfNtp } from "../../runtime/rtp/ntp.ts"
import { formatOfType } from "../../runtime/rtp/payload.ts"
import { parseRtcp, type ReportBlock, type RtcpPacket } from "../../runtime/rtp/rtcp.ts"
import { createAdmission, Verdict } from "./admission.ts"
import { createPeerSlot, type PeerSlot } from "./peer-slot.ts"
import { createRegistry } from "./registry.ts"
import type { ReceiverSaid } from "./spec.ts"

export interface InletOptions {
  readonly memory: WebAssembly.Memory
  readonly plan: PartyPlan
  readonly threadId: string
  readonly loopback: boolean
  /** What is heard of a stream after its goodbye, us: the jitter buffer's delay and a little. */
  readonly lingerUs: number
  readonly wallOffsetUs: number
  readonly say: (what: ReceiverSaid) => void
  readonly isOwnAddress: (address: string) => boolean
}

/** A stream that has sent nothing for this long has left. RFC 3550 6.3.5 would wait for five report intervals. */
const GONE_US = 10e6
/** Refusals told of each second; the rest is only counted. */
const TOLD_PER_TICK = 2

export function createInlet(options: InletOptions) {
  const { memory, plan, say, wallOffsetUs } = options
  const stats = openStats(memory, plan.netStats, NetStats)
  const network = createHistogram(memory, plan.histograms.network)
  const thread = plan.threads[options.threadId]
  if (thread === undefined) throw new Error("broken invariant: the receiver stands in the plan")
  const journal = createEventWriter(memory, thread.journal)
  const slots = plan.peers.map((_, slot) => createPeerSlot(memory, plan, slot, wallOffsetUs))
  const admission = createAdmission(slots.length)
  const ownSsrcs = plan.sources.map((source) => openStats(memory, source.streamStats, StreamStats))
  const goodbyes = new Map<number, { readonly atUs: number; readonly reason: string }>()
  const registry = createRegistry((ssrc) => admission.find(ssrc) !== undefined)
  const packet = createRtpPacket()
  const cells = new Float64Array(1)
  let malformedTold = 0
  let refusedTold = 0
  let ringFullTold = 0
  let toldNow = 0

  for (const [slot, peer] of slots.entries()) if (peer.active()) admission.restore(peer.ssrc(), slot)

  const count = (field: number): void => void (stats[field] = (stats[field] as number) + 1)

  const isOwn = (ssrc: number): boolean => ownSsrcs.some((page) => (page[StreamStats.ssrc] as number) === ssrc)

  const refuse = (ssrc: number, address: string, reason: string): void => {
    count(NetStats.refused)
    if (toldNow++ < TOLD_PER_TICK) say({ what: "refused", ssrc, address, reason })
  }

  const announceName = (slot: number, ssrc: number): void => {
    const known = registry.find(ssrc)
    if (known !== undefined && known.name !== "") say({ what: "named", slot, name: known.name, cname: known.cname })
  }

  const admit = (slot: number, address: string, port: number): void => {
    const peer = slots[slot] as PeerSlot
    peer.begin(packet.ssrc, packet.payloadType, options.isOwnAddress(address))
    const format = formatOfType(packet.payloadType, plan.rateHz)
    const described = format === undefined ? "unknown" : `${format.codec.toUpperCase()}/${format.rateHz}/${format.channelCount}`
    say({ what: "joined", slot, ssrc: packet.ssrc, address: `${address}:${port}`, format: described })
    announceName(slot, packet.ssrc)
  }

  /** A packet of a stream without a slot. Returns its slot once it has one. */
  const consider = (address: string, port: number, nowUs: number): number => {
    const format = formatOfType(packet.payloadType, plan.rateHz)
    if (format === undefined || format.rateHz !== plan.rateHz) {
      count(NetStats.unknownFormat)
      if (admission.prove(packet.ssrc, packet.seq)) refuse(packet.ssrc, address, format === undefined
        ? `payload type ${packet.payloadType} is none of 96 to 99` : `its rate is ${format.rateHz} Hz, this party's ${plan.rateHz} Hz`)
      return -1
    }
    if (isOwn(packet.ssrc) && !options.loopback) {
      admission.ignore(packet.ssrc)
      return Verdict.own
    }
    if (!admission.prove(packet.ssrc, packet.seq)) return -1
    const slot = admission.admit(packet.ssrc, nowUs)
    if (slot >= 0) admit(slot, address, port)
    else if (slot === Verdict.full) refuse(packet.ssrc, address, `all ${slots.length} places are taken (network.peers)`)
    else if (slot === Verdict.tooMany) refuse(packet.ssrc, address, "too many new streams at once")
    return slot
  }

  const leave = (slot: number, reason: string, silent = false): void => {
    const peer = slots[slot] as PeerSlot
    const ssrc = peer.ssrc()
    peer.end()
    admission.release(ssrc, slot)
    registry.forget(ssrc)
    goodbyes.delete(slot)
    say({ what: "left", slot, reason, silent })
  }

  /** The slot of a stream that a report is about; -1 for none; undefined where another address speaks for it, which is counted. */
  const slotOfReport = (ssrc: number, address: string, port: number): number | undefined => {
    const slot = admission.find(ssrc) ?? -1
    const peer = slots[slot]
    if (peer?.isAt(address, port) === true) return slot
    const known = registry.find(ssrc)
    if (known === undefined || (known.address === address && known.port === port)) return slot
    if (peer === undefined) count(NetStats.badReports)
    else peer.source().discard()
    return undefined
  }

  const hearReport = (report: RtcpPacket, address: string, port: number, arrivalUs: number): void => {
    if (report.kind === "bye") {
      for (const ssrc of report.ssrcs) {
        const slot = slotOfReport(ssrc, address, port)
        // What has arrived is still to be heard: it leaves when the jitter buffer has played it.
        if (slot !== undefined && slot >= 0) goodbyes.set(slot, { atUs: arrivalUs + options.lingerUs, reason: report.reason ?? "said goodbye" })
      }
      return
    }
    const slot = slotOfReport(report.ssrc, address, port)
    if (slot === undefined) return
    if (report.kind === "sender report" && slot >= 0) {
      (slots[slot] as PeerSlot).source().noteSenderReport(report.info.ntpHi, report.info.ntpLo, arrivalUs)
    }
    if (report.kind !== "description" || !registry.note(report.ssrc, { address, port }, report.items)) return
    if (slot >= 0) announceName(slot, report.ssrc)
  }

  const hearReports = (bytes: Uint8Array, byteCount: number, address: string, port: number, arrivalUs: number): void => {
    const result = parseRtcp(bytes, byteCount)
    count(result.ok ? NetStats.reports : NetStats.badReports)
    if (result.ok) for (const report of result.packets) hearReport(report, address, port, arrivalUs)
  }

  const tellOf = (slot: number, nowUs: number): void => {
    const peer = slots[slot] as PeerSlot
    peer.publish()
    const { told, stats: page } = peer
    const lost = page[PeerStats.lost] as number
    const duplicate = page[PeerStats.duplicate] as number
    const reordered = page[PeerStats.reordered] as number
    if (lost > told.lost) journal.push(nowUs, JournalCode.peerMissing, slot, lost - told.lost, 0, 0)
    if (duplicate > told.duplicate) journal.push(nowUs, JournalCode.peerRepeated, slot, duplicate - told.duplicate, 0, 0)
    if (reordered > told.reordered) journal.push(nowUs, JournalCode.peerOutOfOrder, slot, reordered - told.reordered, 0, 0)
    peer.told = { lost, duplicate, reordered }
  }

  return {
    /** One datagram. */
    datagram(bytes: Uint8Array, address: string, port: number, arrivalUs: number): void {
      const byteCount = bytes.length
      count(NetStats.received)
      if (isRtcp(bytes, byteCount)) return hearReports(bytes, byteCount, address, port, arrivalUs)
      if (parseRtp(bytes, byteCount, packet) !== parseCode.ok) return count(NetStats.malformed)
      let slot = admission.find(packet.ssrc)
      if (slot === Verdict.own) return count(NetStats.own)
      slot ??= consider(address, port, arrivalUs)
      if (slot < 0) return
      const peer = slots[slot] as PeerSlot
      if (!peer.isFrom(address, port, arrivalUs) || !peer.take(bytes, packet, arrivalUs)) return
      if (packet.hasCapture && (peer.stats[PeerStats.sameClock] as number) === 1) {
        cells[0] = arrivalUs + wallOffsetUs - usOfNtp(packet.captureNtpHi, packet.captureNtpLo)
        network.add(cells, 0)
      }
    },
    /** Ten times a second: publishes counters, notices who has gone, tells of trouble in sums. */
    tick(nowUs: number): void {
      toldNow = 0
      let ringFull = 0
      for (const [slot, peer] of slots.entries()) {
        if (!peer.active()) continue
        tellOf(slot, nowUs)
        ringFull += peer.ringFull()
        const goodbye = goodbyes.get(slot)
        if (goodbye !== undefined && nowUs >= goodbye.atUs) leave(slot, goodbye.reason)
        else if (peer.source().lastArrivalUs > 0 && nowUs - peer.source().lastArrivalUs > GONE_US) leave(slot, "nothing heard for 10 s", true)
      }
      const malformed = (stats[NetStats.malformed] as number) + (stats[NetStats.badReports] as number)
      if (malformed > malformedTold) journal.push(nowUs, JournalCode.malformed, malformed - malformedTold, 0, 0, 0)
      malformedTold = malformed
      const refused = stats[NetStats.refused] as number
      if (refused > refusedTold) journal.push(nowUs, JournalCode.refused, refused - refusedTold, 0, 0, 0)
      refusedTold = refused
      if (ringFull > ringFullTold) journal.push(nowUs, JournalCode.ringFull, ringFull - ringFullTold, 0, 0, 0)
      ringFullTold = ringFull
      stats[NetStats.ringFull] = ringFull
    },
    /** Reception reports due, by the address that they go to. */
    reports(nowUs: number): { readonly address: string; readonly port: number; readonly blocks: ReportBlock[] }[] {
      const byAddress = new Map<string, { readonly address: string; readonly port: number; readonly blocks: ReportBlock[] }>()
      for (const peer of slots) {
        if (!peer.active() || peer.port === 0) continue
        const key = `${peer.address}:${peer.port}`
        const entry = byAddress.get(key) ?? { address: peer.address, port: peer.port, blocks: [] }
        entry.blocks.push(peer.source().reportBlock(peer.ssrc(), nowUs))
        byAddress.set(key, entry)
      }
      return [...byAddress.values()]
    },
  }
}
