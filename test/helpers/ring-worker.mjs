/**
 * One end of a ring in a thread of its own, on the built files, as the engine's threads are. What it writes follows from a count,
 * so that the other end can check every sample and byte. It goes on from where the ring's counters stand, as a successor does.
 *
 * report (Int32Array): see Report in ring-threads.ts; limit (Int32Array): how many blocks or records in all.
 */
import { workerData } from "node:worker_threads"

const { dist, role, memory, plan, report, limit, start, least, withinMs, seed, pauses } = workerData
const load = (name) => import(new URL(`runtime/ring/${name}.js`, dist).href)
const { createBlockReader, createBlockWriter } = await load("block-ring")
const { createPacketReader, createPacketWriter } = await load("packet-ring")
const { createEventReader, createEventWriter } = await load("event-ring")
const { createThreadWords } = await load("thread-words")

const COUNT = 0
const FAULTS = 1
const FIRST_FAULT = 2
const READY = 3
const FULL_OR_EMPTY = 4

let state = seed | 0
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) | 0
  return (state >>> 8) / 2 ** 24
}

const fault = (count) => {
  if (Atomics.add(report, FAULTS, 1) === 0) Atomics.store(report, FIRST_FAULT, count)
}

const nothing = new Int32Array(new SharedArrayBuffer(4))
/** The other end must catch up: for a while looks as fast as can be, to be there at the very moment, then a nap. */
let looks = 0
const wait = () => {
  if (looks++ === 0) Atomics.add(report, FULL_OR_EMPTY, 1)
  if (looks < 3000) return
  looks = 1
  Atomics.wait(nothing, 0, 0, random() < 0.5 ? 0.02 : 0.2)
}
const maybePause = () => {
  if (!pauses) return
  const dice = random()
  if (dice < 0.0005) Atomics.wait(nothing, 0, 0, random() * 2)
  else if (dice < 0.01) for (let i = random() * 20_000; i > 0; i--);
}

/** What the ring's own counter says: blocks or records committed, or released, since `start`. */
const counter = (word) => (Atomics.load(new Int32Array(memory.buffer, plan.at, 32), word) - start) | 0
const WRITTEN = 0
const RELEASED = 16

/**
 * Does blocks or records and tells how many, until there are as many as the limit says. On a busy machine, where that would take
 * too long, the one who writes lowers the limit.
 */
const run = (first, step, writes = false) => {
  Atomics.store(report, READY, 1)
  Atomics.notify(report, READY)
  const startedMs = performance.now()
  for (let count = first; count < Atomics.load(limit, 0);) {
    if (step(count)) {
      count++
      looks = 0
      Atomics.store(report, COUNT, count)
      if (writes && (count & 63) === 0 && count >= least && performance.now() - startedMs > withinMs) Atomics.store(limit, 0, count)
      maybePause()
    } else wait()
  }
}

const sampleOf = (count, channel, i) => Math.imul(count + 1, 40503 + channel * 2) + i * 7 & 0xffffff

const writeBlocks = () => {
  const ring = createBlockWriter(memory, plan)
  const floats = new Float32Array(memory.buffer)
  run(counter(WRITTEN), (count) => {
    const slot = ring.claim()
    if (slot < 0) return false
    for (let channel = 0; channel < plan.channelCount; channel++) {
      const at = (ring.address(slot) + channel * ring.planeBytes) >> 2
      for (let i = 0; i < plan.blockFrames; i++) floats[at + i] = sampleOf(count, channel, i)
    }
    ring.meta[0] = count * plan.blockFrames
    ring.meta[1] = count * 2.5
    ring.meta[2] = count / 3
    ring.commit(count & 31)
    return true
  }, true)
}

const readBlocks = () => {
  const ring = createBlockReader(memory, plan)
  const floats = new Float32Array(memory.buffer)
  const check = (slot, count) => {
    if (ring.read(slot) !== (count & 31)) return fault(count)
    if (ring.meta[0] !== count * plan.blockFrames || ring.meta[1] !== count * 2.5 || ring.meta[2] !== count / 3) return fault(count)
    for (let channel = 0; channel < plan.channelCount; channel++) {
      const at = (ring.address(slot) + channel * ring.planeBytes) >> 2
      for (let i = 0; i < plan.blockFrames; i++) if (floats[at + i] !== sampleOf(count, channel, i)) return fault(count)
    }
  }
  run(counter(RELEASED), (count) => {
    const slot = ring.peek()
    if (slot < 0) return false
    check(slot, count)
    if (random() < 0.05) {
      const next = ring.slotAt(1)
      if (next >= 0) check(next, count + 1)
    }
    ring.release()
    return true
  })
}

