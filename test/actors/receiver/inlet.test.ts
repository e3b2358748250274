/** The door, datagram by datagram: who gets in, who is believed, and what is only counted. */
import { beforeEach, describe, expect, it } from "vitest"
import { createInlet } from "../../../src/actors/receiver/inlet.ts"
import type { ReceiverSaid } from "../../../src/actors/receiver/spec.ts"
import { MixerStats, NetStats, OutputStats, PeerStats, SourceStats, StreamStats } from "../../../src/runtime/arena/pages.ts"
import { planParty } from "../../../src/runtime/arena/party-plan.ts"
import { JitterStats } from "../../../src/runtime/jitter/jitter-stats.ts"
import { createPacketReader } from "../../../src/runtime/ring/packet-ring.ts"
import { openStats } from "../../../src/runtime/ring/stats-page.ts"
import { createRtpPacket, writeRtpHeader } from "../../../src/runtime/rtp/header.ts"
import { buildBye, buildReceiverReport } from "../../../src/runtime/rtp/rtcp-build.ts"

const PEERS = 2
const plan = planParty({
  baseBytes: 0, rateHz: 48_000, blockFrames: 128, sources: [], peerCount: PEERS, outputCount: 0, taps: [], threadIds: ["receiver"],
  jitterThreadCount: 1, rendererBytes: 0, jitterStoreBytes: 0, jitterWishBytes: 64,
  stats: { source: SourceStats, stream: StreamStats, peer: PeerStats, jitter: JitterStats, mixer: MixerStats, output: OutputStats, net: NetStats },
})

const ANN = 0xaaaa_0001
const MS = 1000
const at = { home: ["10.0.0.1", 4000], elsewhere: ["10.0.0.66", 4000], otherPort: ["10.0.0.1", 4001] } as const
type Place = (typeof at)[keyof typeof at]

const rtp = (ssrc: number, seq: number, payloadType = 96): Uint8Array => {
  const bytes = new Uint8Array(12 + 256).fill(7)
  writeRtpHeader(bytes, 0, { ...createRtpPacket(), payloadType, seq: seq & 0xffff, rtpTimestamp: (seq * 128) >>> 0, ssrc })
  return bytes
}

let said: ReceiverSaid[]
let inlet: ReturnType<typeof createInlet>
let memory: WebAssembly.Memory
let nowUs: number

beforeEach(() => {
  memory = new WebAssembly.Memory({ initial: Math.ceil(plan.bytes / 65_536), maximum: 4096, shared: true })
  said = []
  nowUs = 5e6
  inlet = createInlet({
    memory, plan, threadId: "receiver", loopback: false, lingerUs: 0, wallOffsetUs: 0, say: (what) => said.push(what), isOwnAddress: () => false,
  })
})

const hear = (bytes: Uint8Array, [address, port]: Place): void => inlet.datagram(bytes, address, port, nowUs)
const words = (): string[] => said.map(({ what }) => what)
/** Packets of a stream, 2.667 ms apart. */
const sing = (ssrc: number, from: number, count: number, place: Place): void => {
  for (let i = 0; i < count; i++) {
    hear(rtp(ssrc, from + i), place)
    nowUs += 2667
  }
}
/** Takes what has come for a slot; how many packets. */
const taken = (slot: number): number => {
  const reader = createPacketReader(memory, plan.peers[slot]!.packets)
  let count = 0
  for (; reader.next(); count++) reader.release()
  return count
}
const net = (field: keyof typeof NetStats): number => openStats(memory, plan.netStats, NetStats)[NetStats[field]]!
const peer = (slot: number, field: keyof typeof PeerStats): number => {
  inlet.tick(nowUs)
  return openStats(memory, plan.peers[slot]!.peerStats, PeerStats)[PeerStats[field]]!
}

