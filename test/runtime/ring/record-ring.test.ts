import { describe, expect, it } from "vitest"
import type { ByteRingPlan } from "../../../src/runtime/ring/byte-ring.ts"
import { createRecordReader, createRecordWriter, presetRecordRing, RECORD_HEAD_BYTES } from "../../../src/runtime/ring/record-ring.ts"
import { createRandom } from "../dsp/kernels.ts"
import { AT, makeMemory, STARTS } from "./memory.ts"

const makeRing = (capacityBytes = 1024, start = 0) => {
  const memory = makeMemory()
  const plan: ByteRingPlan = { at: AT, capacityBytes }
  presetRecordRing(memory, plan, start)
  return { memory, plan, writer: createRecordWriter(memory, plan), reader: createRecordReader(memory, plan) }
}
type Ring = ReturnType<typeof makeRing>

/** Claims and fills record number `count`; false when refused. */
const write = ({ writer }: Ring, count: number, bodyBytes: number): boolean => {
  const at = writer.claim(bodyBytes, count + 1)
  if (at < 0) return false
  for (let i = 0; i < bodyBytes; i++) writer.bytes[at + i] = (count * 31 + i * 7) & 0xff
  return true
}

/** Numbers of the records that are there, all of their bytes checked; pads are passed over. */
const read = ({ reader }: Ring): number[] => {
  const found: number[] = []
  for (let bytes = reader.next(); bytes.length > 0; bytes = reader.next()) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    for (let at = 0; at < bytes.length; at += view.getInt32(at, true)) {
      const count = view.getInt32(at + 4, true) - 1
      if (count < 0) continue
      found.push(count)
      for (let i = RECORD_HEAD_BYTES; i < view.getInt32(at, true) - 8; i++) {
        if (bytes[at + i] !== ((count * 31 + (i - RECORD_HEAD_BYTES) * 7) & 0xff)) expect.fail(`record ${count}, byte ${i}`)
      }
    }
    reader.release(bytes.length)
  }
  return found
}

/** Gives back so many records, and the pads before them. */
const readSome = ({ reader }: Ring, wanted: number): number[] => {
  const found: number[] = []
  while (found.length < wanted) {
    const bytes = reader.next()
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    if (view.getInt32(4, true) > 0) found.push(view.getInt32(4, true) - 1)
    reader.release(view.getInt32(0, true))
  }
  return found
}

describe.each(STARTS)("a record ring whose counters begin at %i", (start) => {
  it("is empty at first", () => {
    expect(makeRing(1024, start).reader.next()).toHaveLength(0)
  })

  it("shows nothing before it is published, then all of it", () => {
    const ring = makeRing(1024, start)
    for (const count of [0, 1, 2]) write(ring, count, 20)
    expect(read(ring)).toEqual([])
    ring.writer.publish()
    expect(read(ring)).toEqual([0, 1, 2])
  })

  it("gives records back whole and in order, whatever their lengths", () => {
    const ring = makeRing(1024, start)
    const random = createRandom(3)
    const seen: number[] = []
    for (let count = 0; count < 3000; count++) {
      const bodyBytes = Math.floor(random() * 400)
      if (!write(ring, count, bodyBytes)) {
        ring.writer.publish()
        seen.push(...read(ring))
        if (!write(ring, count, bodyBytes)) expect.fail(`record ${count} of ${bodyBytes} bytes finds no room in an empty ring`)
      }
      if (random() < 0.4) {
        ring.writer.publish()
        seen.push(...read(ring))
      }
    }
    ring.writer.publish()
    seen.push(...read(ring))
    expect(seen).toEqual(Array.from({ length: 3000 }, (_, count) => count))
  })

  it("refuses what finds no room, and takes it when there is some", () => {
    const ring = makeRing(256, start)
    let taken = 0
    while (write(ring, taken, 56)) taken++
    // A pad may have cost some room.
    expect(taken).toBe(start === -8 || start === 2 ** 31 - 8 ? 3 : 4)
    expect(ring.writer.room()).toBeLessThan(64)
    ring.writer.publish()
    expect(readSome(ring, 1)).toEqual([0])
    expect(write(ring, taken, 56)).toBe(true)
    ring.writer.publish()
    expect(read(ring)).toEqual(Array.from({ length: taken }, (_, i) => i + 1))
  })

  it("hands on in whole records when only some were given back", () => {
    const ring = makeRing(1024, start)
    for (let count = 0; count < 6; count++) write(ring, count, 24)
    ring.writer.publish()
    expect(readSome(ring, 2)).toEqual([0, 1])
    expect(read(ring)).toEqual([2, 3, 4, 5])
  })
})

describe("a record ring", () => {
  it("goes on where the writer before had published, and the reader before released", () => {
    const ring = makeRing()
    write(ring, 0, 16)
    ring.writer.publish()
    write(ring, 1, 16)
    const next = { ...ring, writer: createRecordWriter(ring.memory, ring.plan) }
    write(next, 2, 16)
    next.writer.publish()
    expect(read({ ...next, reader: createRecordReader(ring.memory, ring.plan) })).toEqual([0, 2])
  })

  it("carries a word from the reader to the writer", () => {
    const { writer, reader } = makeRing()
    expect([writer.asked(), reader.asked()]).toEqual([0, 0])
    reader.ask(-1)
    expect([writer.asked(), reader.asked()]).toEqual([-1, -1])
  })

  it("refuses a capacity that is no power of two", () => {
    expect(() => createRecordWriter(makeMemory(), { at: AT, capacityBytes: 1000 })).toThrow(/power of two/)
  })
})
