import { describe, expect, it } from "vitest"
import { byteRingBytes, type ByteRingPlan } from "../../../src/runtime/ring/byte-ring.ts"
import {
  createPacketReader, createPacketWriter, presetPacketRing,
} from "../../../src/runtime/ring/packet-ring.ts"
import { createRandom } from "../dsp/kernels.ts"
import { AT, makeMemory, STARTS } from "./memory.ts"

const HEADER_BYTES = 48
const recordBytes = (payloadBytes: number): number => Math.ceil((HEADER_BYTES + payloadBytes) / 8) * 8

const makeRing = (capacityBytes = 1024, start = 0) => {
  const memory = makeMemory()
  const plan: ByteRingPlan = { at: AT, capacityBytes }
  presetPacketRing(memory, plan, start)
  return { memory, plan, bytes: new Uint8Array(memory.buffer), writer: createPacketWriter(memory, plan), reader: createPacketReader(memory, plan) }
}

type Ring = ReturnType<typeof makeRing>

const byteOf = (count: number, i: number): number => (count * 31 + i * 7 + 1) & 0xff

/** Writes packet number `count` out of the middle of a datagram; false when refused. */
const write = ({ writer }: Ring, count: number, payloadBytes: number): boolean => {
  const datagram = new Uint8Array(payloadBytes + 30).fill(0xee)
  for (let i = 0; i < payloadBytes; i++) datagram[12 + i] = byteOf(count, i)
  writer.meta.set([count + 0.5, 2 ** 33 + count, count % 2 === 0 ? NaN : count * 3])
  return writer.write(datagram, 12, payloadBytes, (count * 160_000_000) | 0, count & 127, count >> 4)
}

/** Takes the oldest packet and checks all of it; undefined when there is none. */
const look = ({ reader, bytes }: Ring, count: number): number | undefined => {
  if (!reader.next()) return undefined
  expect([...reader.meta]).toEqual([count + 0.5, 2 ** 33 + count, count % 2 === 0 ? NaN : count * 3])
  expect([reader.rtpTimestamp(), reader.format(), reader.epoch()]).toEqual([(count * 160_000_000) | 0, count & 127, count >> 4])
  const payloadBytes = reader.payloadBytes()
  const at = reader.payloadAddress()
  for (let i = 0; i < payloadBytes; i++) if (bytes[at + i] !== byteOf(count, i)) expect.fail(`packet ${count}, byte ${i}`)
  return payloadBytes
}

const read = (ring: Ring, count: number): number | undefined => {
  const payloadBytes = look(ring, count)
  if (payloadBytes !== undefined) ring.reader.release()
  return payloadBytes
}

