import { describe, expect, it } from "vitest"
import {
  BlockFlag, blockRingBytes, blockViews, createBlockReader, createBlockWriter, powerOfTwo, presetBlockRing, type BlockRingPlan,
} from "../../../src/runtime/ring/block-ring.ts"
import { AT, makeMemory, STARTS } from "./memory.ts"

const makeRing = (options: { readonly capacity?: number; readonly start?: number; readonly channelCount?: number } = {}) => {
  const memory = makeMemory()
  const plan: BlockRingPlan = { at: AT, capacity: options.capacity ?? 4, channelCount: options.channelCount ?? 2, blockFrames: 64 }
  presetBlockRing(memory, plan, options.start ?? 0)
  const floats = new Float32Array(memory.buffer)
  return { memory, plan, floats, writer: createBlockWriter(memory, plan), reader: createBlockReader(memory, plan) }
}

type Ring = ReturnType<typeof makeRing>

/** Writes block number `count`; false when there is no room. */
const write = ({ writer, floats, plan }: Ring, count: number): boolean => {
  const slot = writer.claim()
  if (slot < 0) return false
  for (let channel = 0; channel < plan.channelCount; channel++) {
    const at = (writer.address(slot) + channel * writer.planeBytes) >> 2
    for (let i = 0; i < plan.blockFrames; i++) floats[at + i] = count * 1000 + channel * 100 + i
  }
  writer.meta.set([count * 64, count + 0.25, count / 8])
  writer.commit(count & 31)
  return true
}

/** Reads the oldest block: its number, when all of it is as it was written; undefined when there is none. */
const readSlot = ({ reader, floats, plan }: Ring, slot: number): number | undefined => {
  if (slot < 0) return undefined
  const flags = reader.read(slot)
  const count = reader.meta[0]! / 64
  expect([...reader.meta, flags]).toEqual([count * 64, count + 0.25, count / 8, count & 31])
  for (let channel = 0; channel < plan.channelCount; channel++) {
    const at = (reader.address(slot) + channel * reader.planeBytes) >> 2
    for (let i = 0; i < plan.blockFrames; i++) if (floats[at + i] !== count * 1000 + channel * 100 + i) expect.fail(`block ${count}, frame ${i}`)
  }
  return count
}

const read = (ring: Ring): number | undefined => {
  const count = readSlot(ring, ring.reader.peek())
  if (count !== undefined) ring.reader.release()
  return count
}

describe.each(STARTS)("a block ring whose counters begin at %i", (start) => {
  it("is empty at first: nothing to peek at, level 0", () => {
    const { reader, writer } = makeRing({ start })
    expect([reader.peek(), reader.slotAt(0), reader.level(), writer.level()]).toEqual([-1, -1, 0, 0])
  })

  it("gives blocks back in order, over many rounds", () => {
    const ring = makeRing({ start })
    for (let count = 0; count < 100; count++) {
      expect(write(ring, count)).toBe(true)
      expect(read(ring)).toBe(count)
    }
  })

  it.each([1, 2, 4, 8, 64])("of %i slots takes as many blocks and refuses the next", (capacity) => {
    const ring = makeRing({ start, capacity })
    for (let round = 0; round < 5; round++) {
      const first = round * capacity
      for (let i = 0; i < capacity; i++) expect(write(ring, first + i)).toBe(true)
      expect(write(ring, 999)).toBe(false)
      expect([ring.reader.level(), ring.writer.level()]).toEqual([capacity, capacity])
      for (let i = 0; i < capacity; i++) expect(read(ring)).toBe(first + i)
      expect(read(ring)).toBeUndefined()
    }
  })

  it("gives the same slot to whoever claims again before the commit", () => {
    const ring = makeRing({ start })
    expect(ring.writer.claim()).toBe(ring.writer.claim())
    expect(ring.reader.level()).toBe(0)
  })

  it("shows the blocks after the oldest", () => {
    const ring = makeRing({ start, capacity: 8 })
    for (let count = 0; count < 5; count++) write(ring, count)
    expect([0, 1, 4].map((offset) => readSlot(ring, ring.reader.slotAt(offset)))).toEqual([0, 1, 4])
    expect(ring.reader.slotAt(5)).toBe(-1)
  })

  it.each([
    [0, 5, [], 0], [2, 3, [3, 4], 2], [5, 0, [0, 1, 2, 3, 4], 5], [9, 0, [0, 1, 2, 3, 4], 5],
  ])("keeps the newest %i of five and says that %i went", (keep, gone, left, level) => {
    const ring = makeRing({ start, capacity: 8 })
    for (let count = 0; count < 5; count++) write(ring, count)
    expect(ring.reader.skipTo(keep)).toBe(gone)
    expect(ring.reader.level()).toBe(level)
    expect(left.map(() => read(ring))).toEqual(left)
    expect(read(ring)).toBeUndefined()
  })

  it("lets a writer's successor go on: what was claimed and not committed is written anew", () => {
    const ring = makeRing({ start })
    write(ring, 0)
    const at = ring.writer.address(ring.writer.claim()) >> 2
    ring.floats.fill(NaN, at, at + 128)
    const successor = { ...ring, writer: createBlockWriter(ring.memory, ring.plan) }
    expect(successor.writer.level()).toBe(1)
    write(successor, 1)
    expect([read(ring), read(ring), read(ring)]).toEqual([0, 1, undefined])
  })

  it("lets a reader's successor go on: what was not released is read again", () => {
    const ring = makeRing({ start })
    for (let count = 0; count < 3; count++) write(ring, count)
    read(ring)
    expect(readSlot(ring, ring.reader.peek())).toBe(1)
    const successor = { ...ring, reader: createBlockReader(ring.memory, ring.plan) }
    expect([read(successor), read(successor), read(successor)]).toEqual([1, 2, undefined])
  })
})

