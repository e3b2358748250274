/**
 * Many singers behind one access point, as far as a receiver can tell: node stall-script.mjs PORT STREAMS. Sends a stream of
 * L16/48000/1 for each, packets of 5 ms, each stream in its own phase; what they sing repeats every second.
 *
 * On { holdMs } everything is held back for so long and then delivered in its order, fifty packets a millisecond. Answers
 * { heldUs, doneUs, lateMs }: the first packet held, the last one delivered, and how much longer that took than meant.
 */
import { execFileSync } from "node:child_process"
import { createSocket } from "node:dgram"
import { nowUs } from "../../dist/runtime/io/clock.js"
import { createRtpPacket, maxRtpHeaderBytes, writeRtpHeader } from "../../dist/runtime/rtp/header.js"

const port = Number(process.argv[2])
const streamCount = Number(process.argv[3])
const RATE_HZ = 48000
const PACKET_FRAMES = 240
const PACKET_US = (PACKET_FRAMES * 1e6) / RATE_HZ
const PACKETS = RATE_HZ / PACKET_FRAMES
const TICK_MS = 1
const PACKETS_A_MS = 50

/** One second: a vowel with a little breath; every third stream a chord in noise, which no period predicts. */
const sing = (stream) => {
  const hz = 110 + 9 * stream
  const isChord = stream % 3 === 2
  const bytes = Buffer.alloc(RATE_HZ * 2)
  let seed = stream + 1
  for (let i = 0; i < RATE_HZ; i++) {
    seed = (Math.imul(seed, 1664525) + 1013904223) | 0
    const noise = seed / 2 ** 31
    let value = 0
    if (isChord) for (const part of [1, 1.26, 1.5, 2.38]) value += 0.1 * Math.sin((2 * Math.PI * Math.round(hz * part) * i) / RATE_HZ)
    else for (let h = 1; h <= 12; h++) value += (0.15 / h) * Math.sin((2 * Math.PI * hz * h * i) / RATE_HZ + h * h)
    bytes.writeInt16BE(Math.round(32767 * 0.3 * (value + (isChord ? 0.3 : 0.003) * noise)), 2 * i)
  }
  return bytes
}

// It stands for a network: others on this machine are not to hold it up.
try {
  execFileSync("chrt", ["--rr", "--pid", "6", String(process.pid)], { stdio: "ignore", timeout: 2000 })
} catch {
  // Where that is not to be had its own stalls are told.
}

const socket = createSocket({ type: "udp4", sendBufferSize: 1 << 20 })
await new Promise((resolve) => socket.connect(port, "127.0.0.1", resolve))
// Nobody listens any more.
socket.on("error", () => undefined)
const header = createRtpPacket()
const startedUs = nowUs() + 50_000
const streams = Array.from({ length: streamCount }, (_, stream) => ({
  song: sing(stream), ssrc: 0x5000_0000 + stream, seq: (0x8000 - 500 + 977 * stream) & 0xffff, timestamp: (0x7fff_0000 + 0x0765_4321 * stream) >>> 0,
  sent: 0, startUs: startedUs + (stream * PACKET_US) / streamCount,
}))

const build = (stream) => {
  const index = stream.sent++
  const bytes = Buffer.alloc(maxRtpHeaderBytes + 2 * PACKET_FRAMES)
  Object.assign(header, {
    payloadType: 96, marker: index === 0, seq: (stream.seq + index) & 0xffff, rtpTimestamp: (stream.timestamp + index * PACKET_FRAMES) >>> 0,
    ssrc: stream.ssrc, hasLevel: false, hasCapture: false,
  })
  const headerBytes = writeRtpHeader(bytes, 0, header)
  const from = (index % PACKETS) * PACKET_FRAMES * 2
  stream.song.copy(bytes, headerBytes, from, from + 2 * PACKET_FRAMES)
  return bytes.subarray(0, headerBytes + 2 * PACKET_FRAMES)
}

/** Held packets, as they came; undefined while nothing is held. */
let held
const hold = { untilUs: 0, heldUs: 0 }

/** Takes what is due now. */
const take = (give) => {
  const now = nowUs()
  for (const stream of streams) while (stream.startUs + (stream.sent + 1) * PACKET_US <= now) give(build(stream))
}

const nap = new Int32Array(new SharedArrayBuffer(4))

/** What comes meanwhile waits behind the rest. */
const free = () => {
  for (let i = 0; ;) {
    for (const to = Math.min(held.length, i + PACKETS_A_MS); i < to; i++) socket.send(held[i])
    if (i === held.length) break
    Atomics.wait(nap, 0, 0, 1)
    take((packet) => held.push(packet))
  }
  const packets = held.length
  held = undefined
  process.send({ heldUs: hold.heldUs, doneUs: nowUs(), lateMs: (nowUs() - hold.untilUs) / 1000 - packets / PACKETS_A_MS })
}

setInterval(() => {
  if (held === undefined) return take((packet) => socket.send(packet))
  if (held.length === 0) hold.heldUs = nowUs()
  take((packet) => held.push(packet))
  if (nowUs() >= hold.untilUs) free()
}, TICK_MS)

process.on("message", ({ holdMs }) => {
  held = []
  hold.untilUs = nowUs() + holdMs * 1000
})
process.on("disconnect", () => process.exit())