describe.each(STARTS)("a packet ring whose counters begin at %i", (start) => {
  it("is empty at first", () => {
    expect(makeRing(1024, start).reader.next()).toBe(false)
  })

  it("gives back a payload of every length, at every place that it can begin at", () => {
    const ring = makeRing(1024, start)
    const places = new Set<number>()
    let count = 0
    for (let round = 0; round < 5; round++) {
      for (let payloadBytes = 0; payloadBytes <= 512 - HEADER_BYTES; payloadBytes++, count++) {
        expect(write(ring, count, payloadBytes)).toBe(true)
        expect(look(ring, count)).toBe(payloadBytes)
        places.add(ring.reader.payloadAddress() - AT)
        ring.reader.release()
      }
    }
    expect(ring.reader.next()).toBe(false)
    // Every eighth byte of the first half at the least.
    expect(places.size).toBeGreaterThan(64)
  })

  it("does not split a packet: a pad fills what is left before the end", () => {
    // Before the packet of 200 bytes there are 8, 16, ... bytes left at the ring's end, or just enough.
    for (let left = 8; left <= recordBytes(200); left += 8) {
      const ring = makeRing(1024, start & ~1023)
      for (let rest = 1024 - left; rest > 0;) {
        const piece = rest > 512 ? 256 : rest
        expect(piece).toBeGreaterThanOrEqual(HEADER_BYTES)
        expect(write(ring, 1, piece - HEADER_BYTES)).toBe(true)
        expect(read(ring, 1)).toBe(piece - HEADER_BYTES)
        rest -= piece
      }
      expect(write(ring, 7, 200)).toBe(true)
      expect(look(ring, 7)).toBe(200)
      expect(ring.reader.payloadAddress()).toBe(AT + 128 + HEADER_BYTES + (left < recordBytes(200) ? 0 : 1024 - left))
      ring.reader.release()
      expect(ring.reader.next()).toBe(false)
    }
  })

  it("can be exactly full, and refuses a packet then", () => {
    const ring = makeRing(1024, start & ~1023)
    for (let round = 0; round < 3; round++) {
      for (let count = 0; count < 8; count++) expect(write(ring, count, 128 - HEADER_BYTES)).toBe(true)
      expect(write(ring, 99, 0)).toBe(false)
      expect(read(ring, 0)).toBe(80)
      expect(write(ring, 99, 81)).toBe(false)
      expect(write(ring, 8, 80)).toBe(true)
      expect(write(ring, 99, 0)).toBe(false)
      for (let count = 1; count <= 8; count++) expect(read(ring, count)).toBe(80)
      expect(ring.reader.next()).toBe(false)
      for (let count = 0; count < 7; count++) {
        write(ring, count, 80)
        read(ring, count)
      }
    }
  })

  it("refuses a packet that would fit but for the pad that it needs", () => {
    const ring = makeRing(1024, start & ~1023)
    expect(write(ring, 0, 512 - HEADER_BYTES)).toBe(true)
    expect(write(ring, 1, 256 - HEADER_BYTES)).toBe(true)
    read(ring, 0)
    // 256 bytes are left at the end, 512 at the start.
    expect(write(ring, 2, 600 - HEADER_BYTES)).toBe(false)
    expect(write(ring, 2, 512 - HEADER_BYTES)).toBe(true)
    expect([read(ring, 1), read(ring, 2), ring.reader.next()]).toEqual([256 - HEADER_BYTES, 512 - HEADER_BYTES, false])
  })

  it("refuses what is longer than the ring, and is none the worse", () => {
    const ring = makeRing(1024, start)
    expect([write(ring, 0, 1024 - HEADER_BYTES + 1), write(ring, 0, 5000)]).toEqual([false, false])
    expect(write(ring, 1, 100)).toBe(true)
    expect(read(ring, 1)).toBe(100)
  })

  it("lets successors of both ends go on", () => {
    let ring = makeRing(1024, start)
    const random = createRandom(start & 0xff)
    let written = 0
    let taken = 0
    for (let operation = 0; operation < 3000; operation++) {
      const kind = random()
      if (kind < 0.5) {
        if (write(ring, written, (written * 37) % 300)) written++
      } else if (kind < 0.95) {
        const got = read(ring, taken)
        if (got === undefined) expect(taken).toBe(written)
        else expect(got).toBe((taken++ * 37) % 300)
      } else if (kind < 0.97) {
        if (ring.reader.next()) ring = { ...ring, reader: createPacketReader(ring.memory, ring.plan) }
      } else ring = { ...ring, writer: createPacketWriter(ring.memory, ring.plan) }
    }
    expect(taken).toBeGreaterThan(1000)
  })
})

it.each([1000, 24, 3 * 4096])("refuses a capacity of %i bytes: no power of two", (capacityBytes) => {
  expect(() => createPacketWriter(makeMemory(), { at: AT, capacityBytes })).toThrow("power of two")
  expect(() => createPacketReader(makeMemory(), { at: AT, capacityBytes })).toThrow("power of two")
})

it("stays within the bytes that it asks for", () => {
  const ring = makeRing(4096, 2 ** 31 - 64)
  const end = AT + byteRingBytes(4096)
  ring.bytes.fill(0xa5, 0, AT)
  ring.bytes.fill(0xa5, end)
  for (let count = 0; count < 500; count++) {
    expect(write(ring, count, (count * 131) % 1999)).toBe(true)
    read(ring, count)
  }
  expect(ring.bytes.subarray(0, AT).every((byte) => byte === 0xa5)).toBe(true)
  expect(ring.bytes.subarray(end).every((byte) => byte === 0xa5)).toBe(true)
})