it.each([3, 5, 6, 7, 12, 100, 1000])("refuses a capacity of %i: no power of two", (capacity) => {
  const plan = { at: AT, capacity, channelCount: 1, blockFrames: 64 }
  expect(() => createBlockWriter(makeMemory(), plan)).toThrow("power of two")
  expect(() => createBlockReader(makeMemory(), plan)).toThrow("power of two")
})

it.each([[0, 1], [1, 1], [2, 2], [3, 4], [4, 4], [5, 8], [37.5, 64], [65_536, 65_536], [65_537, 131_072]])("the power of two not below %d is %i", (count, power) => {
  expect(powerOfTwo(count)).toBe(power)
})

it("stays within the bytes that it asks for, and touches all slots of its own", () => {
  for (const [capacity, channelCount] of [[1, 1], [4, 2], [16, 1]] as const) {
    const ring = makeRing({ capacity, channelCount, start: 2 ** 31 - 3 })
    const bytes = new Uint8Array(ring.memory.buffer)
    const end = AT + blockRingBytes(capacity, channelCount, 64)
    bytes.fill(0xa5, 0, AT)
    bytes.fill(0xa5, end)
    for (let count = 0; count < 3 * capacity; count++) {
      write(ring, count)
      read(ring)
    }
    expect(bytes.subarray(0, AT).every((byte) => byte === 0xa5)).toBe(true)
    expect(bytes.subarray(end).every((byte) => byte === 0xa5)).toBe(true)
    expect(ring.floats[(end >> 2) - 1]).not.toBe(0)
  }
})

it("shows each slot's planes where the addresses say", () => {
  const ring = makeRing()
  const views = blockViews(ring.memory, ring.plan)
  expect(views.map((planes) => planes.length)).toEqual([2, 2, 2, 2])
  for (let count = 0; count < 6; count++) {
    write(ring, count)
    const slot = ring.reader.peek()
    views[slot]!.forEach((plane, channel) => {
      expect(plane.byteOffset).toBe(ring.reader.address(slot) + channel * ring.reader.planeBytes)
      expect([plane.length, plane[5]]).toEqual([64, count * 1000 + channel * 100 + 5])
    })
    ring.reader.release()
  }
})

it("has flags that can be told apart", () => {
  const flags = Object.values(BlockFlag)
  expect(flags.reduce((sum, flag) => sum | flag, 0)).toBe(flags.reduce((sum, flag) => sum + flag, 0))
})