describe("a stream's address", () => {
  it("is that of its first packets: who sends the same number from elsewhere is counted and not heard", () => {
    sing(ANN, 1, 10, at.home)
    expect(taken(0)).toBe(9)
    for (let i = 0; i < 50; i++) {
      sing(ANN, 11 + i, 1, i % 2 === 0 ? at.elsewhere : at.otherPort)
      hear(rtp(ANN, 11 + i), at.home)
    }
    expect(taken(0)).toBe(50)
    expect([peer(0, "discarded"), peer(0, "duplicate"), peer(0, "lost")]).toEqual([50, 0, 0])
  })

  it("changes when the stream has moved: the old address is silent and the new one goes on", () => {
    sing(ANN, 1, 10, at.home)
    nowUs += 300 * MS
    sing(ANN, 11, 100, at.otherPort)
    expect(words()).toEqual(["joined"])
    expect(peer(0, "received")).toBeGreaterThan(60)
    sing(ANN, 111, 5, at.home)
    expect(peer(0, "discarded")).toBeLessThan(60)
  })

  it("does not change when the stream only stood still, and others were first to speak after that", () => {
    sing(ANN, 1, 10, at.home)
    taken(0)
    nowUs += 300 * MS
    sing(ANN, 50, 20, at.elsewhere)
    sing(ANN, 11, 20, at.home)
    sing(ANN, 80, 60, at.elsewhere)
    sing(ANN, 31, 1, at.home)
    expect(taken(0)).toBe(21)
  })
})

describe("a stream's reports", () => {
  const name = (ssrc: number, given: string, place: Place): void =>
    hear(buildReceiverReport(ssrc, [], { cname: `${given}@home`, name: given }), place)

  it("name it, before its first packet too, and again only when the name is another", () => {
    name(ANN, "Ann", at.home)
    sing(ANN, 1, 3, at.home)
    name(ANN, "Ann", at.home)
    name(ANN, "Anna", at.home)
    expect(said.filter(({ what }) => what === "named")).toMatchObject([{ name: "Ann", slot: 0 }, { name: "Anna", slot: 0 }])
  })

  it("keep the name when they bring only the CNAME, as a goodbye does", () => {
    name(ANN, "Ann", at.home)
    sing(ANN, 1, 3, at.home)
    hear(buildBye([ANN], "root@home", "over"), at.home)
    inlet.tick(nowUs)
    expect(words()).toEqual(["joined", "named", "left"])
    expect(said.at(-1)).toMatchObject({ reason: "over" })
  })

  it("are not believed from elsewhere: neither another name nor a goodbye", () => {
    name(ANN, "Ann", at.home)
    sing(ANN, 1, 3, at.home)
    name(ANN, "Mallory", at.elsewhere)
    hear(buildBye([ANN], "nobody", "go away"), at.otherPort)
    inlet.tick(nowUs)
    expect(words()).toEqual(["joined", "named"])
    expect(peer(0, "discarded")).toBeGreaterThan(0)
  })

  it("may come from a port of their own, as they do where RTCP is not on RTP's", () => {
    name(ANN, "Ann", at.otherPort)
    sing(ANN, 1, 3, at.home)
    hear(buildBye([ANN], "Ann@home", "over"), at.otherPort)
    inlet.tick(nowUs)
    expect(words()).toEqual(["joined", "named", "left"])
  })

  it("of hundreds of strangers do not make a singer's name forgotten", () => {
    name(ANN, "Ann", at.home)
    sing(ANN, 1, 3, at.home)
    for (let i = 0; i < 1000; i++) name(1000 + i, `Stranger ${i}`, at.elsewhere)
    name(ANN, "Ann", at.home)
    expect(words()).toEqual(["joined", "named"])
  })
})

describe("a flood", () => {
  it("of a format that is none takes no places", () => {
    for (let ssrc = 1; ssrc <= 200; ssrc++) for (let seq = 0; seq < 4; seq++) hear(rtp(ssrc, seq, 33), at.elsewhere)
    expect(net("unknownFormat")).toBe(800)
    sing(ANN, 1, 3, at.home)
    expect(said.filter(({ what }) => what === "joined")).toHaveLength(1)
    expect(taken(0)).toBe(2)
  })

  it("of streams takes the places that are free and no other, and is told of sparingly", () => {
    sing(ANN, 1, 3, at.home)
    for (let seq = 0; seq < 20; seq++) for (let ssrc = 1; ssrc <= 200; ssrc++) hear(rtp(ssrc, seq), at.elsewhere)
    expect(words().filter((word) => word === "joined")).toHaveLength(PEERS)
    expect(net("refused")).toBeGreaterThan(3000)
    expect(words().filter((word) => word === "refused").length).toBeLessThan(5)
    taken(0)
    sing(ANN, 4, 10, at.home)
    expect(taken(0)).toBe(10)
  })
})