/** Lengths from nothing to a third of the ring; a generator of its own for each packet, so that a successor knows it too. */
const bytesOf = (count) => (Math.imul(count + 1, 0x9e3779b1) >>> 8) % Math.floor(plan.capacityBytes / 3)

const writePackets = () => {
  const ring = createPacketWriter(memory, plan)
  const datagram = new Uint8Array(plan.capacityBytes)
  // Bytes are counted by the ring, packets are not: the other end's report says how many went through.
  run(report[COUNT], (count) => {
    const length = bytesOf(count)
    for (let i = 0; i < length; i++) datagram[12 + i] = count * 31 + i * 7
    ring.meta[0] = count + 0.5
    ring.meta[1] = count * 1e6
    ring.meta[2] = NaN
    return ring.write(datagram, 12, length, Math.imul(count, 160_000_001), count & 127, count >> 7)
  }, true)
}

const readPackets = () => {
  const ring = createPacketReader(memory, plan)
  const bytes = new Uint8Array(memory.buffer)
  const check = (count) => {
    const length = bytesOf(count)
    if (ring.payloadBytes() !== length || ring.rtpTimestamp() !== Math.imul(count, 160_000_001)) return fault(count)
    if (ring.format() !== (count & 127) || ring.epoch() !== count >> 7) return fault(count)
    if (ring.meta[0] !== count + 0.5 || ring.meta[1] !== count * 1e6 || !Number.isNaN(ring.meta[2])) return fault(count)
    const at = ring.payloadAddress()
    for (let i = 0; i < length; i++) if (bytes[at + i] !== ((count * 31 + i * 7) & 0xff)) return fault(count)
  }
  run(report[COUNT], (count) => {
    if (!ring.next()) return false
    check(count)
    ring.release()
    return true
  })
}

const writeEvents = () => {
  const ring = createEventWriter(memory, plan)
  run(counter(WRITTEN), (count) => ring.push(count, count + 0.5, -count, count * 1e9, count / 3, count & 7), true)
}

const readEvents = () => {
  const ring = createEventReader(memory, plan)
  const into = new Float64Array(6)
  run(counter(RELEASED), (count) => {
    if (!ring.pop(into)) return false
    const right = into[0] === count && into[1] === count + 0.5 && into[2] === -count && into[3] === count * 1e9 && into[4] === count / 3
    if (!right || into[5] !== (count & 7)) fault(count)
    return true
  })
}

/** Two threads that hand one number to and fro, each asleep until it is rung. A lost wake-up is a nap of its full length. */
const TURN_AT = 256
const NAP_US = 4e6
const pingPong = async (mine, asleep) => {
  const own = createThreadWords(memory, plan.at + (mine === 0 ? 0 : 64))
  const other = createThreadWords(memory, plan.at + (mine === 0 ? 64 : 0))
  const turn = new Int32Array(memory.buffer, plan.at + TURN_AT, 1)
  const startedMs = performance.now()
  Atomics.store(report, READY, 1)
  Atomics.notify(report, READY)
  for (;;) {
    const seen = own.bellCount()
    const count = Atomics.load(turn, 0)
    if (count >= Atomics.load(limit, 0)) break
    if ((count & 1) === mine) {
      for (let i = random() * 2000; i > 0; i--);
      Atomics.store(turn, 0, count + 1)
      Atomics.store(report, COUNT, count + 1)
      if (mine === 0 && count >= least && performance.now() - startedMs > withinMs) Atomics.store(limit, 0, count + 1)
      other.ring()
      continue
    }
    // Between the look and the sleep: here a bell must not be lost.
    for (let i = random() * 2000; i > 0; i--);
    const before = performance.now()
    await asleep(own, seen)
    // It slept (almost) to the end though it had been rung.
    if (performance.now() - before > NAP_US * 0.9e-3 && own.bellCount() !== seen) fault(count)
  }
  other.ring()
}

const roles = {
  writeBlocks, readBlocks, writePackets, readPackets, writeEvents, readEvents,
  ping: () => pingPong(0, (own, seen) => own.sleep(seen, NAP_US)),
  pong: () => pingPong(1, (own, seen) => own.sleep(seen, NAP_US)),
  pongAsync: async () => {
    // An event loop that has nothing else would end the thread.
    const alive = setInterval(() => {}, 1000)
    await pingPong(1, (own, seen) => own.sleepAsync(seen))
    clearInterval(alive)
  },
}
await roles[role]()
