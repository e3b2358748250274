import { describe, expect, it } from "vitest"
import {
  MixOp, pushBind, pushBusGain, pushFadeIn, pushFadeOut, pushMasterGain, pushParam, pushStripGain, pushStripMute, pushStripPan, pushStripSend,
  pushStripSolo, subjectCounts,
} from "../../../src/runtime/graph/commands.ts"
import { createLedger } from "../../../src/runtime/graph/ledger.ts"
import type { EventWriter } from "../../../src/runtime/ring/event-ring.ts"
import { createEventReader, createEventWriter, eventRingBytes } from "../../../src/runtime/ring/event-ring.ts"

const cases: readonly (readonly [string, (writer: EventWriter) => boolean, readonly number[]])[] = [
  ["strip gain", (writer) => pushStripGain(writer, 3, 0.5), [MixOp.stripGain, 3, 0.5, 0, 0, 0]],
  ["strip pan", (writer) => pushStripPan(writer, 3, -1), [MixOp.stripPan, 3, -1, 0, 0, 0]],
  ["strip mute", (writer) => pushStripMute(writer, 0, true), [MixOp.stripMute, 0, 1, 0, 0, 0]],
  ["strip solo", (writer) => pushStripSolo(writer, 0, false), [MixOp.stripSolo, 0, 0, 0, 0, 0]],
  ["send", (writer) => pushStripSend(writer, 1, 2, 0.25), [MixOp.stripSend, 1, 2, 0.25, 0, 0]],
  ["bus gain", (writer) => pushBusGain(writer, 1, 2), [MixOp.busGain, 1, 2, 0, 0, 0]],
  ["master gain", (writer) => pushMasterGain(writer, 0.1), [MixOp.masterGain, 0.1, 0, 0, 0, 0]],
  ["parameter", (writer) => pushParam(writer, 4, 3, 2, -7.5), [MixOp.param, 4, 3, 2, -7.5, 0]],
  ["bind", (writer) => pushBind(writer, 5, -1), [MixOp.bind, 5, -1, 0, 0, 0]],
  ["fade out", (writer) => pushFadeOut(writer, 30), [MixOp.fade, 0, 30, 0, 0, 0]],
  ["fade in", (writer) => pushFadeIn(writer, 30), [MixOp.fade, 1, 30, 0, 0, 0]],
]

const createRing = (capacity: number) => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true })
  const plan = { at: 0, capacity }
  if (eventRingBytes(capacity) > memory.buffer.byteLength) throw new Error("too large")
  return { writer: createEventWriter(memory, plan), reader: createEventReader(memory, plan) }
}

describe("commands", () => {
  it.each(cases)("%s is a record of six numbers", (_name, push, expected) => {
    const { writer, reader } = createRing(4)
    expect(push(writer)).toBe(true)
    const record = new Float64Array(6)
    expect(reader.pop(record)).toBe(true)
    expect([...record]).toEqual(expected)
  })

  it("say when the ring is full", () => {
    const { writer } = createRing(1)
    expect(pushMasterGain(writer, 1)).toBe(true)
    expect(pushMasterGain(writer, 1)).toBe(false)
  })

  it("have a subject each", () => {
    expect(Object.keys(subjectCounts).map(Number)).toEqual(Object.values(MixOp))
  })
})

describe("the ledger", () => {
  const createRecorded = () => {
    const records: number[][] = []
    let room = Infinity
    const ledger = createLedger({
      push(...record) {
        if (records.length >= room) return false
        records.push(record)
        return true
      },
    })
    return { records, ledger, setRoom: (count: number) => void (room = count) }
  }

  it("sends the last word about each subject again, in the order of saying", () => {
    const { records, ledger } = createRecorded()
    pushStripGain(ledger, 1, 0.1)
    pushStripGain(ledger, 2, 0.2)
    pushStripSend(ledger, 1, 0, 0.3)
    pushStripSend(ledger, 1, 1, 0.4)
    pushStripGain(ledger, 1, 0.5)
    pushBind(ledger, 1, 0)
    pushParam(ledger, 0, 0, 1, 7)
    pushParam(ledger, 0, 0, 1, 8)
    records.length = 0
    expect(ledger.replay()).toBe(true)
    expect(records).toEqual([
      [MixOp.stripGain, 2, 0.2, 0, 0, 0],
      [MixOp.stripSend, 1, 0, 0.3, 0, 0],
      [MixOp.stripSend, 1, 1, 0.4, 0, 0],
      [MixOp.stripGain, 1, 0.5, 0, 0, 0],
      [MixOp.bind, 1, 0, 0, 0, 0],
      [MixOp.param, 0, 0, 1, 8, 0],
    ])
  })

  it("does not repeat fades, nor what was refused", () => {
    const { records, ledger, setRoom } = createRecorded()
    pushFadeOut(ledger, 10)
    setRoom(1)
    expect(pushMasterGain(ledger, 0)).toBe(false)
    records.length = 0
    expect(ledger.replay()).toBe(true)
    expect(records).toEqual([])
  })

  it("says when the ring filled up during a replay", () => {
    const { records, ledger, setRoom } = createRecorded()
    pushBusGain(ledger, 0, 1)
    pushBusGain(ledger, 1, 1)
    records.length = 0
    setRoom(1)
    expect(ledger.replay()).toBe(false)
  })
})
