import { describe, expect, it } from "vitest"
import {
  createEventReader, createEventWriter, EVENT_FIELDS, eventRingBytes, presetEventRing,
} from "../../../src/runtime/ring/event-ring.ts"
import { JournalCode } from "../../../src/runtime/ring/journal.ts"
import { AT, makeMemory, STARTS } from "./memory.ts"

const makeRing = (capacity = 4, start = 0) => {
  const memory = makeMemory()
  const plan = { at: AT, capacity }
  presetEventRing(memory, plan, start)
  const writer = createEventWriter(memory, plan)
  const reader = createEventReader(memory, plan)
  const into = new Float64Array(EVENT_FIELDS)
  return {
    memory, plan, writer, reader,
    push: (count: number) => writer.push(count, count + 0.5, -count, count * 1e12, 1 / (count + 1), count % 2 === 0 ? NaN : Infinity),
    pop: (): number[] | undefined => (reader.pop(into) ? [...into] : undefined),
  }
}

const record = (count: number): number[] => [count, count + 0.5, -count, count * 1e12, 1 / (count + 1), count % 2 === 0 ? NaN : Infinity]

describe.each(STARTS)("an event ring whose counters begin at %i", (start) => {
  it("gives records back in order, each of its six numbers as it was", () => {
    const { push, pop } = makeRing(4, start)
    expect(pop()).toBeUndefined()
    for (let count = 0; count < 50; count += 2) {
      expect([push(count), push(count + 1)]).toEqual([true, true])
      expect([pop(), pop(), pop()]).toEqual([record(count), record(count + 1), undefined])
    }
  })

  it.each([1, 4, 16])("of %i records refuses what is over and counts it; what it holds is untouched", (capacity) => {
    const { push, pop, reader } = makeRing(capacity, start)
    for (let round = 1; round <= 4; round++) {
      for (let count = 0; count < capacity; count++) expect(push(count)).toBe(true)
      for (let count = 0; count < 3; count++) expect(push(1000 + count)).toBe(false)
      expect(reader.refused()).toBe(3 * round)
      for (let count = 0; count < capacity; count++) expect(pop()).toEqual(record(count))
      expect(pop()).toBeUndefined()
    }
  })

  it("lets successors of both ends go on, with the count of what was refused", () => {
    const { memory, plan, push, pop } = makeRing(4, start)
    for (let count = 0; count < 5; count++) push(count)
    pop()
    const reader = createEventReader(memory, plan)
    const writer = createEventWriter(memory, plan)
    const into = new Float64Array(EVENT_FIELDS)
    expect(reader.refused()).toBe(1)
    expect(writer.push(9, 9, 9, 9, 9, 9)).toBe(true)
    expect(writer.push(9, 9, 9, 9, 9, 9)).toBe(false)
    const first: number[] = []
    while (reader.pop(into)) first.push(into[0]!)
    expect(first).toEqual([1, 2, 3, 9])
  })
})

it.each([3, 6, 100])("refuses a capacity of %i: no power of two", (capacity) => {
  expect(() => createEventWriter(makeMemory(), { at: AT, capacity })).toThrow("power of two")
  expect(() => createEventReader(makeMemory(), { at: AT, capacity })).toThrow("power of two")
})

it("stays within the bytes that it asks for", () => {
  const { memory, push, pop } = makeRing(16)
  const bytes = new Uint8Array(memory.buffer)
  const end = AT + eventRingBytes(16)
  bytes.fill(0xa5, 0, AT)
  bytes.fill(0xa5, end)
  for (let count = 0; count < 100; count++) {
    push(count)
    pop()
  }
  expect(bytes.subarray(0, AT).every((byte) => byte === 0xa5)).toBe(true)
  expect(bytes.subarray(end).every((byte) => byte === 0xa5)).toBe(true)
})

it("has a code of its own for everything that a journal tells", () => {
  const codes = Object.values(JournalCode)
  expect(new Set(codes).size).toBe(codes.length)
})
