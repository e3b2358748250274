/**
 * The streams of a sender and everything that goes out for them: packets, sender reports with the singer's name, announcements,
 * and the BYE at the end.
 *
 * Thread: net      Realtime: no (sockets allocate); it keeps the event loop's collections small
 */
import type { PartyPlan } from "../../runtime/arena/party-plan.ts"
import { StreamStats } from "../../runtime/arena/pages.ts"
import type { Dsp } from "../../runtime/dsp/dsp.ts"
import { nowUs } from "../../runtime/io/clock.ts"
import type { Destination } from "../../runtime/io/udp.ts"
import { openStats } from "../../runtime/ring/stats-page.ts"
import { formatToSend } from "../../runtime/rtp/payload.ts"
import { ntpHiOfUs, ntpLoOfUs, ntpMiddle, roundTripUs } from "../../runtime/rtp/ntp.ts"
import { parseRtcp } from "../../runtime/rtp/rtcp.ts"
import { buildBye, buildSenderReport } from "../../runtime/rtp/rtcp-build.ts"
import { createRtcpSchedule } from "../../runtime/rtp/rtcp-schedule.ts"
import { ourExtensionIds } from "../../runtime/rtp/header.ts"
import { buildSap, sapAddressFor, sapHash, sapPort } from "../../runtime/rtp/sap.ts"
import { writeSdp } from "../../runtime/rtp/sdp.ts"
import { createSendSource, sendStateCount } from "../../runtime/rtp/send-source.ts"
import { createPacketizer } from "./packetizer.ts"
import { framesToMs } from "../../runtime/units.ts"
import type { SenderSpec } from "./spec.ts"

export interface StreamSetOptions {
  readonly memory: WebAssembly.Memory
  readonly plan: PartyPlan
  readonly dsp: Dsp
  readonly spec: SenderSpec
  readonly wallOffsetUs: number
  readonly destinations: readonly Destination[]
  /** Gets what the user should know of a stream. */
  readonly tell: (name: string, text: string) => void
}

const SAP_INTERVAL_US = 30e6
const TOOL = "Wi-Fi Party"

export function createStreamSet(options: StreamSetOptions) {
  const { memory, plan, dsp, spec, destinations, wallOffsetUs } = options
  const toAll = (bytes: Uint8Array, byteCount: number): void => {
    for (const destination of destinations) destination.send(bytes, byteCount)
  }
  const streams = spec.sources.map(({ index, name }) => {
    const source = plan.sources[index]
    const format = source && formatToSend(spec.codec, plan.rateHz, source.channelCount)
    if (source === undefined || format === undefined) throw new Error("broken invariant: a sent source has a format")
    const send = createSendSource(new Float64Array(memory.buffer, source.stream, sendStateCount), Math.random)
    const stats = openStats(memory, source.streamStats, StreamStats)
    stats[StreamStats.ssrc] = send.ssrc
    const packetizer = createPacketizer({
      memory, plan, dsp, source: index, stream: send, format, packetFrames: spec.packetFrames, wallOffsetUs, send: toAll,
    })
    const schedule = createRtcpSchedule({
      sessionBytesPerSecond: plan.rateHz * 3 * source.channelCount * spec.sources.length, random: Math.random,
    })
    const sdp = destinations.map(({ endpoint, origin }) => writeSdp({
      sessionName: `${spec.party}: ${name}`, sessionId: send.ssrc, sessionVersion: 1, origin, address: endpoint.address,
      ...(endpoint.multicast && { ttl: spec.ttl }), port: endpoint.port, format, ptimeMs: framesToMs(spec.packetFrames, plan.rateHz),
      extensions: ourExtensionIds, ssrc: send.ssrc, cname: spec.cname, rtcpMux: true, direction: "recvonly",
    }))
    return { index, name, send, stats, packetizer, schedule, sdp, toldMissed: 0 }
  })
  const who = { members: streams.length + 1, senders: streams.length, weSend: true }
  let announceUs = 0

  const report = (stream: (typeof streams)[number], now: number): void => {
    const { send, packetizer, schedule } = stream
    if (!schedule.due(now, who)) return
    const ahead = send.packetCount === 0 ? 0 : ((now - packetizer.lastCaptureUs()) * plan.rateHz) / 1e6
    const bytes = buildSenderReport(send.ssrc, send.senderInfo(now + wallOffsetUs, Math.round(packetizer.position() + ahead)), [],
      { cname: spec.cname, name: stream.name, tool: TOOL })
    toAll(bytes, bytes.length)
    schedule.sent(now, bytes.length, who)
  }

  const tellMissed = (stream: (typeof streams)[number]): void => {
    const missed = stream.packetizer.missedFrames()
    if (missed <= stream.toldMissed) return
    options.tell(stream.name, `${Math.round(framesToMs(missed - stream.toldMissed, plan.rateHz))} ms were not sent: this computer was too busy`)
    stream.toldMissed = missed
  }

  const announceAll = (kind: "announce" | "delete"): void => {
    for (const { sdp } of streams) {
      for (const [i, destination] of destinations.entries()) {
        if (!destination.endpoint.multicast) continue
        const bytes = buildSap({ kind, hash: sapHash(sdp[i] as string), origin: destination.origin, sdp: sdp[i] as string })
        if (bytes !== undefined) destination.sendTo(bytes, sapPort, sapAddressFor(destination.endpoint.address))
      }
    }
  }

  return {
    streams: streams.map(({ index, send, sdp }) => ({ source: index, ssrc: send.ssrc, sdp })),
    /** Sends what has been captured since the last call. */
    drain(): void {
      const now = nowUs()
      for (const stream of streams) stream.packetizer.drain(now)
    },
    /** A few times a second, and once before the first packet: names must be known with the first second of sound. */
    tick(): void {
      const now = nowUs()
      for (const stream of streams) {
        report(stream, now)
        tellMissed(stream)
      }
      if (spec.announce && now >= announceUs) {
        announceAll("announce")
        announceUs = now + SAP_INTERVAL_US
      }
    },
    /** A peer reports how our stream arrives: the round trip goes into the stream's page. */
    heard(bytes: Uint8Array): void {
      const result = parseRtcp(bytes, bytes.length)
      if (!result.ok) return
      const wallUs = nowUs() + wallOffsetUs
      const middle = ntpMiddle(ntpHiOfUs(wallUs), ntpLoOfUs(wallUs))
      for (const packet of result.packets) {
        if (packet.kind !== "receiver report" && packet.kind !== "sender report") continue
        for (const block of packet.blocks) {
          const stream = streams.find(({ send }) => send.ssrc === block.ssrc)
          if (stream === undefined || block.lsr === 0) continue
          stream.stats[StreamStats.roundTripUs] = roundTripUs(middle, block.lsr, block.dlsr)
          stream.stats[StreamStats.remoteLoss] = block.fractionLost / 256
        }
      }
    },
    leave(): void {
      for (const { send } of streams) {
        const bytes = buildBye([send.ssrc], spec.cname, "party over")
        toAll(bytes, bytes.length)
      }
      if (spec.announce) announceAll("delete")
    },
  }
}

export type StreamSet = ReturnType<typeof createStreamSet>
